#include <poll.h>

#include <fstream>

#include "core/sender/smpp/session.h"
#include "tests/cli/carrier/carrier_process.h"
#include "tests/cli/carrier/tls_files.h"

namespace signpost::carrier {
namespace {

using sender::smpp::Command;
using sender::smpp::Status;

// A client that says one thing at a time.
class Client {
 public:
  explicit Client(const CarrierProcess& carrier) : fd_(carrier.Dial()) {}

  bool Send(size_t bytes) {
    return WriteAll(fd_.get(), ByteView(out_).first(bytes), "carrier").has_value();
  }
  // The next PDU within half a minute; nullopt at the end.
  std::optional<sender::smpp::Pdu> Next() {
    in_.erase(in_.begin(), in_.begin() + static_cast<ptrdiff_t>(used_));
    used_ = 0;
    while (true) {
      const auto pdu = sender::smpp::TakePdu(in_);
      if (pdu && *pdu) {
        used_ = (*pdu)->bytes;
        return **pdu;
      }
      pollfd fd{fd_.get(), POLLIN, 0};
      if (poll(&fd, 1, 30000) <= 0) return std::nullopt;
      uint8_t chunk[4096];
      const ssize_t n = recv(fd_.get(), chunk, sizeof chunk, 0);
      if (n <= 0) return std::nullopt;
      in_.insert(in_.end(), chunk, chunk + n);
    }
  }
  uint32_t Bind(std::string_view id = "rehearsal", std::string_view password = "practice") {
    sender::smpp::Bind bind;
    bind.system_id = id;
    bind.password = password;
    Send(sender::smpp::EncodeBind(out_, bind, 1));
    const auto answer = Next();
    return answer ? answer->status : 0xFFFF;
  }
  void Submit(std::string_view number, std::string_view text, uint32_t sequence) {
    sender::smpp::Message m;
    m.source = {3, 0, "60006"};
    m.destination = {1, 1, number};
    m.registered_delivery = 1;
    m.short_message = AsBytes(text);
    Send(sender::smpp::EncodeMessage(out_, Command::kSubmitSm, m, sequence));
  }
  void SubmitAs(const Bytes& octets, uint8_t data_coding, bool payload) {
    sender::smpp::Message m;
    m.destination = {1, 1, "447700900001"};
    m.data_coding = data_coding;
    if (payload) {
      m.payload = octets;
    } else {
      m.short_message = octets;
    }
    Send(sender::smpp::EncodeMessage(out_, Command::kSubmitSm, m, 7));
  }
  void Say(Command command, uint32_t sequence) {
    Send(sender::smpp::EncodeEmpty(out_, command, Status::kOk, sequence));
  }
  bool IsNext(Command command) {
    const auto pdu = Next();
    return pdu && pdu->command == static_cast<uint32_t>(command);
  }
  void Raw(std::string_view bytes) { (void)WriteAll(fd_.get(), AsBytes(bytes), "carrier"); }

