// The input is a script for a peer and a clock: what it sends, what it answers, when it stops
// reading, floods or hangs up. Whatever it does:
//   every record is settled exactly once, and nothing stays open at the end
//   a segment is submitted once, and once more for each submit that was answered "not now"
//   nothing is submitted again once its acceptance was read, nor more than the window holds
//   the session rests: no peer keeps it busy once its input is served
//   a peer that has fallen silent is left
// The first octet chooses window, segments and whether it drains.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "core/sender/smpp/session.h"

namespace {

using namespace signpost;
using namespace signpost::sender::smpp;

constexpr uint32_t kWindow = 4;
constexpr int kMaxTurns = 20000;  // to serve what one step sent

void Check(bool held) {
  if (!held) std::abort();
}

class Play : private sender::smpp::SessionEvents {
 public:
  explicit Play(uint8_t shape) {
    sender::smpp::SessionOptions options;
    options.window = (shape & 1) != 0 ? kWindow : 1;
    options.per_second = (shape & 2) != 0 ? 10000 : 5;
    options.response_timeout_ms = 1000;
    options.enquire_link_ms = 500;
    options.throttle_limit = 2;
    options.source = "60006";
    options.parts = {Bytes{'x'}};
    if ((shape & 4) != 0) options.parts.push_back(Bytes{'y'});
    options.not_sent = {0x400};
    memory::SecretBuffer password = memory::SecretBuffer::Create(8).value();
    session_ =
        sender::smpp::Session::Create(std::move(options), {"id", std::move(password), 0}, this)
            .value();
  }

  void Run(ByteView script) {
    Connect();
    while (!script.empty()) {
      const uint8_t verb = script[0];
      script = script.subspan(1);
      Step(verb, script);
      Turn();
      Check(session_->held() <= kWindow);
    }
    // From here on the peer says nothing: the session must see it, and leave.
    deaf_ = false;
    for (int i = 0; i < 200 && session_->connected(); ++i) {
      now_ += 500;
      Turn();
    }
    Check(!session_->connected());
    session_->GiveUp();
    for (const auto& entry : open_) Check(!entry.second);
    Check(session_->held() == 0);
  }

