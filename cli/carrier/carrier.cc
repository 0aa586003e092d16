#include "cli/carrier/carrier.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <vector>

#include "cli/carrier/client.h"
#include "crypto/base/file.h"
#include "crypto/base/time.h"

namespace signpost::carrier {
namespace {

constexpr size_t kMaxClients = 16;

struct Listener {
  OwnedFd fd;
  uint16_t port;
};

Result<Listener> Listen(uint16_t port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return FailErrno("socket");
  const int yes = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd.get(), any, sizeof address) != 0) {
    auto failed = FailErrno("bind", fmt::format("127.0.0.1:{}", port));
    failed.value().hint = "is another one running on that port? --port 0 picks a free one";
    return failed;
  }
  if (listen(fd.get(), 16) != 0) return FailErrno("listen");
  socklen_t size = sizeof address;
  if (getsockname(fd.get(), any, &size) != 0) return FailErrno("getsockname");
  return Listener{std::move(fd), ntohs(address.sin_port)};
}

Result<OwnedFd> EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return FailErrno("sigprocmask");
  OwnedFd fd(signalfd(-1, &signals, SFD_CLOEXEC));
  if (!fd) return FailErrno("signalfd");
  return fd;
}

using Clients = std::vector<std::unique_ptr<Client>>;

void Welcome(int listener, Clients& clients, Shared& shared) {
  OwnedFd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return;
  const int yes = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  clients.push_back(std::make_unique<Client>(std::move(fd), shared));
}

Result<void> Serve(const Listener& listener, const OwnedFd& signals, Shared& shared) {
  Clients clients;
  while (true) {
    std::vector<pollfd> fds = {{signals.get(), POLLIN, 0},
                               {clients.size() < kMaxClients ? listener.fd.get() : -1, POLLIN, 0}};
    int64_t wake = INT64_MAX;
    for (const auto& client : clients) {
      fds.push_back({client->fd(), client->Events(), 0});
      wake = std::min(wake, client->wake_ms());
    }
    const int64_t now = MonotonicMillis();
    const int timeout =
        wake == INT64_MAX ? -1 : static_cast<int>(std::clamp<int64_t>(wake - now, 0, 60000));
    if (poll(fds.data(), fds.size(), timeout) < 0) {
      if (errno == EINTR) continue;
      return FailErrno("poll");
    }
    if (fds[0].revents != 0) return {};
    for (size_t i = 0; i < clients.size(); ++i) {
      clients[i]->Turn(fds[i + 2].revents, MonotonicMillis());
    }
    std::erase_if(clients, [](const auto& client) { return !client->open(); });
    if (fds[1].revents != 0) Welcome(listener.fd.get(), clients, shared);
    if (shared.options.once && shared.client_left && clients.empty()) return {};
  }
}

}  // namespace

Result<void> Run(const Options& options) {
  TRY_ASSIGN(const OwnedFd signals, EndSignals());
  TlsServer tls;
  if (!options.tls_certificate.empty()) {
    TRY_ASSIGN(tls, LoadTls(options.tls_certificate, options.tls_key, options.tls_12_only));
  }
  TRY_ASSIGN(const Listener listener, Listen(options.port));
  fmt::print("listening on 127.0.0.1:{}\n", listener.port);
  std::fflush(stdout);
  Shared shared{options, {}, std::move(tls)};
  TRY(Serve(listener, signals, shared));
  fmt::print("{}\n", shared.tally.Text());
  std::fflush(stdout);
  if (options.report.empty()) return {};
  return WriteFileAtomic(options.report, shared.tally.Json());
}

}  // namespace signpost::carrier
