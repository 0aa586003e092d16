#include "core/sender/gateway/make.h"

#include "core/sender/gateway/credentials.h"
#include "core/sender/gateway/message_id.h"
#include "core/sender/gateway/smpp_gateway.h"

namespace signpost::sender::gateway {
namespace {

MadeGateway MakeSmpp(const wire::sender::Session& session, std::string_view text,
                     ByteView credentials, ByteView trust) {
  Result<smpp::Credentials> parsed = ParseCredentials(credentials);
  if (!parsed) return tl::unexpected(wire::sender::Failure::kCredentials);
  SmppGatewayOptions options;
  if (session.tls.name_bytes > 0) {
    options.trust = smpp::TlsTrust::Create(trust).value_or(nullptr);
  }
  Result<std::unique_ptr<SmppGateway>> gateway =
      SmppGateway::Create(session, text, *std::move(parsed), std::move(options));
  if (gateway) return *std::move(gateway);
  const bool said = gateway.error().code == Code::kInput;
  return tl::unexpected(said ? wire::sender::Failure::kOpener : wire::sender::Failure::kInternal);
}

}  // namespace

void Prepare() {
  PrepareMessageIds();
  smpp::PrepareTls();
}

Result<SiteFiles> ReadSiteFiles() {
  const OwnedFd credentials(wire::sender::kCredentialsFd), trust(wire::sender::kTrustFd);
  TRY_ASSIGN(memory::SecretBuffer secret, memory::SecretBuffer::Create(256));
  const size_t size =
      ReadUpTo(credentials.get(), secret.Expose(memory::ExposeSecret{}), "credentials").value_or(0);
  Bytes pem(wire::sender::kTrustMax + 1);
  const size_t pem_size = ReadUpTo(trust.get(), pem, "ca_file").value_or(0);
  pem.resize(pem_size <= wire::sender::kTrustMax ? pem_size : 0);
  return SiteFiles{std::move(secret), size, std::move(pem)};
}

MadeGateway MakeGateway(const wire::sender::Session& session, std::string_view text,
                        SiteFiles files) {
  const ByteView credentials =
      files.credentials.Expose(memory::ExposeSecret{}).first(files.credentials_bytes);
  switch (session.kind) {
    case GatewayKind::kSmpp:
      return MakeSmpp(session, text, credentials, files.trust);
  }
  return tl::unexpected(wire::sender::Failure::kOpener);
}

}  // namespace signpost::sender::gateway
