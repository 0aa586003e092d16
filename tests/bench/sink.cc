// A carrier that takes everything: the server side of SMPP 3.4 reduced to what a benchmark of the
// client needs, so that the figure is the client's. It answers each submit_sm with an id that
// counts up, and keeps nothing of it: no number is looked at or stored.
//
//   bench_sink [--port N] [--latency MS] [--receipts]
//
// Prints "listening on 127.0.0.1:PORT". On SIGTERM it prints one line of JSON and ends: how many
// submits on how many connections, the seconds from the first one read to the last one answered,
// and its own CPU. --latency delays every answer by that long; --receipts sends a deliver_sm that
// says DELIVRD behind each answer. Loopback only. One thread, poll(2).
//
// Not a test of anybody's correctness: a malformed PDU ends the connection, and that is all.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kSubmit = 0x04, kDeliver = 0x05, kUnbind = 0x06, kEnquire = 0x15;
constexpr uint32_t kResponse = 0x80000000;
constexpr size_t kHeader = 16, kMaxPdu = 65536, kReadBytes = 256 << 10;
constexpr int kLookMs = 200;

volatile sig_atomic_t g_stop = 0;
void OnTerm(int) { g_stop = 1; }

struct Options {
  uint16_t port = 0;
  int latency_ms = 0;
  bool receipts = false;
};

struct Tally {
  uint64_t submits = 0, receipts = 0, receipt_answers = 0, connections = 0;
  Clock::time_point first, last;
};

uint32_t Get32(const char* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return ntohl(value);
}

void Put32(std::string& out, uint32_t value) {
  const uint32_t wire = htonl(value);
  out.append(reinterpret_cast<const char*>(&wire), sizeof wire);
}

void PutPdu(std::string& out, uint32_t command, uint32_t sequence, std::string_view body) {
  Put32(out, static_cast<uint32_t>(kHeader + body.size()));
  Put32(out, command);
  Put32(out, 0);
  Put32(out, sequence);
  out += body;
}

class Connection {
 public:
  Connection(int fd, const Options& options, Tally& tally)
      : fd_(fd), options_(options), tally_(tally), in_(kReadBytes, '\0') {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  pollfd Wish() const {
    const int events = POLLIN | (sent_ < out_.size() ? POLLOUT : 0);
    return {fd_, static_cast<short>(events), 0};
  }
  int WaitMs(Clock::time_point now) const {
    if (later_.empty()) return -1;
    const auto wait =
        std::chrono::duration_cast<std::chrono::milliseconds>(later_.front().due - now);
    return static_cast<int>(std::max<int64_t>(0, wait.count() + 1));
  }

  // False: it is over.
  bool Turn(short revents) {
    if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !Read()) return false;
    const Clock::time_point now = Clock::now();
    while (!later_.empty() && later_.front().due <= now) {
      Answer(later_.front().sequence);
      later_.pop_front();
    }
    return Write() && !(leaving_ && sent_ == out_.size());
  }

 private:
  struct Later {
    Clock::time_point due;
    uint32_t sequence;
  };

  bool Read() {
    const ssize_t got = read(fd_, in_.data() + held_, in_.size() - held_);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    held_ += static_cast<size_t>(got);
    size_t at = 0;
    while (held_ - at >= kHeader) {
      const uint32_t bytes = Get32(&in_[at]);
      if (bytes < kHeader || bytes > kMaxPdu) return false;
      if (held_ - at < bytes) break;
      Serve(Get32(&in_[at + 4]), Get32(&in_[at + 12]));
      at += bytes;
    }
    std::memmove(in_.data(), in_.data() + at, held_ - at);
    held_ -= at;
    return true;
  }

  void Serve(uint32_t command, uint32_t sequence) {
    if (command == kSubmit) {
      if (tally_.submits++ == 0) tally_.first = Clock::now();
      if (options_.latency_ms == 0) return Answer(sequence);
      later_.push_back({Clock::now() + std::chrono::milliseconds(options_.latency_ms), sequence});
    } else if (command == (kDeliver | kResponse)) {
      ++tally_.receipt_answers;
    } else if (command == kEnquire || command == kUnbind) {
      leaving_ = command == kUnbind;
      PutPdu(out_, command | kResponse, sequence, {});
    } else if (command == 0x01 || command == 0x02 || command == 0x09) {  // the three binds
      PutPdu(out_, command | kResponse, sequence, std::string_view("SINK", 5));
    }
  }

