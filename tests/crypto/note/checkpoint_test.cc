#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>

#include "crypto/note/note.h"

namespace signpost::note {
namespace {

const std::string kEmptyRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

void ExpectRefused(const std::string& text) {
  const auto checkpoint = Checkpoint::Parse(text);
  ASSERT_FALSE(checkpoint) << text;
  EXPECT_EQ(checkpoint.error().code, Code::kInput);
}

TEST(Checkpoint, NothingIsLostInTheRoundTrip) {
  EXPECT_TRUE(rc::check([](uint64_t size) {
    Checkpoint checkpoint{"signpost.example/site", size, {}};
    RandomBytes(checkpoint.root);
    const auto read = Checkpoint::Parse(checkpoint.Text());
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == checkpoint);
    RC_ASSERT(read->Text() == checkpoint.Text());
  }));
}

TEST(Checkpoint, EmptyTreeIsNotSpecial) {
  const auto checkpoint = Checkpoint::Parse("origin\n0\n" + kEmptyRoot + "\n");
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->size, 0u);
  EXPECT_EQ(checkpoint->root, Sha256(std::string_view()));
}

TEST(Checkpoint, SizeHasOneSpelling) {
  const auto with_size = [](const std::string& size) {
    return "origin\n" + size + "\n" + kEmptyRoot + "\n";
  };
  EXPECT_EQ(Checkpoint::Parse(with_size("18446744073709551615"))->size,
            std::numeric_limits<uint64_t>::max());
  for (const char* bad :
       {"", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "18446744073709551616"}) {
    ExpectRefused(with_size(bad));
  }
}

TEST(Checkpoint, LinesMissingOrTooManyAreRefused) {
  ExpectRefused("");
  ExpectRefused("origin\n");
  ExpectRefused("origin\n1\n");
  ExpectRefused("origin\n1\n" + kEmptyRoot);
  ExpectRefused("origin\n1\n" + kEmptyRoot + "\nextension\n");
  ExpectRefused("origin\n1\n" + kEmptyRoot + "\n\n");
  ExpectRefused("\n1\n" + kEmptyRoot + "\n");
  ExpectRefused("origin\r\n1\n" + kEmptyRoot + "\n");
  ExpectRefused("\xff\n1\n" + kEmptyRoot + "\n");
}

TEST(Checkpoint, RootOfAnotherLengthIsRefused) {
  ExpectRefused("origin\n1\n" + kEmptyRoot.substr(0, 40) + "\n");
  ExpectRefused("origin\n1\n" + kEmptyRoot.substr(0, 43) + "\n");
  ExpectRefused("origin\n1\nAAAA" + kEmptyRoot + "\n");
  ExpectRefused("origin\n1\n\n");
}

}  // namespace
}  // namespace signpost::note
