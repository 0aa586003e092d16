#include "core/sender/gateway/message_id.h"

#include <gtest/gtest.h>

namespace signpost::sender::gateway {
namespace {

bool Matches(std::string_view answered, std::string_view receipted) {
  const MessageIdHash hash = HashMessageId(answered);
  for (const MessageIdHash& candidate : HashReceiptId(receipted)) {
    if (candidate == hash && hash != MessageIdHash{}) return true;
  }
  return false;
}

TEST(MessageId, HashIsTheDocumentedOne) {
  const Digest whole = Sha256(std::string_view("signpost/message-id/v1abc-1"));
  const MessageIdHash hash = HashMessageId("abc-1");
  EXPECT_TRUE(std::equal(hash.begin(), hash.end(), whole.begin()));
  EXPECT_EQ(HashMessageId(""), MessageIdHash{});
}

TEST(MessageId, ReceiptInAnotherBaseIsNotLost) {
  EXPECT_TRUE(Matches("255", "255"));
  EXPECT_TRUE(Matches("FF", "255"));
  EXPECT_TRUE(Matches("255", "FF"));
  EXPECT_TRUE(Matches("255", "ff"));
  EXPECT_TRUE(Matches("0000255", "255"));
  EXPECT_TRUE(Matches("255", "0000000255"));
  EXPECT_TRUE(Matches("1a2b", "1A2B"));
  EXPECT_TRUE(Matches("0", "000"));
  EXPECT_TRUE(Matches("550e8400-e29b", "550e8400-e29b"));
  EXPECT_TRUE(Matches("ffffffffffffffff", "18446744073709551615"));
}

TEST(MessageId, AnotherMessageDoesNotMatch) {
  EXPECT_FALSE(Matches("255", "256"));
  EXPECT_FALSE(Matches("xyz", "XYZ"));  // opaque ids keep their case
  EXPECT_FALSE(Matches("", ""));
  EXPECT_FALSE(Matches("-1", "1"));
  // Too long for a number: still matched as it is.
  const std::string long_id(40, '9');
  EXPECT_TRUE(Matches(long_id, long_id));
}

}  // namespace
}  // namespace signpost::sender::gateway
