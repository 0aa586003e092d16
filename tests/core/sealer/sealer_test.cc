#include "core/sealer/sealer.h"

#include "crypto/seal/opening/epoch_key.h"
#include "crypto/seal/opening/section_opener.h"
#include "crypto/token/tokeniser/tokeniser.h"
#include "tests/core/sealer/harness.h"

namespace signpost::test {
namespace {

using wire::sealer::Failure;
using wire::sealer::Job;

void SetEpoch(wire::sealer::Start& start, const seal::EpochSecretKey& epoch, SectionId section) {
  start.epoch = epoch.public_half().epoch;
  std::ranges::copy(epoch.public_half().key, start.epoch_public_key);
  start.section = section;
  start.expiry_day = 20800;
}

// kReady's section header, as signpost puts it behind the fixed part of a sealed file.
seal::SectionHeader SectionOf(const wire::Frames& ready) {
  seal::SealedFileHeader any;
  seal::SectionHeader section;
  section.expiry = Day{20800};
  any.sections = {section};
  Bytes bytes = seal::EncodeHeader(any);
  std::copy(ready.bytes.begin(), ready.bytes.end(),
            bytes.begin() + seal::SealedFileHeader::kFixedBytes);
  return seal::DecodeHeader(bytes).value().sections.at(0);
}

template <class Purpose>
token::Token<Purpose> ExpectedToken(const std::string& key_file, const NumberBytes& number) {
  custody::Unwrapper unwrapper(PassphraseBuffer());
  auto unwrapped = unwrapper.Unwrap(key_file).value();
  auto tokeniser = token::Tokeniser<Purpose>::Create(std::move(unwrapped.key), 1).value();
  return tokeniser.Of(number::PhoneNumber::FromPadded(number).value());
}

class Sealing : public ::testing::TestWithParam<Where> {};

TEST_P(Sealing, EveryPersonCarriesTheTokensAndTheNumberThatWasSent) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  const seal::EpochSecretKey epoch = seal::EpochSecretKey::Generate().value();
  RunningSealer sealer(GetParam(), Job::kImport);
  SetEpoch(sealer.start(), epoch, SectionId::Random());
  sealer.Begin({keys.opt_out, keys.contact});
  const seal::SectionHeader section =
      SectionOf(sealer.Control().Expect(wire::sealer::kReady).value());
  EXPECT_EQ(section.epoch, epoch.public_half().epoch);
  sealer.SendNumbers({Fictional(1), Fictional(2), Fictional(1)});
  sealer.SendEnd();

  const wire::Frames people = sealer.Control().Expect(wire::sealer::kPeople).value();
  ASSERT_EQ(people.count, 3U);
  const seal::SectionOpener opener = seal::SectionOpener::Create(epoch, section).value();
  const int sent[] = {1, 2, 1};
  for (uint32_t i = 0; i < 3; ++i) {
    const auto person = people.As<wire::sealer::SealedPerson>(i);
    EXPECT_EQ(person.last_contact, static_cast<int32_t>(i + 1)) << "each with its own day";
    EXPECT_EQ(person.traffic, 1);
    seal::SealedRecord record;
    record.id = person.record_id;
    std::ranges::copy(person.box, record.box.begin());
    const number::PhoneNumber number = opener.Open(record).value();
    const NumberBytes expected = Fictional(sent[i]);
    EXPECT_TRUE(std::ranges::equal(number.Expose(number::ExposeNumber{}), expected));
    EXPECT_TRUE(std::ranges::equal(person.contact_token,
                                   ExpectedToken<token::Contact>(keys.contact, expected).bytes));
    EXPECT_TRUE(std::ranges::equal(person.opt_out_token,
                                   ExpectedToken<token::OptOut>(keys.opt_out, expected).bytes));
  }
  EXPECT_EQ(sealer.Control().Expect(wire::sealer::kEnd).value().As<uint64_t>(), 3U);
  EXPECT_EQ(sealer.ExitCodeOf(), 0);
}

TEST_P(Sealing, AnOptOutLeavesNoContactTokenAndNoRecord) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer sealer(GetParam(), Job::kOptOut);
  sealer.Begin({keys.opt_out});
  const wire::Frames ready = sealer.Control().Expect(wire::sealer::kReady).value();
  EXPECT_TRUE(std::ranges::all_of(ready.bytes, [](uint8_t byte) { return byte == 0; }));
  sealer.SendNumbers({Fictional(7)});
  sealer.SendEnd();
  const wire::Frames tokens = sealer.Control().Expect(wire::sealer::kTokens).value();
  ASSERT_EQ(tokens.count, 1U);
  EXPECT_TRUE(std::ranges::equal(tokens.bytes,
                                 ExpectedToken<token::OptOut>(keys.opt_out, Fictional(7)).bytes));
  EXPECT_EQ(sealer.Outcome(), Failure::kNone);
}

