// Lists the kinds of gateway: what the sender may speak to a carrier. signpost.toml and the
// manifest write the name; each switch over the kind is checked by the compiler, so a new one here
// leads to every place that has something of its own for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace signpost {

enum class GatewayKind : uint8_t { kSmpp = 0, kLast = kSmpp };  // SMPP 3.4
inline constexpr GatewayKind kGatewayKinds[] = {GatewayKind::kSmpp};
static_assert(std::size(kGatewayKinds) == static_cast<size_t>(GatewayKind::kLast) + 1);

constexpr std::string_view GatewayKindName(GatewayKind kind) {
  switch (kind) {
    case GatewayKind::kSmpp:
      return "smpp";
  }
  return {};
}
constexpr std::optional<GatewayKind> ParseGatewayKind(std::string_view name) {
  for (const GatewayKind kind : kGatewayKinds) {
    if (name == GatewayKindName(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace signpost
