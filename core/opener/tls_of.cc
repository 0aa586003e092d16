#include "core/opener/tls_of.h"

namespace signpost::opener {

wire::sender::Tls TlsOf(const policy::ManifestGateway& gateway) {
  wire::sender::Tls tls{};
  if (gateway.tls_name == "-") return tls;
  tls.name_bytes = static_cast<uint8_t>(std::min(gateway.tls_name.size(), sizeof tls.name));
  std::copy_n(gateway.tls_name.begin(), tls.name_bytes, tls.name);
  const auto pin = FromHex(gateway.tls_pin);  // "-": none
  if (!pin || pin->size() != sizeof tls.pin) return tls;
  tls.has_pin = 1;
  std::copy(pin->begin(), pin->end(), tls.pin);
  return tls;
}

}  // namespace signpost::opener
