// signpost-sender: numbers in; texts to the carrier; outcomes out. No arguments; its descriptors
// are in core/shared/wire/sender_boundary.h, its work in core/sender/relay.h.
#include <memory>

#include "cli/sender/syscalls.h"
#include "core/sender/gateway/credentials.h"
#include "core/sender/gateway/message_id.h"
#include "core/sender/gateway/smpp_gateway.h"
#include "core/sender/relay.h"
#include "core/shared/wiping/wiping.h"
#include "crypto/memory/stack.h"

namespace signpost::sender {
namespace {

// The bytes only: what they say is read when the session asks for TLS.
Result<Bytes> ReadTrust() {
  const OwnedFd file(wire::sender::kTrustFd);
  Bytes bytes(wire::sender::kTrustMax + 1);
  TRY_ASSIGN(const size_t size, ReadUpTo(file.get(), bytes, "ca_file"));
  bytes.resize(size <= wire::sender::kTrustMax ? size : 0);
  return bytes;
}

}  // namespace
}  // namespace signpost::sender

int main() {
  using namespace signpost;
  sender::gateway::PrepareMessageIds();
  sender::smpp::PrepareTls();
  if (!wiping::CheckWiping()) sandbox::ExitSealed(wire::LockStep::kWiping);
  if (!memory::LockStack()) sandbox::ExitSealed(wire::LockStep::kLockedMemory);
  if (const wire::Locked locked = sandbox::LockDown(sender::kProfile); !locked)
    sandbox::ExitSealed(locked.error());

  Result<sender::smpp::Credentials> credentials = [] {
    const OwnedFd file(wire::sender::kCredentialsFd);
    return sender::gateway::ReadCredentials(file.get());
  }();
  const Result<Bytes> trust = sender::ReadTrust();
  const auto failure =
      credentials ? wire::sender::Failure::kNone : wire::sender::Failure::kCredentials;
  const sender::MakeGateway make =
      [&](const wire::sender::Session& session,
          std::string_view text) -> Result<std::unique_ptr<sender::gateway::Gateway>> {
    sender::gateway::SmppGatewayOptions options;
    if (session.tls.name_bytes > 0 && trust) {
      options.trust = sender::smpp::TlsTrust::Create(*trust).value_or(nullptr);
    }
    TRY_ASSIGN(std::unique_ptr<sender::gateway::Gateway> gateway,
               sender::gateway::SmppGateway::Create(session, text, *std::move(credentials),
                                                    std::move(options)));
    return gateway;
  };
  sandbox::ExitSealed(sender::RunRelay({OwnedFd(wire::kControlFd), OwnedFd(wire::sender::kOpenerFd),
                                        OwnedFd(wire::sender::kSealerFd)},
                                       make, failure));
}
