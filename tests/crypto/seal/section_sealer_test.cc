#include "crypto/seal/sealing/section_sealer.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "crypto/seal/opening/section_opener.h"
#include "tests/crypto/fixed_random.h"
#include "tests/crypto/format_document.h"

namespace signpost::seal {
namespace {

TEST(SectionSealer, EveryRecordHasAnIdAndABoxOfItsOwn) {
  const EpochSecretKey epoch = *EpochSecretKey::Generate();
  auto sealer = *SectionSealer::Create(epoch.public_half(), SectionId::Random(), Day{20800});
  const number::PhoneNumber number = *number::PhoneNumber::FromE164("+447700900123");
  std::set<RecordId> ids;
  std::set<std::array<uint8_t, 32>> boxes;
  for (int i = 0; i < 600; ++i) {
    const SealedRecord record = sealer.Seal(number);
    ids.insert(record.id);
    boxes.insert(record.box);
  }
  EXPECT_EQ(ids.size(), 600u);
  EXPECT_EQ(boxes.size(), 600u);
}

TEST(SectionSealer, HeaderSaysWhatItWasToldTo) {
  const EpochSecretKey epoch = *EpochSecretKey::Generate();
  const SectionId section = SectionId::Random();
  const auto sealer = *SectionSealer::Create(epoch.public_half(), section, Day{20800});
  EXPECT_EQ(sealer.header().section, section);
  EXPECT_EQ(sealer.header().epoch, epoch.public_half().epoch);
  EXPECT_EQ(sealer.header().expiry, Day{20800});
}

TEST(SectionSealer, FileKeyIsFreshForEachSection) {
  const EpochSecretKey epoch = *EpochSecretKey::Generate();
  const SectionId section = SectionId::Random();
  auto one = *SectionSealer::Create(epoch.public_half(), section, Day{20800});
  auto two = *SectionSealer::Create(epoch.public_half(), section, Day{20800});
  EXPECT_NE(one.header().sealed_key, two.header().sealed_key);
  const SealedRecord record = one.Seal(*number::PhoneNumber::FromE164("+447700900123"));
  EXPECT_FALSE(SectionOpener::Create(epoch, two.header())->Open(record));
}

TEST(SectionSealer, PublicKeyOfLowOrderIsRefused) {
  const EpochPublicKey everybodys{EpochId::Random(), {}};
  const auto sealer = SectionSealer::Create(everybodys, SectionId::Random(), Day{20800});
  ASSERT_FALSE(sealer);
  EXPECT_EQ(sealer.error().code, Code::kInput);
}

// The file of FORMAT.md, made with a counter for randomness.
SealedFile WorkedExample(const EpochSecretKey& epoch) {
  SealedFile file;
  file.header.kind = SealedKind::kIntake;
  file.header.file = *FileId::FromHex("f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0");
  auto sealer = *SectionSealer::Create(epoch.public_half(),
                                       *SectionId::FromHex("5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"),
                                       *Day::Parse("2026-12-23"));
  file.header.sections.push_back(sealer.header());
  file.records.push_back({0, sealer.Seal(*number::PhoneNumber::FromE164("+447700900123"))});
  return file;
}

EpochSecretKey ExampleEpoch() {
  std::array<uint8_t, 32> secret;
  for (size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<uint8_t>(0x40 + i);
  return *EpochSecretKey::Take(*EpochId::FromHex("e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0"),
                               *memory::SecretKey::Take(secret));
}

TEST(SealFormat, CodeDoesNotDepartFromTheDocument) {
  const FixedRandom counter;
  const EpochSecretKey epoch = ExampleEpoch();
  const Bytes bytes = WorkedExample(epoch).Encode();
  EXPECT_EQ(ToHex(bytes), ToHex(HexExampleOf("crypto/seal/FORMAT.md", "intake")));
}

TEST(SealFormat, ExampleOfTheDocumentOpens) {
  const auto file = SealedFile::Decode(HexExampleOf("crypto/seal/FORMAT.md", "intake"));
  ASSERT_TRUE(file);
  ASSERT_EQ(file->records.size(), 1u);
  const auto opener = SectionOpener::Create(ExampleEpoch(), file->header.sections[0]);
  ASSERT_TRUE(opener);
  const auto number = opener->Open(file->records[0].record);
  ASSERT_TRUE(number);
  EXPECT_EQ(number->ExposeText(number::ExposeNumber{}), "+447700900123");
}

}  // namespace
}  // namespace signpost::seal
