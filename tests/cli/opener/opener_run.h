// One signpost-opener under its lock-down, and what the two processes around it see.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "core/shared/wire/sender_boundary.h"
#include "core/signpost/process/child.h"
#include "tests/core/opener/site.h"

namespace signpost::test {

inline SiteOptions Now(SiteOptions options = {}) {
  options.now = Clock().Now();
  return options;
}

// Everybody to the one sender.
inline std::vector<uint8_t> All(size_t n) {
  return std::vector<uint8_t>(n, wire::opener::kReleaseTo);
}

// One signpost-opener, and signpost's and the sender's ends of its channels.
class OpenerRun {
 public:
  explicit OpenerRun(Site& site, int sender_buffer = 0) : site_(site) {
    wire::SocketPair control = wire::MakeSocketPair().value();
    wire::SocketPair numbers = wire::MakeSocketPair().value();
    if (sender_buffer > 0) {
      EXPECT_EQ(setsockopt(numbers.ours.get(), SOL_SOCKET, SO_SNDBUF, &sender_buffer,
                           sizeof sender_buffer),
                0);
    }
    process::ChildFds fds;
    fds.Put(wire::kControlFd, std::move(control.theirs));
    fds.Put(wire::opener::kSenderFds[0], std::move(numbers.ours));
    fds.Put(wire::opener::kPassphraseFd, PipeOf(site.passphrase));
    fds.Put(wire::opener::kStateFd, Again(site.state_file));
    child_.emplace(process::Spawn("signpost-opener", std::move(fds)).value());
    raw_control_ = Again(control.ours);
    control_.emplace(std::move(control.ours), wire::opener::kToOpener, wire::opener::kFromOpener,
                     "opener");
    raw_sender_ = Again(numbers.theirs);
    sender_.emplace(std::move(numbers.theirs), std::span<const wire::Rule>(),
                    wire::sender::kOpenerToSender, "opener");
  }

  void Start(wire::opener::Start start) {
    ASSERT_TRUE(control_->SendOne(wire::opener::kStart, start).has_value());
  }
  // A dispatch from `next_position` in a new run, shown everything.
  void Dispatch(uint32_t next_position = 0) {
    site_.Open();
    Start(site_.StartOf(wire::opener::Job::kDispatch, next_position));
    site_.Show(*control_);
  }

  void BeginDispatch(uint32_t next_position = 0) {
    Dispatch(next_position);
    EXPECT_EQ(HearKind(), wire::opener::kAccepted);
  }
  // Its next message to signpost; nullopt at the end. Every byte is remembered.
  std::optional<wire::Frames> Hear() {
    Result<std::optional<wire::Frames>> got = control_->Receive();
    EXPECT_TRUE(got.has_value()) << "the opener broke its own table";
    if (!got || !*got) return std::nullopt;
    heard_.insert(heard_.end(), (*got)->bytes.begin(), (*got)->bytes.end());
    return *std::move(got);
  }
  uint8_t HearKind() {
    const std::optional<wire::Frames> frames = Hear();
    return frames ? frames->kind : 0;
  }
  // kNone: it said something else.
  policy::Refusal HearRefusal() {
    const std::optional<wire::Frames> frames = Hear();
    if (!frames || frames->kind != wire::opener::kRefused) return policy::Refusal::kNone;
    return static_cast<policy::Refusal>(frames->As<wire::opener::Refused>().refusal);
  }
  void AskFor(uint32_t first, uint32_t count) {
    ASSERT_TRUE(
        control_->SendOne(wire::opener::kOpenRange, wire::opener::Range{first, count}).has_value());
  }
  void Release(const std::vector<uint8_t>& verdicts) {
    ASSERT_TRUE(
        control_->Send(wire::opener::kRelease, std::span<const uint8_t>(verdicts)).has_value());
  }
  // A whole range, everybody of it.
  void PassOn(uint32_t first, uint32_t count) {
    AskFor(first, count);
    EXPECT_EQ(HearKind(), wire::opener::kTokens);
    Release(All(count));
    EXPECT_EQ(HearKind(), wire::opener::kPassed);
  }
  void End() { ASSERT_TRUE(control_->SendEmpty(wire::opener::kEndRun).has_value()); }

  // What the sender has got so far, without waiting: positions and numbers.
  struct Got {
    std::optional<wire::sender::Session> session;
    std::string text;
    bool end = false, eof = false;
    std::vector<std::pair<uint32_t, std::string>> numbers;
  };
  Got AtTheSender() {
    Got got;
    while (SenderHas(0)) {
      Result<std::optional<wire::Frames>> frames = sender_->Receive();
      if (!frames || !*frames) {
        got.eof = true;
        break;
      }
      if ((*frames)->kind == wire::sender::kSession)
        got.session = *(*frames)->AsKnown<wire::sender::Session>();
      if ((*frames)->kind == wire::sender::kText) got.text = AsText((*frames)->bytes);
      got.end |= (*frames)->kind == wire::sender::kEnd;
      for (uint32_t i = 0; (*frames)->kind == wire::sender::kNumbers && i < (*frames)->count; ++i) {
        const auto numbered = (*frames)->As<wire::sender::Numbered>(i);
        const auto* text = reinterpret_cast<const char*>(numbered.number);
        got.numbers.emplace_back(numbered.position, std::string(text, strnlen(text, 16)));
      }
    }
    return got;
  }
  bool SenderHas(int wait_ms) {
    pollfd waiting{raw_sender_.get(), POLLIN, 0};
    return poll(&waiting, 1, wait_ms) == 1;
  }
  void SenderGoes() {
    sender_->Close();
    raw_sender_ = OwnedFd();
  }
  void SignpostGoes() {
    control_->Close();
    raw_control_ = OwnedFd();
  }

  process::Child& child() { return *child_; }
  wire::Channel& control() { return *control_; }
  int raw_control() const { return raw_control_.get(); }
  const Bytes& heard() const { return heard_; }

 private:
  Site& site_;
  std::optional<process::Child> child_;
  std::optional<wire::Channel> control_, sender_;
  OwnedFd raw_control_, raw_sender_;
  Bytes heard_;
};

#define EXPECT_REFUSAL(refusal, got) \
  EXPECT_EQ(RefusalName(got), RefusalName(policy::Refusal::refusal))

// Nothing was opened, nothing was passed, and nothing will be: the process is gone.
inline void ExpectNothingPassed(OpenerRun& run) {
  EXPECT_FALSE(run.Hear().has_value()) << "no word after a refusal";
  EXPECT_TRUE(run.child().Wait().has_value()) << "a refusal is an answer, not a failure";
  const OpenerRun::Got got = run.AtTheSender();
  EXPECT_TRUE(got.numbers.empty());
  EXPECT_TRUE(got.eof);
}

}  // namespace signpost::test
