// hostile-smsc [--port N] [--seconds N] CASES: the hostile message centre on 127.0.0.1.
// hostile-smsc [--port N] [--seconds N] --sink [--latency MS] [--receipts]: one that takes all
// (sink.h).
//
// Says "listening on 127.0.0.1:PORT", then takes one command a line from standard input and answers
// each with a line: `behave NAME` (from now on; open links are dropped), `report` (counts as JSON,
// over everything since the start or the last `forget`; of a sink: submits, the seconds from the
// first to the last answer, its own CPU), `forget`. Ends at the end of its input,
// and by itself after --seconds (600): it never outlives a test that broke off.
// It holds fictional numbers while it runs, and neither prints nor keeps one.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "crypto/base/fd.h"
#include "tests/hostile/centre.h"
#include "tests/hostile/sink.h"

namespace signpost::hostile {
namespace {

int64_t NowMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

OwnedFd Listen(uint16_t port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(fd.get(), any, size) != 0 || listen(fd.get(), 16) != 0 ||
      getsockname(fd.get(), any, &size) != 0) {
    std::perror("hostile-smsc");
    std::exit(1);
  }
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

struct Link {
  OwnedFd fd;
  std::unique_ptr<Conversation> conversation;

  short Events() {
    short events = conversation->deaf() ? 0 : POLLIN;
    if (!conversation->Output().empty()) events |= POLLOUT;
    return events;
  }
  void Turn(short revents);
  void Reset() {  // the peer gets an RST
    const linger now{1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd = OwnedFd();
  }
};

void Link::Turn(short revents) {
  char chunk[65536];
  if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !conversation->deaf()) {
    const ssize_t n = recv(fd.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      fd = OwnedFd();
      return;
    }
    if (n > 0) conversation->Take({chunk, static_cast<size_t>(n)}, NowMs());
  }
  conversation->Advance(NowMs());
  for (std::string_view out; !(out = conversation->Output()).empty();) {
    const ssize_t n = send(fd.get(), out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
      fd = OwnedFd();
      return;
    }
    if (n <= 0) break;
    conversation->Written(static_cast<size_t>(n));
  }
  if (conversation->wants_rst()) {
    Reset();
  } else if (conversation->wants_fin()) {
    fd = OwnedFd();
  }
}

void Report(const SinkTally& tally) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  const double took = std::chrono::duration<double>(tally.last - tally.first).count();
  std::printf("{\"submits\":%llu,\"secs\":%.6f,\"cpu_s\":%.6f}\n",
              static_cast<unsigned long long>(tally.submits), tally.submits == 0 ? 0.0 : took,
              seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

class Server {
 public:
  Server(std::vector<Case> cases, std::optional<SinkOptions> sink, OwnedFd listener)
      : cases_(std::move(cases)), sink_(sink), listener_(std::move(listener)) {
    centre_ = std::make_unique<Centre>();
    centre_->Behave(cases_.front());
  }

  void Run(int64_t until_ms) {
    while (NowMs() < until_ms && Turn()) {
    }
  }

 private:
  bool Turn() {
    std::vector<pollfd> fds = {{STDIN_FILENO, POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    int64_t wake = NowMs() + 1000;
    for (Link& link : links_) {
      fds.push_back({link.fd.get(), link.Events(), 0});
      wake = std::min(wake, link.conversation->wake_ms());
    }
    const int64_t wait = std::max<int64_t>(0, wake - NowMs());
    if (poll(fds.data(), fds.size(), static_cast<int>(wait)) < 0) return errno == EINTR;
    for (size_t i = 0; i < links_.size(); ++i) links_[i].Turn(fds[i + 2].revents);
    std::erase_if(links_, [](const Link& link) { return !link.fd; });
    if (fds[1].revents != 0) Welcome();
    return fds[0].revents == 0 || Commands();
  }
  void Welcome() {
    OwnedFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) return;
    const int yes = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    links_.push_back({std::move(fd), sink_
                                         ? std::make_unique<Sink>(*centre_, *sink_, tally_, NowMs())
                                         : std::make_unique<Conversation>(*centre_, NowMs())});
    links_.back().Turn(0);
    if (!links_.back().fd) links_.pop_back();
  }
  bool Commands() {
    char chunk[4096];
    const ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
    if (n <= 0) return false;
    input_.append(chunk, static_cast<size_t>(n));
    for (size_t end; (end = input_.find('\n')) != std::string::npos;) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      Command(line);
      std::fflush(stdout);
    }
    return true;
  }
  void Command(const std::string& line) {
    if (line == "forget") {
      links_.clear();
      centre_ = std::make_unique<Centre>();
      centre_->Behave(cases_.front());
      std::puts("forgotten");
    } else if (line == "report" && sink_) {
      Report(tally_);
    } else if (line == "report") {
      std::printf(
          "{\"people\":%zu,\"twice\":%zu,\"accepted\":%zu,\"seen\":%zu,\"not_fictional\":%zu,"
          "\"links\":%u}\n",
          centre_->people(), centre_->people_twice(), centre_->people_accepted(),
          centre_->people_seen(), centre_->not_fictional(), centre_->links());
    } else {
      const auto found = std::find_if(cases_.begin(), cases_.end(), [&](const Case& one) {
        return line == "behave " + one.name;
      });
      if (found == cases_.end()) std::exit(2);
      links_.clear();
      centre_->Behave(*found);
      std::puts("behaving");
    }
  }

  std::vector<Case> cases_;
  std::optional<SinkOptions> sink_;
  SinkTally tally_;
  OwnedFd listener_;
  std::unique_ptr<Centre> centre_;
  std::vector<Link> links_;
  std::string input_;
};

int Main(const std::vector<std::string>& arguments) {
  uint16_t port = 0;
  int64_t seconds = 600;
  std::optional<SinkOptions> sink;
  std::vector<Case> cases;
  for (size_t at = 1; at < arguments.size(); ++at) {
    const std::string& word = arguments[at];
    if (word == "--sink") {
      sink.emplace();
      cases.emplace_back();
    } else if (word == "--receipts" && sink) {
      sink->receipts = true;
    } else if (word.starts_with("--") && at + 1 < arguments.size()) {
      const long value = std::stol(arguments[++at]);
      if (word == "--port") port = static_cast<uint16_t>(value);
      if (word == "--seconds") seconds = value;
      if (word == "--latency" && sink) sink->latency_ms = value;
    } else {
      cases = ReadCases(word);
    }
  }
  if (cases.empty()) {
    std::fputs(
        "usage: hostile-smsc [--port N] [--seconds N] CASES|--sink [--latency MS] [--receipts]\n",
        stderr);
    return 2;
  }
  Server(std::move(cases), sink, Listen(port)).Run(NowMs() + seconds * 1000);
  return 0;
}

}  // namespace
}  // namespace signpost::hostile

int main(int argc, char** argv) { return signpost::hostile::Main({argv, argv + argc}); }
