// signpost-sender as a child, between everyone it talks to: this is signpost, the opener and the
// sealer at once.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include <functional>
#include <map>

#include "core/shared/wire/sealer_boundary.h"
#include "core/shared/wire/sender_boundary.h"
#include "core/signpost/process/child.h"
#include "crypto/base/mode.h"
#include "crypto/base/time.h"
#include "tests/cli/carrier/carrier_process.h"

namespace signpost::sender {

inline wire::sender::Session TestSession() {
  wire::sender::Session session{};
  session.window = 20;
  session.per_second = 2000;
  session.response_timeout_ms = 10000;
  session.smpp.enquire_link_ms = 1000;
  session.send_for_seconds = 3600;
  session.receipt_wait_ms = 300;
  session.mode = Mode::kRehearsal;
  session.smpp.source_ton = 3;
  session.want_receipts = 1;
  session.sender_bytes = 5;
  std::copy_n("60006", 5, session.sender);
  return session;
}

constexpr std::string_view kCredentials = "rehearsal\npractice\n";

class SenderProcess {
 public:
  SenderProcess(const carrier::CarrierProcess& carrier, std::string_view credentials,
                std::string_view trust = {})
      : carrier_(carrier),
        control_({}, wire::sender::kToSender, wire::sender::kFromSender, "sender"),
        opener_({}, wire::sender::kOpenerToSender, {}, "sender"),
        sealer_({}, {}, wire::sealer::kRepliesToSealer, "sender"),
        child_(Start(credentials, trust)) {
    EXPECT_TRUE(control_.SendEmpty(wire::sender::kStart));
  }

  void Open(const wire::sender::Session& session = TestSession(), std::string_view text = "Hello") {
    EXPECT_TRUE(opener_.SendOne(wire::sender::kSession, session));
    EXPECT_TRUE(opener_.SendText(wire::sender::kText, text));
  }
  void Numbers(uint32_t first, uint32_t count) {
    std::vector<wire::sender::Numbered> numbers;
    for (uint32_t i = first; i < first + count; ++i) {
      numbers.push_back({i, {}});
      const std::string digits = "+447700" + std::to_string(900000 + i % 1000);
      std::copy(digits.begin(), digits.end(), numbers.back().number);
    }
    NumbersAsTheyAre(numbers);
  }
  void NumbersAsTheyAre(const std::vector<wire::sender::Numbered>& numbers) {
    EXPECT_TRUE(
        opener_.Send(wire::sender::kNumbers, std::span<const wire::sender::Numbered>(numbers)));
  }
  void End() { EXPECT_TRUE(opener_.SendEmpty(wire::sender::kEnd)); }
  void Stop() { EXPECT_TRUE(control_.SendEmpty(wire::sender::kStop)); }
  void Recorded(uint64_t sequence) {
    EXPECT_TRUE(control_.SendOne(wire::sender::kRecorded, sequence));
  }
  void BreakOpener() { opener_.Close(); }
  void BreakSealer() { sealer_.Close(); }
  void BreakControl() { control_.Close(); }

  // Serves the sender until it has ended, or `until` says so; a minute at most.
  void Serve(const std::function<bool()>& until = [] { return false; }) {
    const int64_t deadline = MonotonicMillis() + 60000;
    while (!ended && !until()) {
      if (MonotonicMillis() >= deadline) {
        ADD_FAILURE() << "the sender does not end";
        return;
      }
      pollfd fds[] = {{control_.fd(), POLLIN, 0}, {sealer_.fd(), POLLIN, 0}};
      poll(fds, 2, 50);
      if (fds[1].revents != 0) FromSealer();
      if (fds[0].revents != 0) FromControl();
    }
  }
  // 0 when it exited well.
  Result<void> Wait() { return child_.Wait(); }

  unsigned Count(wire::sender::Outcome outcome) const {
    unsigned n = 0;
    for (const auto& entry : settled) {
      n += entry.second.outcome == outcome ? 1 : 0;
    }
    return n;
  }

