#include "core/sender/gateway/make.h"

#include <gtest/gtest.h>

#include "crypto/base/mode.h"

namespace signpost::sender::gateway {
namespace {

using wire::sender::Failure;

SiteFiles Files(std::string_view credentials) {
  SiteFiles files{memory::SecretBuffer::Create(256).value(), credentials.size(), {}};
  std::copy(credentials.begin(), credentials.end(),
            files.credentials.Expose(memory::ExposeSecret{}).begin());
  return files;
}

wire::sender::Session Session() {
  wire::sender::Session session{};
  session.window = session.per_second = session.response_timeout_ms = 1;
  session.smpp.enquire_link_ms = 1;
  session.sender_bytes = 1;
  session.sender[0] = '6';
  return session;
}

TEST(MakeGateway, KindThatIsNotKnownIsNotSpokenToAsAnother) {
  wire::sender::Session session = Session();
  EXPECT_TRUE(MakeGateway(session, "Hi", Files("user\npass\n")));
  session.kind = static_cast<GatewayKind>(std::size(kGatewayKinds));
  const MadeGateway made = MakeGateway(session, "Hi", Files("user\npass\n"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), Failure::kOpener);
}

TEST(MakeGateway, SaysWhetherTheSiteOrTheOpenerIsWrong) {
  EXPECT_EQ(MakeGateway(Session(), "Hi", Files("user\n")).has_value(), true);
  EXPECT_EQ(MakeGateway(Session(), "Hi", Files("")).error(), Failure::kCredentials);
  EXPECT_EQ(MakeGateway(Session(), "Hi", Files("user\npassword9\n")).error(),
            Failure::kCredentials);
  wire::sender::Session session = Session();
  session.window = 0;
  EXPECT_EQ(MakeGateway(session, "Hi", Files("user\npass\n")).error(), Failure::kOpener);
}

}  // namespace
}  // namespace signpost::sender::gateway
