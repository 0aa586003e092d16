// Tells a live home from a rehearsal. A home is one of them for good: the word is bound into its
// wrapped keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace signpost {

enum class Mode : uint8_t { kLive = 0, kRehearsal = 1, kLast = kRehearsal };

constexpr std::string_view ModeName(Mode mode) {
  return mode == Mode::kRehearsal ? "rehearsal" : "live";
}
constexpr std::optional<Mode> ParseMode(std::string_view name) {
  if (name == "live") return Mode::kLive;
  if (name == "rehearsal") return Mode::kRehearsal;
  return std::nullopt;
}

}  // namespace signpost