 private:
  void Step(uint8_t verb, ByteView& script) {
    const uint8_t argument = script.empty() ? uint8_t{0} : script[0];
    switch (verb % 20) {
      case 0: {  // raw octets
        const size_t n = std::min<size_t>(argument, script.size());
        Send(script.first(n));
        script = script.subspan(n);
        return;
      }
      case 1:
        now_ += argument;
        return;
      case 2:
        now_ += 1100;
        return;
      case 3:
        return Submit();
      case 4:
        return Answer(sender::smpp::Command::kBindTransceiverResp, 0, bind_);
      case 5:
        return Answer(sender::smpp::Command::kSubmitSmResp, 0, Nth(0));
      case 6:
        return Answer(sender::smpp::Command::kSubmitSmResp, 0x58, Nth(0));
      case 7:  // 0xFF is of the profile: not sent
        return Answer(sender::smpp::Command::kSubmitSmResp, argument == 0xFF ? 0x400 : argument,
                      Nth(1));
      case 8:
        return Connect();
      case 9:
        return Answer(sender::smpp::Command::kEnquireLinkResp, 0, Nth(0));
      case 10:
        return Answer(sender::smpp::Command::kSubmitSmResp, 0, Nth(argument));
      case 11:
        return Answer(sender::smpp::Command::kSubmitSmResp, 0x14, Nth(argument));
      case 12:
        return Flood(argument);
      case 13:
        deaf_ = !deaf_;
        deaf_ever_ = true;
        return;
      case 14:
        shutdown(peer_.get(), SHUT_RD);
        deaf_ever_ = true;
        return;
      case 15:
        shutdown(peer_.get(), SHUT_WR);
        return;
      case 16:
        peer_ = OwnedFd();
        return;
      case 17:
        return Answer(sender::smpp::Command::kUnbind, 0, argument);
      case 18:
        if (handles_.empty()) return;
        session_->Answer(handles_[argument % handles_.size()]);
        return;
      default:
        if (argument % 16 == 0) session_->Drain();
        if (argument % 16 == 1) session_->Unbind(now_);
        return;
    }
  }
  void Submit() {
    if (session_->Room(now_) == 0) return;
    Check(session_->bound());
    open_[next_] = true;
    session_->Submit(next_, Number(next_));
    ++next_;
  }
  static number::PhoneNumber Number(uint32_t nth) {
    return number::PhoneNumber::FromE164("+447700" + std::to_string(900000 + nth % 1000)).value();
  }
  // Of the submits, from the last one backwards.
  uint32_t Nth(uint8_t back) const {
    return back < submits_.size() ? submits_[submits_.size() - 1 - back] : 0;
  }
  void Connect() {
    peer_ = OwnedFd();
    Turn();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    peer_ = OwnedFd(ends[0]);
    const int small = 4096;  // so that a small flood fills it
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    in_.clear();
    sent_.clear();
    session_->Attach(OwnedFd(ends[1]), now_);
  }
  void Send(ByteView bytes) {
    if (!peer_) return;
    const ssize_t n = send(peer_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0) return;
    sent_ += std::string(AsText(bytes.first(static_cast<size_t>(n))));
    while (true) {
      const auto pdu = sender::smpp::TakePdu(AsBytes(sent_));
      if (!pdu || !*pdu) return;
      if ((*pdu)->command == static_cast<uint32_t>(sender::smpp::Command::kSubmitSmResp))
        Note(**pdu);
      sent_.erase(0, (*pdu)->bytes);
    }
  }
  void Note(const sender::smpp::Pdu& answer) {
    const auto about = by_sequence_.find(answer.sequence);
    if (about == by_sequence_.end()) return;
    const bool not_now = answer.status == 0x58 || answer.status == 0x14 || answer.status == 0x400;
    if (not_now) refused_.insert(answer.sequence);
    if (answer.status == 0 && session_->bound()) accepted_.insert(about->second);
  }
  void Answer(sender::smpp::Command command, uint32_t status, uint32_t sequence) {
    std::array<uint8_t, 32> out;
    const auto s = static_cast<sender::smpp::Status>(status);
    Send(ByteView(out).first(command == sender::smpp::Command::kSubmitSmResp
                                 ? sender::smpp::EncodeMessageResp(out, command, s, sequence, "7")
                                 : sender::smpp::EncodeEmpty(out, command, s, sequence)));
  }
  // Requests; some of these and a deaf peer are more than all buffers hold.
  void Flood(uint8_t count) {
    std::array<uint8_t, sender::smpp::kHeaderBytes> out;
    sender::smpp::EncodeEmpty(out, sender::smpp::Command::kEnquireLink, sender::smpp::Status::kOk,
                              1);
    std::string all;
    for (unsigned i = 0; i < count * 8u; ++i) all += AsText(out);
    Send(AsBytes(all));
  }
  void Turn() {
    for (int i = 0; i < kMaxTurns; ++i) {
      const sender::smpp::PollWish wish = session_->Wish(now_);
      pollfd fd{wish.fd, wish.events, 0};
      if (wish.fd >= 0) poll(&fd, 1, 0);
      const bool rests = fd.revents == 0 && wish.wake_ms > now_;
      session_->Turn(fd.revents, now_);
      if (!deaf_) Listen();
      if (rests) return;
    }
    std::abort();
  }
  void Listen() {
    char chunk[4096];
    for (ssize_t n; peer_ && (n = recv(peer_.get(), chunk, sizeof chunk, MSG_DONTWAIT)) > 0;) {
      in_.append(chunk, static_cast<size_t>(n));
    }
    size_t used = 0;
    while (true) {
      const auto pdu = sender::smpp::TakePdu(AsBytes(in_).subspan(used));
      Check(pdu.has_value());  // we write nothing malformed
      if (!*pdu) break;
      used += (*pdu)->bytes;
      const auto command = static_cast<sender::smpp::Command>((*pdu)->command);
      if (command == sender::smpp::Command::kBindTransceiver) bind_ = (*pdu)->sequence;
      if (command == sender::smpp::Command::kSubmitSm) OnSubmit(**pdu);
    }
    in_.erase(0, used);
  }
  void OnSubmit(const sender::smpp::Pdu& pdu) {
    const auto message = sender::smpp::DecodeMessage(pdu.body);
    Check(message.has_value());
    Check(by_sequence_.count(pdu.sequence) == 0);
    const std::string segment =
        std::string(message->destination.text) + std::string(AsText(message->short_message));
    unsigned allowed = 1;
    for (const uint32_t before : copies_[segment]) allowed += refused_.count(before) > 0 ? 1 : 0;
    Check(copies_[segment].size() < allowed);
    // What is read late was perhaps written before.
    Check(deaf_ever_ || accepted_.count(segment) == 0);
    copies_[segment].push_back(pdu.sequence);
    by_sequence_[pdu.sequence] = segment;
    submits_.push_back(pdu.sequence);
  }

  void OnBound() override {}
  void OnSettled(const sender::smpp::Settlement& s) override {
    Check(open_[s.position]);
    open_[s.position] = false;
    if (s.verdict == sender::smpp::Verdict::kUnknown) unknown_.insert(s.position);
  }
  void OnLate(const sender::smpp::Settlement& s) override {
    Check(unknown_.erase(s.position) == 1);  // once, and only of what was called unknown
    Check(s.verdict == sender::smpp::Verdict::kSent ||
          s.verdict == sender::smpp::Verdict::kRefused);
  }
  void OnReceipt(const sender::smpp::Receipt&) override {}
  sender::smpp::ReplyAnswer OnReply(const sender::smpp::Message&,
                                    const sender::smpp::ReplyHandle& handle) override {
    if (handles_.size() < 100) handles_.push_back(handle);
    return static_cast<sender::smpp::ReplyAnswer>(handle.sequence % 4);
  }
  void OnLost(sender::smpp::LinkEnd, uint32_t) override {}

  std::unique_ptr<sender::smpp::Session> session_;
  OwnedFd peer_;
  std::string in_, sent_;
  int64_t now_ = 1000000;
  uint32_t next_ = 0, bind_ = 0;
  bool deaf_ = false, deaf_ever_ = false;
  std::map<uint32_t, bool> open_;
  std::vector<uint32_t> submits_;
  std::vector<sender::smpp::ReplyHandle> handles_;
  std::set<uint32_t> unknown_;
  std::map<std::string, std::vector<uint32_t>> copies_;  // of a segment, by their sequences
  std::map<uint32_t, std::string> by_sequence_;
  std::set<uint32_t> refused_;
  std::set<std::string> accepted_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 2048) return 0;  // numbers must not repeat
  Play(data[0]).Run(ByteView(data, size).subspan(1));
  return 0;
}
