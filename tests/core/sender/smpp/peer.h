// The other end of a session: a scripted message centre on a socket pair, and a time that moves
// only when a test says so.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "core/sender/smpp/session.h"

namespace signpost::sender::smpp {

class Peer {
 public:
  Peer() = default;
  Peer(Peer&&) = default;
  Peer& operator=(Peer&&) = default;
  virtual ~Peer() = default;
  // Gives the end for the session, and keeps the other.
  virtual OwnedFd Connect() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    ours_ = OwnedFd(ends[0]);
    in_.clear();
    return OwnedFd(ends[1]);
  }
  void HangUp() { ours_ = OwnedFd(); }

  // Everything that has arrived, as PDUs; views are valid until the peer is gone.
  std::vector<Pdu> Take() {
    Pull();
    kept_.push_back(in_);
    ByteView rest = AsBytes(kept_.back());
    std::vector<Pdu> pdus;
    for (auto pdu = TakePdu(rest); pdu && *pdu; pdu = TakePdu(rest)) {
      pdus.push_back(**pdu);
      rest = rest.subspan((*pdu)->bytes);
    }
    in_ = std::string(AsText(rest));
    return pdus;
  }
  std::vector<Pdu> TakeOnly(Command command) {
    std::vector<Pdu> pdus;
    for (const Pdu& pdu : Take()) {
      if (pdu.command == static_cast<uint32_t>(command)) pdus.push_back(pdu);
    }
    return pdus;
  }
  virtual void SendRaw(std::string_view bytes) { SendSome(bytes); }
  size_t SendSome(std::string_view bytes) {  // as much as the socket takes
    const ssize_t n = send(ours_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 ? 0 : static_cast<size_t>(n);
  }
  void StopReading() { shutdown(ours_.get(), SHUT_RD); }
  void Send(Command command, Status status, uint32_t sequence) {
    std::array<uint8_t, 64> out;
    SendFirst(out, EncodeEmpty(out, command, status, sequence));
  }
  void Accept(const Pdu& submit, std::string_view id) {
    std::array<uint8_t, 128> out;
    SendFirst(out,
              EncodeMessageResp(out, Command::kSubmitSmResp, Status::kOk, submit.sequence, id));
  }
  void Refuse(const Pdu& submit, Status status) {
    Send(Command::kSubmitSmResp, status, submit.sequence);
  }
  void AcceptBind() {
    const auto binds = TakeOnly(Command::kBindTransceiver);
    ASSERT_EQ(binds.size(), 1u);
    std::array<uint8_t, 64> out;
    SendFirst(out, EncodeBindResp(out, Status::kOk, binds[0].sequence, "SMSC"));
  }
  static std::string Deliver(std::string_view from, std::string_view text, uint32_t sequence,
                             uint8_t esm_class = 0) {
    Message m;
    m.source = {1, 1, from};
    m.esm_class = esm_class;
    m.short_message = AsBytes(text);
    std::array<uint8_t, 512> out;
    const size_t bytes = EncodeMessage(out, Command::kDeliverSm, m, sequence);
    return std::string(AsText(ByteView(out).first(bytes)));
  }

  // The receipt of a centre that sends them in data_sm, by TLV alone.
  static std::string DataReceipt(std::string_view from, std::string_view id, uint8_t state,
                                 uint32_t sequence) {
    Bytes body = {0, 1, 1};
    const auto text = [&body](std::string_view value) {
      body.insert(body.end(), value.begin(), value.end());
      body.push_back(0);
    };
    const auto tlv = [&body](uint16_t tag, size_t size) {
      for (const size_t value : {size_t{tag}, size}) {
        body.push_back(static_cast<uint8_t>(value >> 8));
        body.push_back(static_cast<uint8_t>(value));
      }
    };
    text(from);
    body.insert(body.end(), {3, 0, 0, 0x04, 0, 0});  // to nobody; a receipt
    tlv(0x001E, id.size() + 1);
    text(id);
    tlv(0x0427, 1);
    body.push_back(state);
    std::array<uint8_t, kHeaderBytes> header;
    EncodeEmpty(header, Command::kDataSm, Status::kOk, sequence);
    header[3] = static_cast<uint8_t>(kHeaderBytes + body.size());
    return std::string(AsText(header)) + std::string(AsText(body));
  }

 protected:
  // Appends to in_ what has arrived.
  virtual void Pull() {
    char chunk[4096];
    for (ssize_t n; ours_ && (n = recv(ours_.get(), chunk, sizeof chunk, MSG_DONTWAIT)) > 0;) {
      in_.append(chunk, static_cast<size_t>(n));
    }
  }
  OwnedFd ours_;
  std::string in_;

 private:
  void SendFirst(ByteView out, size_t bytes) { SendRaw(AsText(out.first(bytes))); }
  std::list<std::string> kept_;
};

inline number::PhoneNumber Fictional(unsigned nth) {
  const std::string digits = std::to_string(900000 + nth);
  return std::move(number::PhoneNumber::FromE164("+447700" + digits)).value();
}

inline Credentials TestCredentials() {
  memory::SecretBuffer password = memory::SecretBuffer::Create(8).value();
  const std::string_view word = "word";
  std::copy(word.begin(), word.end(), password.Expose(memory::ExposeSecret{}).begin());
  return {"user", std::move(password), word.size()};
}

// A session with its peer, and what it said so far.
class SessionTest : public testing::Test, protected SessionEvents {
 protected:
  void Start(SessionOptions options) {
    if (options.parts.empty()) options.parts = {Bytes{'H', 'i'}};
    if (options.source.empty()) options.source = "60006";
    session_ = std::move(Session::Create(std::move(options), TestCredentials(), this)).value();
  }
  void Bind() {
    session_->Attach(peer_.Connect(), now_);
    peer_.AcceptBind();
    Turn();
    ASSERT_TRUE(session_->bound());
    Pass(50);  // so that the pace allows some at once
  }
  // Serves whatever poll would report, until nothing is left to do now.
  void Turn() {
    for (int i = 0; i < 100000; ++i) {
      const PollWish wish = session_->Wish(now_);
      pollfd fd{wish.fd, wish.events, 0};
      if (wish.fd >= 0) poll(&fd, 1, 0);
      if (fd.revents == 0 && wish.wake_ms > now_) return;
      session_->Turn(fd.revents, now_);
    }
    FAIL() << "the session never rests";
  }
  void Pass(int64_t ms) {
    now_ += ms;
    Turn();
  }
  // Submits records 0..count-1 as far as there is room; returns how many.
  uint32_t Submit(uint32_t count) {
    uint32_t taken = 0;
    while (taken < count && session_->Room(now_) > 0) {
      session_->Submit(next_, Fictional(next_ % 1000));
      ++next_;
      ++taken;
    }
    Turn();
    return taken;
  }
  unsigned Count(Verdict verdict) const {
    unsigned n = 0;
    for (const auto& s : settled_) n += s.verdict == verdict ? 1 : 0;
    return n;
  }

