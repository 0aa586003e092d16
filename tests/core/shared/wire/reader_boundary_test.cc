#include "core/shared/wire/reader_boundary.h"

#include <gtest/gtest.h>

namespace signpost::wire::reader {
namespace {

template <class T>
bool IsTaken(const T& frame) {
  Frames frames;
  frames.count = 1;
  frames.frame_bytes = sizeof frame;
  frames.bytes = {reinterpret_cast<const uint8_t*>(&frame), sizeof frame};
  return frames.AsKnown<T>().has_value();
}

// A frame of zeros is taken, and is no more once `member` holds what nobody knows.
template <class T, class E>
void ExpectOnlyKnown(E T::*member, E last) {
  T frame{};
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

TEST(ReaderBoundary, AnEnumWithAValueThatNobodyKnowsIsNotTaken) {
  ExpectOnlyKnown(&Start::mode, Mode::kRehearsal);
  ExpectOnlyKnown(&Start::purpose, Purpose::kExplain);
  ExpectOnlyKnown(&Start::format, BeforeCount<formats::Format>());
  ExpectOnlyKnown(&Found::format, BeforeCount<formats::Format>());
  ExpectOnlyKnown(&Found::encoding, Encoding::kCp1252);
  ExpectOnlyKnown(&Found::dialect, BeforeCount<formats::Dialect>());
  ExpectOnlyKnown(&Column::role, BeforeCount<ColumnRole>());
  ExpectOnlyKnown(&SourceEnd::damage, BeforeCount<FileRefusal>());
  ExpectOnlyKnown(&Skipped::refusal, BeforeCount<FileRefusal>());
  ExpectOnlyKnown(&Refused::refusal, BeforeCount<FileRefusal>());
  ExpectOnlyKnown(&Reject::reason, BeforeCount<Reason>());
}

TEST(ReaderBoundary, AWarningThatNobodyKnowsIsNotTaken) {
  SourceEnd end{};
  end.warnings = kAllWarnings;
  EXPECT_TRUE(IsTaken(end));
  end.warnings = kAllWarnings + 1;
  EXPECT_FALSE(IsTaken(end));
}

}  // namespace
}  // namespace signpost::wire::reader
