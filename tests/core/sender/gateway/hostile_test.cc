// Every case of tests/hostile/cases.txt against the gateway, with a clock that moves only when
// nothing else does; then what was not tried goes to an ordinary centre, as a next run would.
#include <malloc.h>

#include <map>

#include "tests/core/sender/gateway/gateway_test.h"
#include "tests/hostile/centre.h"
#include "tests/sanitized.h"

namespace signpost::sender::gateway {
namespace {

using hostile::Case;
using hostile::Centre;
using hostile::Conversation;

constexpr unsigned kPeople = 40;
constexpr int64_t kLimitMs = 40 * 60 * 1000;  // of the clock that is moved
// Floods are divided by it. SIGNPOST_FLOODS=whole: a million of everything.
unsigned Share() {
  const char* const floods = std::getenv("SIGNPOST_FLOODS");
  if (floods != nullptr && floods == std::string_view("whole")) return 1;
  return kSanitized ? 20 : 5;
}
// Over what was there before, both sides together. 170 KB are used; a gateway that kept 16 bytes of
// each receipt of a flood's fifth would have 3 MB.
constexpr size_t kMaxHeap = 1u << 20;

const std::vector<Case>& AllCases() {
  static const std::vector<Case> cases =
      hostile::ReadCases(std::string(SIGNPOST_SOURCE_DIR) + "/tests/hostile/cases.txt");
  return cases;
}

std::string DigitsOf(uint32_t position) { return "447700" + std::to_string(900000 + position); }

size_t Heap() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;  // what is large is mapped by itself
}

// One run: a gateway, and whoever it dials.
class OneRun {
 public:
  OneRun(Centre& centre, unsigned parts) : centre_(centre) {
    wire::sender::Session session = TestSession();
    session.per_second = 200;
    session.smpp.enquire_link_ms = 1000;
    session.mode = Mode::kLive;
    SmppGatewayOptions options;
    options.now_ms = [this] { return now_; };
    gateway_ = std::move(SmppGateway::Create(session, std::string(parts == 1 ? 5 : 200, 'a'),
                                             smpp::TestCredentials(), options))
                   .value();
  }

  // Every position of `todo` once, then a second for what may still come in, then the end.
  void Play(const std::vector<uint32_t>& todo) {
    const size_t heap = Heap();
    unsigned busy = 0;
    for (const int64_t began = now_; !ended_;) {
      ASSERT_LT(now_ - began, kLimitMs) << "it never ends";
      bool moved = Serve();
      moved |= Feed(todo);
      moved |= Poll();
      most_heap_ = std::max(most_heap_, Heap() - std::min(Heap(), heap));
      if (moved && ++busy % 16 != 0) continue;  // work takes its time, too
      now_ = moved ? now_ + 1 : std::max(now_ + 1, Wake());
    }
  }

  std::map<uint32_t, wire::sender::Outcome> outcomes;
  size_t most_heap() const { return most_heap_; }

 private:
  bool Serve() {
    bool any = false;
    while (auto event = gateway_->Next()) {
      any = true;
      Note(std::move(*event));
    }
    return any;
  }
  void Note(GatewayEvent event) {
    if (std::holds_alternative<GatewayNeedsSocket>(event)) return Dial();
    if (auto* s = std::get_if<wire::sender::Settled>(&event)) {
      const bool first = outcomes.emplace(s->position, s->outcome).second;
      EXPECT_TRUE(first) << "a record was settled twice";
    } else if (auto* late = std::get_if<LateAnswer>(&event)) {
      wire::sender::Outcome& was = outcomes[late->settled.position];
      EXPECT_EQ(was, wire::sender::Outcome::kUnknown) << "a late answer to what was known";
      was = late->settled.outcome;
    } else if (auto* r = std::get_if<Reply>(&event)) {
      if (r->handle != 0) gateway_->Answer(r->handle);
    } else if (std::holds_alternative<GatewayEnded>(event)) {
      ended_ = true;
    }
  }
  void Dial() {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    theirs_ = OwnedFd(ends[0]);
    conversation_ = std::make_unique<Conversation>(centre_, now_);
    gateway_->Attach(OwnedFd(ends[1]));
  }
  bool Feed(const std::vector<uint32_t>& todo) {
    bool any = false;
    for (; next_ < todo.size() && gateway_->Room() > 0; ++next_, any = true) {
      NumberedRecord record{todo[next_], smpp::Fictional(todo[next_])};
      gateway_->Submit(std::span(&record, 1));
      idle_at_ = now_;
    }
    if (!gateway_->Idle()) idle_at_ = now_;
    if (next_ == todo.size() && gateway_->Idle() && now_ >= idle_at_ + 1000) gateway_->Close();
    return any;
  }
  // Both ends of the link once; true when anything was to be done.
  bool Poll() {
    const bool theirs = conversation_ && PollTheirs();
    const GatewayWish wish = gateway_->Wish();
    pollfd fd{wish.fd, wish.events, 0};
    if (wish.fd >= 0) poll(&fd, 1, 0);
    const bool due = fd.revents != 0 || wish.wake_ms <= now_;
    gateway_->Turn(fd.revents);
    return theirs || due;
  }
  bool PollTheirs() {
    char chunk[16384];
    bool any = false;
    ssize_t n = -1;
    while (!conversation_->deaf() &&
           (n = recv(theirs_.get(), chunk, sizeof chunk, MSG_DONTWAIT)) > 0) {
      conversation_->Take({chunk, static_cast<size_t>(n)}, now_);
      any = true;
    }
    const bool gone = n == 0;
    conversation_->Advance(now_);
    for (std::string_view out; !gone && !(out = conversation_->Output()).empty(); any = true) {
      n = send(theirs_.get(), out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n <= 0) break;
      conversation_->Written(static_cast<size_t>(n));
    }
    if (gone || conversation_->wants_fin() || conversation_->wants_rst()) {
      conversation_.reset();
      theirs_ = OwnedFd();
      return true;
    }
    return any;
  }
  int64_t Wake() {
    int64_t wake = std::min(gateway_->Wish().wake_ms, idle_at_ + 1000);
    if (conversation_) wake = std::min(wake, conversation_->wake_ms());
    return wake;
  }

