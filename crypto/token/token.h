// Holds tokens: HMAC-SHA256 of a number's padded 16 bytes under a purpose key. The types only; the
// code that makes them is in tokeniser.h, for key-holding processes.
//
// Phone numbers are few (10^10 HMACs take one core minutes), so a token is exactly as secret as
// its key; with the key it is personal data. Contact tokens and opt-out tokens are different types
// under different keys, and comparing them does not compile.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace signpost::token {

struct Contact;
struct OptOut;

template <class Purpose>
struct Token {
  std::array<uint8_t, 32> bytes{};
  uint16_t generation = 1;  // of the key that made it
  friend auto operator<=>(const Token&, const Token&) = default;
};
using ContactToken = Token<Contact>;
using OptOutToken = Token<OptOut>;

}  // namespace signpost::token
