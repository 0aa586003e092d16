// A process that was taken over may send any byte where an enum is due.
#include <gtest/gtest.h>

#include "core/shared/wire/opener_boundary.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"

namespace signpost::wire {
namespace {

using namespace reader;  // NOLINT

template <class T>
bool IsTaken(const T& frame) {
  Frames frames;
  frames.count = 1;
  frames.frame_bytes = sizeof frame;
  frames.bytes = {reinterpret_cast<const uint8_t*>(&frame), sizeof frame};
  return frames.AsKnown<T>().has_value();
}

// A frame is taken with the first and the last value that is known in `member`, and with none
// beyond.
template <class T, class E>
void ExpectOnlyKnown(E T::*member, E last, E first = E{}) {
  T frame{};
  frame.*member = first;
  EXPECT_TRUE(IsTaken(frame));
  frame.*member = last;
  EXPECT_TRUE(IsTaken(frame));
  using Raw = std::underlying_type_t<E>;
  for (const Raw raw : {static_cast<Raw>(static_cast<Raw>(last) + 1), static_cast<Raw>(~Raw{0})}) {
    frame.*member = static_cast<E>(raw);
    EXPECT_FALSE(IsTaken(frame)) << uint64_t{raw};
  }
}

template <class E>
constexpr E BeforeCount() {
  return static_cast<E>(static_cast<std::underlying_type_t<E>>(E::kCount) - 1);
}

TEST(EnumsInFrames, AnEnumWithAValueThatNobodyKnowsIsNotTaken) {
  ExpectOnlyKnown(&reader::Start::mode, Mode::kRehearsal);
  ExpectOnlyKnown(&reader::Start::purpose, Purpose::kExplain);
  ExpectOnlyKnown(&reader::Start::format, BeforeCount<formats::Format>());
  ExpectOnlyKnown(&Found::format, BeforeCount<formats::Format>());
  ExpectOnlyKnown(&Found::encoding, Encoding::kCp1252);
  ExpectOnlyKnown(&Found::dialect, BeforeCount<formats::Dialect>());
  ExpectOnlyKnown(&Column::role, BeforeCount<ColumnRole>());
  ExpectOnlyKnown(&SourceEnd::damage, BeforeCount<FileRefusal>());
  ExpectOnlyKnown(&Skipped::refusal, BeforeCount<FileRefusal>());
  ExpectOnlyKnown(&reader::Refused::refusal, BeforeCount<FileRefusal>());
  ExpectOnlyKnown(&Reject::reason, BeforeCount<Reason>());
  ExpectOnlyKnown(&opener::Start::job, opener::Job::kDispatch);
  ExpectOnlyKnown(&sealer::Start::job, sealer::Job::kMakeKeys);
  ExpectOnlyKnown(&sealer::Start::kdf_cost, custody::KdfCost::kSensitive);
  ExpectOnlyKnown(&sealer::Failed::failure, sealer::Failure::kInternal);
  ExpectOnlyKnown(&sender::Session::mode, Mode::kRehearsal);
  ExpectOnlyKnown(&sender::Session::alphabet, sms::Alphabet::kLatin1);
  ExpectOnlyKnown(&sender::Settled::outcome, sender::Outcome::kNotSubmitted,
                  sender::Outcome::kSent);
  ExpectOnlyKnown(&sender::Receipt::outcome, sender::Outcome::kNotSubmitted,
                  sender::Outcome::kSent);
  ExpectOnlyKnown(&sender::Failed::failure, sender::Failure::kTls);
  ExpectOnlyKnown(&sender::Failed::tls_fault, sender::TlsFault::kTrust);
}

TEST(EnumsInFrames, ZeroIsNoOutcome) {
  EXPECT_FALSE(IsTaken(sender::Settled{}));
  EXPECT_FALSE(IsTaken(sender::Receipt{}));
}

TEST(EnumsInFrames, AWarningThatNobodyKnowsIsNotTaken) {
  SourceEnd end{};
  end.warnings = kAllWarnings;
  EXPECT_TRUE(IsTaken(end));
  end.warnings = kAllWarnings + 1;
  EXPECT_FALSE(IsTaken(end));
}

}  // namespace
}  // namespace signpost::wire