  std::map<uint32_t, wire::sender::Settled>
      settled;  // a second outcome of one record fails the test
  std::vector<wire::sender::Receipt> receipts;
  std::vector<wire::sender::Inbound> inbound;
  std::vector<uint64_t> stops;  // sequence numbers that came to the sealer
  wire::sender::Failed failed{};
  bool bound = false, finished = false, ended = false;
  bool dial = true;  // else kNoSocket
  unsigned sockets = 0;
  bool record = true;  // STOPs, at once

 private:
  process::Child Start(std::string_view credentials, std::string_view trust) {
    wire::SocketPair control = wire::MakeSocketPair().value(),
                     opener = wire::MakeSocketPair().value(),
                     sealer = wire::MakeSocketPair().value();
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    (void)!write(ends[1], credentials.data(), credentials.size());
    close(ends[1]);
    OwnedFd bundle;
    if (!trust.empty()) {  // longer than a pipe takes
      bundle = OwnedFd(memfd_create("trust", MFD_CLOEXEC));
      EXPECT_TRUE(WriteAll(bundle.get(), AsBytes(trust), "trust"));
      lseek(bundle.get(), 0, SEEK_SET);
    }
    process::ChildFds fds;
    fds.Put(wire::kControlFd, std::move(control.theirs));
    fds.Put(wire::sender::kOpenerFd, std::move(opener.theirs));
    fds.Put(wire::sender::kSealerFd, std::move(sealer.theirs));
    fds.Put(wire::sender::kCredentialsFd, OwnedFd(ends[0]));
    fds.Put(wire::sender::kTrustFd, std::move(bundle));
    control_ = wire::Channel(std::move(control.ours), wire::sender::kToSender,
                             wire::sender::kFromSender, "sender");
    opener_ = wire::Channel(std::move(opener.ours), wire::sender::kOpenerToSender, {}, "sender");
    sealer_ = wire::Channel(std::move(sealer.ours), {}, wire::sealer::kRepliesToSealer, "sender");
    return std::move(process::Spawn("signpost-sender", std::move(fds))).value();
  }
  void FromSealer() {
    auto frames = sealer_.Receive();
    if (!frames || !*frames) return sealer_.Close();
    for (uint32_t i = 0; i < (*frames)->count; ++i) {
      stops.push_back((*frames)->As<wire::sealer::ReplyNumber>(i).sequence);
      if (record) Recorded(stops.back());
    }
  }
  void FromControl() {
    auto received = control_.Receive();
    if (!received || !*received) {
      ended = true;
      return;
    }
    const wire::Frames& frames = **received;
    switch (frames.kind) {
      case wire::sender::kNeedSocket:
        return OnNeedSocket();
      case wire::sender::kBound:
        bound = true;
        return;
      case wire::sender::kSettled:
        for (uint32_t i = 0; i < frames.count; ++i) {
          const auto one = *frames.AsKnown<wire::sender::Settled>(i);
          EXPECT_TRUE(settled.emplace(one.position, one).second);
        }
        return;
      case wire::sender::kLate:
        for (uint32_t i = 0; i < frames.count; ++i) {
          const auto one = *frames.AsKnown<wire::sender::Settled>(i);
          EXPECT_EQ(settled.at(one.position).outcome, wire::sender::Outcome::kUnknown);
          settled.at(one.position) = one;
        }
        return;
      case wire::sender::kReceipts:
        for (uint32_t i = 0; i < frames.count; ++i) {
          receipts.push_back(*frames.AsKnown<wire::sender::Receipt>(i));
        }
        return;
      case wire::sender::kInbound:
        inbound.push_back(frames.As<wire::sender::Inbound>());
        return;
      case wire::sender::kFailed:
        failed = *frames.AsKnown<wire::sender::Failed>();
        return;
      case wire::sender::kFinished:
        finished = true;
        return;
      default:
        FAIL() << "another message than due";
    }
  }
  void OnNeedSocket() {
    ++sockets;
    const OwnedFd fd = dial ? carrier_.Dial() : OwnedFd();
    const int raw = fd.get();
    if (fd) {
      EXPECT_TRUE(control_.SendEmpty(wire::sender::kSocket, std::span(&raw, 1)));
    } else {
      EXPECT_TRUE(control_.SendEmpty(wire::sender::kNoSocket));
    }
  }

  const carrier::CarrierProcess& carrier_;
  wire::Channel control_, opener_, sealer_;
  process::Child child_;
};

}  // namespace signpost::sender