TEST_P(Sealing, AProtectedNumberBecomesAContactTokenOnly) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer sealer(GetParam(), Job::kProtect);
  sealer.Begin({keys.contact});
  ASSERT_TRUE(sealer.Control().Expect(wire::sealer::kReady).has_value());
  sealer.SendNumbers({Fictional(8)});
  sealer.SendEnd();
  const wire::Frames tokens = sealer.Control().Expect(wire::sealer::kTokens).value();
  EXPECT_TRUE(std::ranges::equal(tokens.bytes,
                                 ExpectedToken<token::Contact>(keys.contact, Fictional(8)).bytes));
  EXPECT_EQ(sealer.Outcome(), Failure::kNone);
}

TEST_P(Sealing, AReplyKeepsItsSequenceNumber) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer sealer(GetParam(), Job::kListen);
  sealer.Begin({keys.opt_out});
  ASSERT_TRUE(sealer.Control().Expect(wire::sealer::kReady).has_value());
  wire::sealer::ReplyNumber number{};
  number.sequence = 41;
  std::ranges::copy(Fictional(9), number.number);
  ASSERT_TRUE(sealer.Numbers().SendOne(wire::sealer::kReplyNumber, number).has_value());
  const wire::Frames replies = sealer.Control().Expect(wire::sealer::kReplies).value();
  const auto reply = replies.As<wire::sealer::Reply>();
  EXPECT_EQ(reply.sequence, 41U);
  EXPECT_TRUE(std::ranges::equal(reply.opt_out_token,
                                 ExpectedToken<token::OptOut>(keys.opt_out, Fictional(9)).bytes));
  sealer.Numbers().Close();
  EXPECT_EQ(sealer.Outcome(), Failure::kNone);
}

// Anybody can write any source address: it must not end a run.
TEST_P(Sealing, AReplyFromANumberOfTheOtherKindIsPassedOver) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer sealer(GetParam(), Job::kListen);
  sealer.Begin({keys.opt_out});
  ASSERT_TRUE(sealer.Control().Expect(wire::sealer::kReady).has_value());
  for (uint64_t sequence = 1; sequence <= 2; ++sequence) {
    wire::sealer::ReplyNumber number{};
    number.sequence = sequence;
    std::ranges::copy(sequence == 1 ? NotFictional() : Fictional(9), number.number);
    ASSERT_TRUE(sealer.Numbers().SendOne(wire::sealer::kReplyNumber, number).has_value());
  }
  const wire::Frames replies = sealer.Control().Expect(wire::sealer::kReplies).value();
  EXPECT_EQ(replies.count, 1u);
  EXPECT_EQ(replies.As<wire::sealer::Reply>().sequence, 2u);
  sealer.Numbers().Close();
  EXPECT_EQ(sealer.Outcome(), Failure::kNone);
}

TEST_P(Sealing, RehearsalKeysTakeNoRealNumber) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  for (const Job job : {Job::kOptOut, Job::kProtect}) {
    RunningSealer sealer(GetParam(), job);
    sealer.Begin({job == Job::kOptOut ? keys.opt_out : keys.contact});
    sealer.SendNumbers({Fictional(1), NotFictional()});
    EXPECT_EQ(sealer.Outcome(), Failure::kNotFictional);
    EXPECT_NE(sealer.ExitCodeOf(), 0);
  }
}

TEST_P(Sealing, LiveKeysTakeNoFictionalNumber) {
  const KeyFiles keys = MakeKeyFiles(Mode::kLive);
  RunningSealer sealer(GetParam(), Job::kOptOut);
  sealer.Begin({keys.opt_out});
  sealer.SendNumbers({NotFictional(), Fictional(1)});
  EXPECT_EQ(sealer.Outcome(), Failure::kFictional);
}

TEST_P(Sealing, AWrongPassphraseOpensNothing) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer wrong(GetParam(), Job::kOptOut, "incorrect horse");
  wrong.Begin({keys.opt_out});
  EXPECT_EQ(wrong.Outcome(), Failure::kPassphrase);
  RunningSealer empty(GetParam(), Job::kOptOut, "");
  empty.Begin({keys.opt_out});
  EXPECT_EQ(empty.Outcome(), Failure::kPassphrase);
}

TEST_P(Sealing, AKeyForAnotherPurposeIsNotUsed) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer swapped(GetParam(), Job::kOptOut);
  swapped.Begin({keys.contact});
  EXPECT_EQ(swapped.Outcome(), Failure::kKeyFile);
  RunningSealer order(GetParam(), Job::kImport);
  order.Begin({keys.contact, keys.opt_out});
  EXPECT_EQ(order.Outcome(), Failure::kKeyFile);
}