  Centre& centre_;
  std::unique_ptr<SmppGateway> gateway_;
  std::unique_ptr<Conversation> conversation_;
  OwnedFd theirs_;
  int64_t now_ = 1000000, idle_at_ = 1000000;
  size_t next_ = 0, most_heap_ = 0;
  bool ended_ = false;
};

void CheckRecord(const Centre& centre, uint32_t position, wire::sender::Outcome outcome) {
  const std::string number = DigitsOf(position);
  EXPECT_LE(centre.copies(number), 1u) << "texted twice: record " << position;
  if (outcome == wire::sender::Outcome::kSent) {
    EXPECT_TRUE(centre.accepted(number)) << "called sent, and nobody said so: " << position;
  }
  if (outcome == wire::sender::Outcome::kNotSubmitted) {
    EXPECT_FALSE(centre.seen(number)) << "called unsent, and it went out: " << position;
  }
}

void Play(const Case& as) {
  Centre centre(Share());
  centre.Behave(as);
  std::vector<uint32_t> everyone(kPeople);
  for (uint32_t i = 0; i < kPeople; ++i) everyone[i] = i;
  OneRun run(centre, as.parts);
  run.Play(everyone);
  if (testing::Test::HasFatalFailure()) return;
  EXPECT_LT(run.most_heap(), kMaxHeap);

  std::map<std::string, unsigned> counts;
  std::vector<uint32_t> left;
  for (const uint32_t position : everyone) {
    const auto found = run.outcomes.find(position);
    const auto outcome =
        found == run.outcomes.end() ? wire::sender::Outcome::kNotSubmitted : found->second;
    CheckRecord(centre, position, outcome);
    if (outcome == wire::sender::Outcome::kNotSubmitted) left.push_back(position);
    ++counts[outcome == wire::sender::Outcome::kSent      ? "sent"
             : outcome == wire::sender::Outcome::kRefused ? "refused"
             : outcome == wire::sender::Outcome::kUnknown ? "unknown"
                                                          : "unsent"];
  }
  for (const char* outcome : {"sent", "refused", "unknown", "unsent"}) {
    EXPECT_EQ(as.Against(outcome, counts[outcome]), "");
  }
  EXPECT_TRUE(as.MayExit(left.empty() ? 0 : 6));
  EXPECT_EQ(centre.not_fictional(), 0u);

  centre.Behave(AllCases().front());
  OneRun second(centre, as.parts);
  second.Play(left);
  for (const uint32_t position : everyone) {
    EXPECT_LE(centre.copies(DigitsOf(position)), 1u) << "texted twice by the next run";
  }
  for (const uint32_t position : left) EXPECT_TRUE(centre.accepted(DigitsOf(position)));
}

// One of them: SIGNPOST_CASE=name.
TEST(HostileCentre, TextsNobodyTwiceAndEnds) {
  const char* const only = std::getenv("SIGNPOST_CASE");
  for (const Case& as : AllCases()) {
    if (only != nullptr && as.name != only) continue;
    SCOPED_TRACE(as.name);
    Play(as);
  }
}

// The list is the one that a table of known cases is read from: nothing may drop out of it unseen.
TEST(HostileCases, AreAllReadAndNamedOnce) {
  std::map<std::string, unsigned> names;
  for (const Case& one : AllCases()) {
    EXPECT_EQ(++names[one.name], 1u) << one.name;
    EXPECT_FALSE(one.from.empty()) << one.name;
  }
  EXPECT_GE(names.size(), 100u);
  EXPECT_EQ(AllCases().front().name, "ordinary");
}

}  // namespace
}  // namespace signpost::sender::gateway
