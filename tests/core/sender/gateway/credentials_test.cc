#include "core/sender/gateway/credentials.h"

#include <gtest/gtest.h>

namespace signpost::sender::gateway {
namespace {

Result<smpp::Credentials> Parse(std::string_view text) { return ParseCredentials(AsBytes(text)); }

TEST(Credentials, TwoLinesAreTaken) {
  for (const std::string_view text : {"user\npass\n", "user\npass", "user\r\npass\r\n"}) {
    const auto credentials = Parse(text);
    ASSERT_TRUE(credentials) << text;
    EXPECT_EQ(credentials->system_id, "user");
    EXPECT_EQ(AsText(std::as_const(credentials->password)
                         .Expose(memory::ExposeSecret{})
                         .first(credentials->password_bytes)),
              "pass");
  }
  EXPECT_EQ(Parse("user\n")->password_bytes, 0u);
}

TEST(Credentials, AnythingElseIsRefusedWithoutShowingIt) {
  for (const std::string& text :
       {std::string(), std::string("\npass\n"), std::string("user\npassword9\n"),
        std::string("sixteen-letters-\npass\n"), std::string("user\npass\nmore\n"),
        std::string("us\0er\npass\n", 11), std::string(300, 'x')}) {
    const auto credentials = Parse(text);
    ASSERT_FALSE(credentials);
    EXPECT_EQ(credentials.error().code, Code::kInput);
    EXPECT_EQ(credentials.error().message.find("pass9"), std::string::npos);
  }
}

}  // namespace
}  // namespace signpost::sender::gateway
