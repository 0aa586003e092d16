// signpost-sender: numbers in; texts to the carrier; outcomes out. No arguments; its descriptors
// are in core/wire/sender_boundary.h, its work in core/gateway/relay.h.
#include <memory>

#include "cli/sender/syscalls.h"
#include "core/gateway/credentials.h"
#include "core/gateway/message_id.h"
#include "core/gateway/relay.h"
#include "core/gateway/smpp_gateway.h"

int main() {
  using namespace signpost;
  PrepareMessageIds();
  // The site's own file, from whoever may read it: read before the doors are shut, used after.
  Result<smpp::Credentials> credentials = [] {
    const OwnedFd file(sender::kCredentialsFd);
    return ReadCredentials(file.get());
  }();
  if (!LockDown(sender::kProfile)) ExitSealed(ExitCode(Code::kSandbox));

  const auto failure = credentials ? sender::Failure::kNone : sender::Failure::kCredentials;
  const MakeGateway make = [&](const sender::Session& session,
                               std::string_view text) -> Result<std::unique_ptr<Gateway>> {
    TRY_ASSIGN(std::unique_ptr<Gateway> gateway,
               SmppGateway::Create(session, text, *std::move(credentials)));
    return gateway;
  };
  ExitSealed(RunRelay(
      {OwnedFd(sender::kControlFd), OwnedFd(sender::kOpenerFd), OwnedFd(sender::kSealerFd)}, make,
      failure));
}
