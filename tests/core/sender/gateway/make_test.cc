#include "core/sender/gateway/make.h"

#include "tests/core/sender/gateway/gateway_test.h"

namespace signpost::sender::gateway {
namespace {

using wire::sender::Failure;

SiteFiles Files(std::string_view credentials) {
  SiteFiles files{memory::SecretBuffer::Create(256).value(), credentials.size(), {}};
  std::copy(credentials.begin(), credentials.end(),
            files.credentials.Expose(memory::ExposeSecret{}).begin());
  return files;
}

TEST(MakeGateway, KindThatIsNotKnownIsNotSpokenToAsAnother) {
  wire::sender::Session session = TestSession();
  EXPECT_TRUE(MakeGateway(session, "Hi", Files("user\npass\n")));
  session.kind = static_cast<GatewayKind>(std::size(kGatewayKinds));
  const MadeGateway made = MakeGateway(session, "Hi", Files("user\npass\n"));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), Failure::kOpener);
}

TEST(MakeGateway, SaysWhetherTheSiteOrTheOpenerIsWrong) {
  EXPECT_EQ(MakeGateway(TestSession(), "Hi", Files("user\n")).has_value(), true);
  EXPECT_EQ(MakeGateway(TestSession(), "Hi", Files("")).error(), Failure::kCredentials);
  EXPECT_EQ(MakeGateway(TestSession(), "Hi", Files("user\npassword9\n")).error(),
            Failure::kCredentials);
  wire::sender::Session session = TestSession();
  session.window = 0;
  EXPECT_EQ(MakeGateway(session, "Hi", Files("user\npass\n")).error(), Failure::kOpener);
}

}  // namespace
}  // namespace signpost::sender::gateway
