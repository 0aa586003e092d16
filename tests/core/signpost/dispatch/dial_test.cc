#include "core/signpost/dispatch/dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace signpost::dispatch {
namespace {

// Takes connections on a free port of 127.0.0.1, in the kernel's backlog.
struct Listener {
  Listener() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd.get(), 4), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  OwnedFd fd;
  uint16_t port = 0;
};

TEST(DialTest, ListenerIsReachedByAddressAndByName) {
  const Listener listener;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto fd = Dial(host, listener.port, Mode::kRehearsal);
    ASSERT_TRUE(fd.has_value()) << host << ": " << fd.error().message;
    EXPECT_NE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0) << "would leak into the next process";
    EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(DialTest, NobodyThereIsAnErrorOfTheGateway) {
  uint16_t port = 0;
  { port = Listener().port; }
  const auto fd = Dial("127.0.0.1", port, Mode::kLive);
  ASSERT_FALSE(fd.has_value());
  EXPECT_EQ(fd.error().code, Code::kGateway);
  EXPECT_EQ(fd.error().place, "127.0.0.1:" + std::to_string(port));
}

TEST(DialTest, RehearsalDoesNotLeaveTheMachine) {
  // Of the block for documentation (RFC 5737): refused without a packet, so at once.
  const auto fd = Dial("192.0.2.1", 2775, Mode::kRehearsal);
  ASSERT_FALSE(fd.has_value());
  EXPECT_EQ(fd.error().code, Code::kGateway);
}

}  // namespace
}  // namespace signpost::dispatch
