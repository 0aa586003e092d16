#include "crypto/custody/header/key_file_header.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "tests/crypto/custody/sample.h"

namespace signpost::custody {
namespace {

const std::string kRest = "kdf argon2id13 1 8388608 00\n";

void ExpectRefused(const std::string& text) {
  const auto header = ReadKeyFileHeader(text);
  ASSERT_FALSE(header) << text;
  EXPECT_EQ(header.error().code, Code::kInput);
}

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(KeyFileHeader, NothingIsLostInTheRoundTrip) {
  EXPECT_TRUE(rc::check([] {
    KeyFileHeader header = SampleHeader(
        *rc::gen::element(KeyPurpose::kRoot, KeyPurpose::kContactToken, KeyPurpose::kOptOutToken,
                          KeyPurpose::kOpenerState, KeyPurpose::kEpoch));
    header.trust.mode = *rc::gen::element(Mode::kLive, Mode::kRehearsal);
    header.trust.witness_vkeys.assign(*rc::gen::inRange<size_t>(0, 5), "w+01234567+AAAA");
    header.generation = static_cast<uint16_t>(*rc::gen::inRange(1, 65536));
    const std::string text = EncodeKeyFileHeader(header);
    const auto read = ReadKeyFileHeader(text + kRest);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == header);
    RC_ASSERT(EncodeKeyFileHeader(*read) == text);
  }));
}

TEST(KeyFileHeader, LineMissingOrOutOfPlaceIsRefused) {
  const std::string text = EncodeKeyFileHeader(SampleHeader(KeyPurpose::kEpoch));
  ASSERT_TRUE(ReadKeyFileHeader(text + kRest));
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const size_t next = text.find('\n', at) + 1;
    const std::string line = text.substr(at, next - at);
    if (line.starts_with("witness")) continue;
    ExpectRefused(text.substr(0, at) + text.substr(next) + kRest);           // dropped
    ExpectRefused(text.substr(0, next) + line + text.substr(next) + kRest);  // doubled
    ExpectRefused(text.substr(0, at) + "\n" + text.substr(at) + kRest);      // an empty line before
  }
  ExpectRefused(text);  // no kdf line
  ExpectRefused("");
}

TEST(KeyFileHeader, LineInAnotherSpellingIsRefused) {
  const std::string text = EncodeKeyFileHeader(SampleHeader(KeyPurpose::kEpoch)) + kRest;
  ASSERT_TRUE(ReadKeyFileHeader(text));
  ExpectRefused(Replaced(text, "v1\n", "v2\n"));
  ExpectRefused(Replaced(text, "v1\n", "v1\r\n"));
  ExpectRefused(Replaced(text, "purpose epoch", "purpose Epoch"));
  ExpectRefused(Replaced(text, "purpose epoch", "purpose epoch "));
  ExpectRefused(Replaced(text, "purpose epoch", "purpose  epoch"));
  ExpectRefused(Replaced(text, "mode rehearsal", "mode test"));
  ExpectRefused(Replaced(text, "genesis-policy ab", "genesis-policy AB"));
  ExpectRefused(Replaced(text, "genesis-policy ab", "genesis-policy "));
  ExpectRefused(Replaced(text, "ledger site", "ledger my site"));
  ExpectRefused(Replaced(text, "generation 1", "generation 01"));
  ExpectRefused(Replaced(text, "generation 1", "generation 0"));
  ExpectRefused(Replaced(text, "generation 1", "generation 65536"));
  ExpectRefused(Replaced(text, "generation 1", "generation +1"));
  ExpectRefused(Replaced(text, "generation 1", "generation 1x"));
  ExpectRefused(Replaced(text, "epoch 0e", "epoch 0E"));
  ExpectRefused(Replaced(text, "from 2026-11-23", "from 2026-11-31"));
  ExpectRefused(Replaced(text, "from 2026-11-23", "from 2027-11-23"));  // after the deadline
}

TEST(KeyFileHeader, EpochLinesStandWithEpochKeysOnly) {
  const std::string epoch = EncodeKeyFileHeader(SampleHeader(KeyPurpose::kEpoch)) + kRest;
  ExpectRefused(Replaced(epoch, "purpose epoch", "purpose root"));
  const std::string root = EncodeKeyFileHeader(SampleHeader(KeyPurpose::kRoot)) + kRest;
  ExpectRefused(Replaced(root, "purpose root", "purpose epoch"));
}

TEST(KeyFileHeader, PurposesDoNotShareAName) {
  EXPECT_EQ(PurposeName(KeyPurpose::kRoot), "root");
  EXPECT_EQ(PurposeName(KeyPurpose::kContactToken), "contact-token");
  EXPECT_EQ(PurposeName(KeyPurpose::kOptOutToken), "opt-out-token");
  EXPECT_EQ(PurposeName(KeyPurpose::kOpenerState), "opener-state");
  EXPECT_EQ(PurposeName(KeyPurpose::kEpoch), "epoch");
}

}  // namespace
}  // namespace signpost::custody
