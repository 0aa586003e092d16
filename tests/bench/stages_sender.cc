// The sender's stages: one PDU, one message id, and a whole session over a socket pair.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "core/sender/gateway/message_id.h"
#include "core/sender/smpp/session.h"
#include "tests/bench/stages.h"

namespace signpost::bench {
namespace {

using namespace sender::smpp;

constexpr size_t kText = 140;

void EncodeASubmit(benchmark::State& state) {
  const Bytes text(kText, 'x');
  sender::smpp::Message message;
  message.source = {5, 0, "SUPPORT"};
  message.destination = {1, 1, "447700900123"};
  message.short_message = text;
  std::array<uint8_t, 512> out;
  uint32_t sequence = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        sender::smpp::EncodeMessage(out, sender::smpp::Command::kSubmitSm, message, ++sequence));
  }
  EachOf(state, 1);
}
BENCHMARK(EncodeASubmit);

void HashAMessageId(benchmark::State& state) {
  sender::gateway::PrepareMessageIds();
  for (auto _ : state) benchmark::DoNotOptimize(sender::gateway::HashMessageId("1234567"));
  EachOf(state, 1);
}
BENCHMARK(HashAMessageId);

struct Nobody : sender::smpp::SessionEvents {
  void OnBound() override {}
  void OnSettled(const sender::smpp::Settlement& settlement) override {
    settled += settlement.segments;
  }
  void OnReceipt(const sender::smpp::Receipt&) override {}
  sender::smpp::ReplyAnswer OnReply(const sender::smpp::Message&,
                                    const sender::smpp::ReplyHandle&) override {
    return sender::smpp::ReplyAnswer::kNow;
  }
  void OnLost(sender::smpp::LinkEnd, uint32_t) override { std::abort(); }
  size_t settled = 0;
};

// The other end: answers whatever whole PDUs have come, in one write. Its cost is in the figure.
class Answerer {
 public:
  explicit Answerer(OwnedFd fd) : fd_(std::move(fd)) {}
  void Turn() {
    in_.resize(held_ + kChunk);
    const ssize_t got = recv(fd_.get(), in_.data() + held_, kChunk, MSG_DONTWAIT);
    if (got > 0) held_ += static_cast<size_t>(got);
    ByteView rest = AsBytes(std::string_view(in_).substr(0, held_));
    size_t out = 0;
    for (auto pdu = sender::smpp::TakePdu(rest); pdu && *pdu; pdu = sender::smpp::TakePdu(rest)) {
      rest = rest.subspan((*pdu)->bytes);
      const std::span<uint8_t> room = std::span(out_).subspan(out);
      out += (*pdu)->command == static_cast<uint32_t>(sender::smpp::Command::kSubmitSm)
                 ? sender::smpp::EncodeMessageResp(room, sender::smpp::Command::kSubmitSmResp,
                                                   sender::smpp::Status::kOk, (*pdu)->sequence,
                                                   "1234567")
                 : sender::smpp::EncodeBindResp(room, sender::smpp::Status::kOk, (*pdu)->sequence,
                                                "SMSC");
    }
    in_.erase(0, held_ - rest.size());
    held_ = rest.size();
    if (out > 0 && write(fd_.get(), out_.data(), out) != static_cast<ssize_t>(out)) std::abort();
  }

 private:
  static constexpr size_t kChunk = 128u << 10;
  OwnedFd fd_;
  std::string in_;
  size_t held_ = 0;
  Bytes out_ = Bytes(64u << 10);
};

void SessionRoundTrip(benchmark::State& state) {
  sender::smpp::SessionOptions options;
  options.window = static_cast<uint32_t>(state.range(0));
  options.per_second = 1000000;
  options.source = "SUPPORT";
  options.parts = {Bytes(kText, 'x')};
  Nobody events;
  auto session = *sender::smpp::Session::Create(
      std::move(options), {"bench", *memory::SecretBuffer::Create(8), 0}, &events);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  Answerer peer{OwnedFd(ends[0])};
  int64_t now = 1000;
  session->Attach(OwnedFd(ends[1]), now);
  const number::PhoneNumber number = NumberOf(7);
  const auto turn = [&] {
    session->Turn(POLLOUT, ++now);
    peer.Turn();
    session->Turn(POLLIN, ++now);
  };
  turn();
  for (auto _ : state) {
    now += 10;
    for (size_t room = session->Room(now); room > 0; --room) session->Submit(1, number);
    turn();
  }
  if (events.settled == 0) state.SkipWithError("nothing was answered");
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(events.settled),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(SessionRoundTrip)->Apply(Windows);

}  // namespace
}  // namespace signpost::bench