TEST_P(Sealing, KeysOfTwoHomesAreNotMixed) {
  const KeyFiles rehearsal = MakeKeyFiles(Mode::kRehearsal);
  const KeyFiles live = MakeKeyFiles(Mode::kLive);
  RunningSealer sealer(GetParam(), Job::kImport);
  sealer.Begin({live.opt_out, rehearsal.contact});
  EXPECT_EQ(sealer.Outcome(), Failure::kKeyFile);
}

TEST_P(Sealing, ARehearsalKeyRelabelledLiveDoesNotOpen) {
  KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  const size_t at = keys.opt_out.find("mode rehearsal");
  ASSERT_NE(at, std::string::npos);
  keys.opt_out.replace(at, 14, "mode live");
  RunningSealer sealer(GetParam(), Job::kOptOut);
  sealer.Begin({keys.opt_out});
  EXPECT_EQ(sealer.Outcome(), Failure::kPassphrase);
}

TEST_P(Sealing, AReaderThatBreaksOffDoesNotLookLikeTheEnd) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer cut(GetParam(), Job::kOptOut);
  cut.Begin({keys.opt_out});
  cut.SendNumbers({Fictional(1)});
  cut.Numbers().Close();
  EXPECT_EQ(cut.Outcome(), Failure::kNumbers);
  RunningSealer short_count(GetParam(), Job::kOptOut);
  short_count.Begin({keys.opt_out});
  short_count.SendNumbers({Fictional(1)});
  short_count.SendEnd(2);
  EXPECT_EQ(short_count.Outcome(), Failure::kNumbers);
}

TEST_P(Sealing, BytesThatAreNoNumberAreNotSealed) {
  const KeyFiles keys = MakeKeyFiles(Mode::kRehearsal);
  RunningSealer sealer(GetParam(), Job::kOptOut);
  sealer.Begin({keys.opt_out});
  NumberBytes bytes{};
  bytes[0] = '+';
  bytes[1] = 'x';
  sealer.SendNumbers({bytes});
  EXPECT_EQ(sealer.Outcome(), Failure::kNumbers);
}

TEST_P(Sealing, KeysThatWereMadeOpenWithTheSamePassphraseAndTrustRoot) {
  RunningSealer sealer(GetParam(), Job::kMakeKeys);
  sealer.Begin({});
  custody::KeyFileHeader header;
  header.trust = Trust(Mode::kRehearsal);
  ASSERT_TRUE(sealer.Control()
                  .SendText(wire::sealer::kTrust, custody::EncodeKeyFileHeader(header))
                  .has_value());
  custody::Unwrapper unwrapper(PassphraseBuffer());
  std::vector<custody::Wrapper::Unwrapped> keys;
  for (int i = 0; i < 4; ++i) {
    const wire::Frames made = sealer.Control().Expect(wire::sealer::kMadeKey).value();
    keys.push_back(unwrapper.Unwrap(AsText(made.bytes)).value());
    EXPECT_EQ(keys.back().header.trust, header.trust);
  }
  EXPECT_EQ(sealer.Outcome(), Failure::kNone);
  EXPECT_EQ(keys[0].header.purpose, custody::KeyPurpose::kRoot);
  constexpr std::pair<custody::KeyPurpose, std::string_view> kDerived[] = {
      {custody::KeyPurpose::kContactToken, "signpost/v1/contact-token/1"},
      {custody::KeyPurpose::kOptOutToken, "signpost/v1/opt-out-token/1"},
      {custody::KeyPurpose::kOpenerState, "signpost/v1/opener-state"}};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(keys[i + 1].header.purpose, kDerived[i].first);
    const memory::SecretKey derived = keys[0].key.Derive(kDerived[i].second).value();
    EXPECT_TRUE(std::ranges::equal(derived.Expose(memory::ExposeSecret{}),
                                   keys[i + 1].key.Expose(memory::ExposeSecret{})));
  }
}

TEST_P(Sealing, ATrustRootThatCannotBeReadMakesNoKey) {
  RunningSealer sealer(GetParam(), Job::kMakeKeys);
  sealer.Begin({});
  ASSERT_TRUE(sealer.Control().SendText(wire::sealer::kTrust, "signpost-key/v1\nmode live\n"));
  EXPECT_EQ(sealer.Outcome(), Failure::kKeyFile);
}

TEST_P(Sealing, AnUnknownJobEndsIt) {
  RunningSealer sealer(GetParam(), Job::kOptOut);
  sealer.start().job = static_cast<Job>(9);
  sealer.Begin({});
  EXPECT_EQ(sealer.Outcome(), Failure::kInternal);
}

#ifndef SIGNPOST_SEALER_BINARY
INSTANTIATE_TEST_SUITE_P(InAThread, Sealing, ::testing::Values(Where::kThread));
#else
INSTANTIATE_TEST_SUITE_P(TheBinary, Sealing, ::testing::Values(Where::kBinary));
#endif

}  // namespace
}  // namespace signpost::test