  void Answer(uint32_t sequence) {
    char id[24];
    const int digits =
        std::snprintf(id, sizeof id, "%llu", static_cast<unsigned long long>(++next_id_));
    PutPdu(out_, kSubmit | kResponse, sequence, {id, static_cast<size_t>(digits) + 1});
    if (options_.receipts) Receipt(id);
  }

  // From a source that is nobody's number: the client matches by the id alone.
  void Receipt(const char* id) {
    using std::string_view_literals::operator""sv;
    const std::string text = std::string("id:") + id +
                             " sub:001 dlvrd:001 submit date:2601010000 done date:2601010001"
                             " stat:DELIVRD err:000 text:";
    std::string body("\0\5\0SINK\0\5\0SINK\0\4\0\0\0\0\0\0\0\0"sv);
    body += static_cast<char>(text.size());
    body += text;
    ++tally_.receipts;
    PutPdu(out_, kDeliver, ++sequence_, body);
  }

  bool Write() {
    while (sent_ < out_.size()) {
      const ssize_t put = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN || errno == EINTR;
      sent_ += static_cast<size_t>(put);
      tally_.last = Clock::now();
    }
    out_.clear();
    sent_ = 0;
    return true;
  }

  const int fd_;
  const Options& options_;
  Tally& tally_;
  std::string in_, out_;
  size_t held_ = 0, sent_ = 0;
  std::deque<Later> later_;
  uint64_t next_id_ = 0;
  uint32_t sequence_ = 0;
  bool leaving_ = false;
};

int Listen(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, raw, size) != 0 || listen(fd, 16) != 0 ||
      getsockname(fd, raw, &size) != 0) {
    std::perror("bench_sink: listen");
    std::exit(1);
  }
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void Report(const Tally& tally) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  const double took = std::chrono::duration<double>(tally.last - tally.first).count();
  std::printf(
      "{\"submits\":%llu,\"connections\":%llu,\"receipts\":%llu,\"receipt_answers\":%llu,"
      "\"secs\":%.6f,\"cpu_s\":%.6f}\n",
      static_cast<unsigned long long>(tally.submits),
      static_cast<unsigned long long>(tally.connections),
      static_cast<unsigned long long>(tally.receipts),
      static_cast<unsigned long long>(tally.receipt_answers), tally.submits == 0 ? 0.0 : took,
      seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

void ServeUntilStopped(int listener, const Options& options, Tally& tally) {
  std::vector<std::unique_ptr<Connection>> open;
  std::vector<pollfd> polled;
  while (g_stop == 0) {
    polled.assign(1, {listener, POLLIN, 0});
    int wait = kLookMs;  // a signal that comes just before poll is seen after this
    const Clock::time_point now = Clock::now();
    for (const auto& each : open) {
      polled.push_back(each->Wish());
      if (const int ms = each->WaitMs(now); ms >= 0) wait = std::min(wait, ms);
    }
    if (poll(polled.data(), polled.size(), wait) < 0) continue;  // a signal
    for (size_t i = open.size(); i-- > 0;) {
      if (!open[i]->Turn(polled[i + 1].revents)) open.erase(open.begin() + static_cast<long>(i));
    }
    if (polled[0].revents == 0) continue;
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++tally.connections;
    open.push_back(std::make_unique<Connection>(fd, options, tally));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--receipts") {
      options.receipts = true;
    } else if (word == "--port" && i + 1 < argc) {
      options.port = static_cast<uint16_t>(std::atoi(argv[++i]));
    } else if (word == "--latency" && i + 1 < argc) {
      options.latency_ms = std::atoi(argv[++i]);
    } else {
      std::fputs("usage: bench_sink [--port N] [--latency MS] [--receipts]\n", stderr);
      return 2;
    }
  }
  struct sigaction action {};
  action.sa_handler = OnTerm;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  Tally tally;
  ServeUntilStopped(Listen(options.port), options, tally);
  Report(tally);
  return 0;
}
