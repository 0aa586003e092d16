// signpost-carrier: a message centre for rehearsals. The command line only; see carrier.h.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "cli/carrier/carrier.h"
#include "crypto/base/file.h"

namespace {

using signpost::carrier::DefaultAlphabet;
using signpost::carrier::Options;
using signpost::carrier::Receipts;

// Two lines, as the sender's own: system id and password.
signpost::Result<void> ReadCredentials(const std::string& path, Options& options) {
  TRY_ASSIGN(const std::string text, signpost::ReadFile(path, 256));
  const size_t end = text.find('\n');
  if (end == std::string::npos || end == 0) {
    return signpost::Fail(signpost::Code::kInput, "not two lines: system id, password", path);
  }
  options.system_id = text.substr(0, end);
  options.password = text.substr(end + 1, text.find('\n', end + 1) - end - 1);
  return {};
}

int Report(const signpost::Error& error) {
  std::fputs(signpost::ErrorText("signpost-carrier", error).c_str(), stderr);
  return signpost::ExitCode(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::string credentials;
  CLI::App app{
      "A small SMPP 3.4 message centre on loopback, for rehearsals. It takes fictional numbers\n"
      "(07700 900000 to 900999) only, shows each text as a phone would, and never a number.\n"
      "EVERY_N: with each Nth text.",
      "signpost-carrier"};
  app.add_option("--port", options.port, "0 picks a free one")->required();
  app.add_option("--credentials", credentials,
                 "file of two lines: system id, password (rehearsal, practice)");
  const std::map<std::string, DefaultAlphabet> alphabets = {
      {"gsm7", DefaultAlphabet::kGsm7},
      {"gsm7-packed", DefaultAlphabet::kGsm7Packed},
      {"latin1", DefaultAlphabet::kLatin1}};
  app.add_option("--alphabet", options.alphabet,
                 "what data_coding 0 is: gsm7, gsm7-packed, or latin1")
      ->transform(CLI::CheckedTransformer(alphabets))
      ->option_text("WHICH");
  app.add_flag("!--no-payload", options.takes_payload, "refuse a text in message_payload");
  app.add_option("--hold-bind", options.hold_bind_ms,
                 "ms in which a link that was lost without unbind counts as bound");
  const std::map<std::string, Receipts> receipts = {
      {"delivered", Receipts::kDelivered}, {"none", Receipts::kNone}, {"mixed", Receipts::kMixed}};
  auto* certificate = app.add_option("--tls-cert", options.tls_certificate,
                                     "speak TLS, with this certificate (PEM)");
  auto* key = app.add_option("--tls-key", options.tls_key, "its private key (PEM)");
  app.add_flag("--tls-12", options.tls_12_only, "speak TLS 1.2 only")->needs(certificate);
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--receipts", options.receipts, "delivered, none, or mixed")
      ->transform(CLI::CheckedTransformer(receipts))
      ->option_text("WHICH");
  app.add_option("--receipt-delay", options.receipt_delay_ms, "ms after the answer");
  app.add_option("--latency", options.latency_ms, "ms before each answer");
  app.add_option("--late", options.late_every, "answer late")->option_text("EVERY_N");
  app.add_option("--late-by", options.late_ms, "ms by which it is late (2000)");
  app.add_option("--stop", options.stop_every, "reply STOP")->option_text("EVERY_N");
  app.add_option("--throttle", options.throttle_every, "refuse for now")->option_text("EVERY_N");
  app.add_option("--refuse", options.refuse_every, "refuse")->option_text("EVERY_N");
  app.add_option("--refuse-status", options.refuse_status, "command_status of it (0x0B)");
  app.add_option("--disconnect-after", options.disconnect_after,
                 "drop the link once after N texts");
  app.add_option("--disconnect-unanswered", options.disconnect_unanswered,
                 "how many of them stay unanswered (1)");
  app.add_option("--unbind-after", options.unbind_after, "unbind once after N texts");
  app.add_option("--report", options.report, "write the counts as JSON at the end");
  app.add_flag("--once", options.once, "end when the first client has unbound");
  app.add_flag("--quiet", options.quiet, "do not show the texts");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : signpost::ExitCode(signpost::Code::kUsage);
  }
  if (!credentials.empty()) {
    if (auto read = ReadCredentials(credentials, options); !read) return Report(read.error());
  }
  if (auto ran = signpost::carrier::Run(options); !ran) return Report(ran.error());
  return 0;
}
