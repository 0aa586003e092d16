// Tells what an octet is in ASCII, whatever the locale says. Octets above 127 are neither.
#pragma once

namespace signpost {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace signpost
