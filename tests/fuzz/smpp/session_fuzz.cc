// The input is a script for a peer and a clock: what it sends, what it answers, when it hangs up.
// Whatever it does, every record is settled at most once, no record is submitted again unless the
// answer to it was an explicit "not now", and nothing stays open at the end.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <string>

#include "core/smpp/session.h"

namespace {

using namespace signpost;
using namespace signpost::smpp;

void Check(bool held) {
  if (!held) std::abort();
}

class Play : private SessionEvents {
 public:
  Play() {
    SessionOptions options;
    options.window = 4;
    options.per_second = 10000;
    options.response_timeout_ms = 1000;
    options.enquire_link_ms = 500;
    options.throttle_limit = 2;
    options.source = "60006";
    options.parts = {Bytes{'x'}};
    SecretBuffer password = SecretBuffer::Create(8).value();
    session_ = Session::Create(std::move(options), {"id", std::move(password), 0}, this).value();
  }

  void Run(ByteView script) {
    Connect();
    while (!script.empty()) {
      const uint8_t verb = script[0];
      script = script.subspan(1);
      Step(verb, script);
      Turn();
    }
    session_->GiveUp();
    for (const auto& entry : open_) Check(!entry.second);
    Check(session_->held() == 0);
  }

 private:
  void Step(uint8_t verb, ByteView& script) {
    const uint8_t argument = script.empty() ? uint8_t{0} : script[0];
    switch (verb % 10) {
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
        if (session_->Room(now_) == 0) return;
        open_[next_] = true;
        session_->Submit(next_, Number(next_));
        ++next_;
        return;
      case 4:
        return Answer(Command::kBindTransceiverResp, 0, bind_);
      case 5:
        return Answer(Command::kSubmitSmResp, 0, last_);
      case 6:
        return Answer(Command::kSubmitSmResp, 0x58, last_);
      case 7:
        return Answer(Command::kSubmitSmResp, argument, first_);
      case 8:
        Connect();
        return;
      default:
        return Answer(Command::kEnquireLinkResp, 0, last_);
    }
  }
  static PhoneNumber Number(uint32_t nth) {
    return PhoneNumber::FromE164("+447700" + std::to_string(900000 + nth % 1000)).value();
  }
  void Connect() {
    peer_ = OwnedFd();
    Turn();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    peer_ = OwnedFd(ends[0]);
    in_.clear();
    sent_.clear();
    session_->Attach(OwnedFd(ends[1]), now_);
  }
  void Send(ByteView bytes) {
    (void)!send(peer_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    sent_ += std::string(AsText(bytes));
    while (true) {
      const auto pdu = TakePdu(AsBytes(sent_));
      if (!pdu || !*pdu) return;
      const bool not_now = (*pdu)->status == 0x58 || (*pdu)->status == 0x14;
      if ((*pdu)->command == static_cast<uint32_t>(Command::kSubmitSmResp) && not_now) {
        ++allowed_[by_sequence_[(*pdu)->sequence]];
      }
      sent_.erase(0, (*pdu)->bytes);
    }
  }
  void Answer(Command command, uint32_t status, uint32_t sequence) {
    std::array<uint8_t, 32> out;
    const auto s = static_cast<Status>(status);
    Send(ByteView(out).first(command == Command::kSubmitSmResp
                                 ? EncodeMessageResp(out, command, s, sequence, "7")
                                 : EncodeEmpty(out, command, s, sequence)));
  }
  void Turn() {
    for (int i = 0; i < 8; ++i) {
      const PollWish wish = session_->Wish(now_);
      pollfd fd{wish.fd, wish.events, 0};
      if (wish.fd >= 0) poll(&fd, 1, 0);
      session_->Turn(fd.revents, now_);
      Listen();
    }
  }
  void Listen() {
    char chunk[4096];
    for (ssize_t n; peer_ && (n = recv(peer_.get(), chunk, sizeof chunk, MSG_DONTWAIT)) > 0;) {
      in_.append(chunk, static_cast<size_t>(n));
    }
    size_t used = 0;
    while (true) {
      const auto pdu = TakePdu(AsBytes(in_).subspan(used));
      Check(pdu.has_value());  // we write nothing malformed
      if (!*pdu) break;
      used += (*pdu)->bytes;
      const auto command = static_cast<Command>((*pdu)->command);
      if (command == Command::kBindTransceiver) bind_ = (*pdu)->sequence;
      if (command == Command::kSubmitSm) OnSubmit(**pdu);
    }
    in_.erase(0, used);
  }
  void OnSubmit(const Pdu& pdu) {
    const auto message = DecodeMessage(pdu.body);
    Check(message.has_value());
    const std::string number(message->destination.text);
    // One copy, and one more for each "not now" that it was given.
    Check(++copies_[number] <= 1 + allowed_[number]);
    by_sequence_[pdu.sequence] = number;
    first_ = last_;
    last_ = pdu.sequence;
  }

  void OnBound() override {}
  void OnSettled(const Settlement& s) override {
    Check(open_[s.position]);
    open_[s.position] = false;
  }
  void OnReceipt(const Receipt&) override {}
  ReplyAnswer OnReply(const Message&, const ReplyHandle& handle) override {
    return static_cast<ReplyAnswer>(handle.sequence % 4);
  }
  void OnLost(LinkEnd, uint32_t) override {}

  std::unique_ptr<Session> session_;
  OwnedFd peer_;
  std::string in_, sent_;
  int64_t now_ = 1000000;
  uint32_t next_ = 0, bind_ = 0, first_ = 0, last_ = 0;
  std::map<uint32_t, bool> open_;
  std::map<std::string, unsigned> copies_, allowed_;
  std::map<uint32_t, std::string> by_sequence_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;  // at most some hundred records: numbers must not repeat
  ByteView script(data, size);
  if (std::count_if(data, data + size, [](uint8_t b) { return b % 10 == 3; }) > 900) return 0;
  Play().Run(script);
  return 0;
}