  void OnBound() override { ++bound_; }
  void OnSettled(const Settlement& s) override {
    settled_.push_back(s);
    ids_.emplace_back(s.id);
  }
  void OnLate(const Settlement& s) override {
    late_.push_back(s);
    ids_.emplace_back(s.id);
  }
  void OnReceipt(const Receipt& r) override { receipts_.emplace_back(r.id); }
  ReplyAnswer OnReply(const Message& m, const ReplyHandle& handle) override {
    replies_.emplace_back(AsText(m.text()));
    handles_.push_back(handle);
    return reply_answer_;
  }
  void OnLost(LinkEnd end, uint32_t status) override { lost_.emplace_back(end, status); }

  static SessionOptions Fast() {
    SessionOptions options;
    options.window = 10;
    options.per_second = 10000;
    options.response_timeout_ms = 1000;
    options.enquire_link_ms = 500;
    return options;
  }

  Peer peer_;
  std::unique_ptr<Session> session_;
  int64_t now_ = 1000000;
  uint32_t next_ = 0;
  unsigned bound_ = 0;
  std::vector<Settlement> settled_, late_;
  std::vector<std::string> ids_, receipts_, replies_;
  std::vector<ReplyHandle> handles_;
  std::vector<std::pair<LinkEnd, uint32_t>> lost_;
  ReplyAnswer reply_answer_ = ReplyAnswer::kNow;
};

}  // namespace signpost::sender::smpp