 private:
  OwnedFd fd_;
  Bytes in_;
  size_t used_ = 0;
  std::array<uint8_t, 512> out_{};
};

TEST(Carrier, ShowsTextsCountsPeopleAndNeverANumber) {
  CarrierProcess carrier({"--receipts", "none"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  client.Submit("447700900001", "Help is near", 2);
  EXPECT_EQ(client.Next()->status, 0u);
  client.Submit("447700900001", "Help is near", 3);
  EXPECT_EQ(client.Next()->status, 0u);
  client.Submit("447700900002", "Help is near", 4);
  EXPECT_EQ(client.Next()->status, 0u);
  EXPECT_EQ(carrier.ReadLine(), "text 1: Help is near");
  const std::string said = carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 3);
  EXPECT_EQ(carrier.Count("people"), 2);
  EXPECT_EQ(carrier.Count("people_with_more_than_one"), 1);
  EXPECT_EQ((said + carrier.json()).find("77009"), std::string::npos);
}

TEST(Carrier, NumberOutsideTheDramaRangeIsRefused) {
  CarrierProcess carrier({"--quiet"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  std::string number = "447700900001";
  number[6] = '8';
  client.Submit(number, "x", 2);
  EXPECT_EQ(client.Next()->status, 0x0Bu);
  client.Submit("60006", "x", 3);
  EXPECT_EQ(client.Next()->status, 0x0Bu);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("not_fictional"), 2);
  EXPECT_EQ(carrier.Count("people"), 0);
}

TEST(Carrier, WrongCredentialsBindNothing) {
  const std::string path = testing::TempDir() + "carrier-credentials";
  std::ofstream(path) << "me\nsecret\n";
  CarrierProcess carrier({"--credentials", path, "--quiet"});
  EXPECT_EQ(Client(carrier).Bind("you", "secret"), 0x0Fu);
  EXPECT_EQ(Client(carrier).Bind("me", "wrong"), 0x0Eu);
  Client unbound(carrier);
  unbound.Submit("447700900001", "x", 2);
  EXPECT_EQ(unbound.Next()->status, 0x04u);
  EXPECT_EQ(Client(carrier).Bind("me", "secret"), 0u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("binds_refused"), 2);
  EXPECT_EQ(carrier.Count("people"), 0);
}

TEST(Carrier, InjectsWhatItWasAskedTo) {
  CarrierProcess carrier({"--receipts", "none", "--throttle", "2", "--refuse", "3",
                          "--refuse-status", "0x45", "--quiet"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  const uint32_t expected[] = {0, 0x58, 0x45, 0x58, 0};
  for (const uint32_t status : expected) {
    client.Submit("447700900001", "x", 2);
    EXPECT_EQ(client.Next()->status, status);
  }
}

TEST(Carrier, ReceiptAndStopComeFromTheHandset) {
  CarrierProcess carrier({"--stop", "1", "--quiet"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  client.Submit("447700900003", "x", 2);
  EXPECT_TRUE(client.IsNext(Command::kSubmitSmResp));
  bool receipt = false, stop = false;
  for (int i = 0; i < 2; ++i) {
    const auto pdu = client.Next();
    ASSERT_TRUE(pdu);
    const auto message = sender::smpp::DecodeMessage(pdu->body);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->source.text, "447700900003");
    if (const auto parsed = sender::smpp::ParseReceipt(*message)) {
      receipt = parsed->delivery == sender::smpp::Delivery::kDelivered;
    } else {
      stop = AsText(message->short_message) == "STOP";
      client.Say(Command::kDeliverSmResp, pdu->sequence);
    }
  }
  EXPECT_TRUE(receipt);
  EXPECT_TRUE(stop);
  client.Say(Command::kUnbind, 9);
  EXPECT_TRUE(client.IsNext(Command::kUnbindResp));
  EXPECT_FALSE(client.Next());
  carrier.Stop();
  EXPECT_EQ(carrier.Count("stops_accepted"), 1);
}

TEST(Carrier, TextIsShownAsThePhoneWouldWhateverItsForm) {
  struct Form {
    const char* alphabet;
    uint8_t data_coding;
    const char* octets;
  };
  for (const Form& form : {Form{"gsm7", 0, "6869201b65"}, Form{"gsm7-packed", 0, "e834685306"},
                           Form{"gsm7", 8, "00680069002020ac"}}) {
    CarrierProcess carrier({"--receipts", "none", "--alphabet", form.alphabet});
    Client client(carrier);
    ASSERT_EQ(client.Bind(), 0u);
    client.SubmitAs(*FromHex(form.octets), form.data_coding, false);
    EXPECT_EQ(client.Next()->status, 0u);
    EXPECT_EQ(carrier.ReadLine(), "text 1: hi €") << form.alphabet;
    client.SubmitAs(*FromHex(form.octets), form.data_coding, true);
    EXPECT_EQ(client.Next()->status, 0u);
    EXPECT_EQ(carrier.ReadLine(), "text 2: hi €") << "in message_payload";
  }
  CarrierProcess carrier({"--receipts", "none", "--alphabet", "latin1", "--no-payload"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  for (const uint8_t coding : {uint8_t{0}, uint8_t{3}}) {
    client.SubmitAs(*FromHex("68e2"), coding, false);
    EXPECT_EQ(client.Next()->status, 0u);
    EXPECT_NE(carrier.ReadLine().find(": hâ"), std::string::npos);
  }
  client.SubmitAs(*FromHex("68e2"), 0, true);
  EXPECT_EQ(client.Next()->status, 0xC1u);
}

TEST(Carrier, BindThatWasLostIsHeldAsLongAsItWasAskedTo) {
  CarrierProcess carrier({"--quiet", "--hold-bind", "60000"});
  ASSERT_EQ(Client(carrier).Bind(), 0u);  // and gone, without an unbind
  EXPECT_EQ(Client(carrier).Bind(), 0x05u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("binds"), 1);
  EXPECT_EQ(carrier.Count("binds_refused"), 1);
}

TEST(Carrier, DropsTheLinkOnceWithoutTheLastAnswers) {
  CarrierProcess carrier(
      {"--receipts", "none", "--disconnect-after", "5", "--disconnect-unanswered", "3", "--quiet"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  for (uint32_t i = 0; i < 9; ++i) client.Submit("447700900001", "x", i + 2);
  unsigned answers = 0;
  while (client.Next()) ++answers;
  EXPECT_EQ(answers, 2u);
  Client again(carrier);
  ASSERT_EQ(again.Bind(), 0u);
  again.Submit("447700900002", "x", 2);
  EXPECT_EQ(again.Next()->status, 0u);
  carrier.Stop();
  EXPECT_EQ(carrier.Count("messages"), 6);
}

TEST(Carrier, OnceEndsWithItsFirstClient) {
  CarrierProcess carrier({"--once"});
  Client client(carrier);
  ASSERT_EQ(client.Bind(), 0u);
  client.Say(Command::kUnbind, 2);
  EXPECT_TRUE(client.IsNext(Command::kUnbindResp));
  EXPECT_NE(carrier.Stop(true).find("0 texts to 0 people"), std::string::npos);
}

TEST(Carrier, WithACertificateNothingIsAnsweredInTheClear) {
  const TlsFiles files(sender::smpp::Authority().self());
  CarrierProcess carrier(files.Options({"--quiet"}));
  Client client(carrier);
  EXPECT_EQ(client.Bind(), 0xFFFFu) << "a bind in the clear was answered";
  carrier.Stop();
  EXPECT_EQ(carrier.Count("binds"), 0);
}

TEST(Carrier, CertificateOfAnotherKeyIsRefusedAtTheStart) {
  const TlsFiles one(sender::smpp::Authority().self()), other(sender::smpp::Authority().self());
  std::string command = SIGNPOST_BIN_DIR "/signpost-carrier --port 0 --quiet --tls-cert ";
  command += one.certificate() + " --tls-key " + other.key() + " 2>/dev/null </dev/null >/dev/null";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(Carrier, GarbageEndsTheConnectionAndNotTheCarrier) {
  CarrierProcess carrier({"--quiet"});
  Client bad(carrier);
  bad.Raw("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(bad.IsNext(Command::kGenericNack));
  EXPECT_FALSE(bad.Next());
  EXPECT_EQ(Client(carrier).Bind(), 0u);
}

}  // namespace
}  // namespace signpost::carrier
