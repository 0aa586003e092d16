// Matches many patterns at once: a deterministic automaton reads a number's digits once and says
// which of the patterns match it.
//
// Built by the textbook: each digit class of a pattern is a position; a state is the set of the
// positions that the digits so far can have reached (Glushkov, and the subset construction). So a
// pattern matches exactly when its state holds one of its last positions: nothing is approximated
// and nothing learned from examples. States also know how many digits were read, so that what
// depends on a number's length is settled while it is built.
//
// What was read leaves no trace in it: it is built as a whole, from patterns alone. Immutable.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/reader/number/pattern.h"

namespace signpost::reader::number {

class Automaton {
 public:
  // The longest input; longer ones must not be asked.
  static constexpr size_t kMaxDigits = 28;

  struct Rule {
    const Pattern* pattern;
    bool front;  // matches what begins with the pattern; else the whole input must match
  };
  // What it means that exactly the rules `matched` (indexes, ascending) match an input of that
  // size.
  using Judge = std::function<uint16_t(size_t size, std::span<const uint16_t> matched)>;

  // Empty when it would be too large, or a pattern has a $.
  static std::optional<Automaton> Build(std::span<const Rule> rules, const Judge& judge);

  uint16_t Read(std::string_view digits) const {
    uint16_t state = kStart;
    for (const char c : digits) state = states_[state].next[static_cast<size_t>(c - '0')];
    return states_[state].verdict;
  }
  size_t size() const { return states_.size(); }

 private:
  friend class AutomatonBuilder;
  static constexpr uint16_t kNowhere = 0, kStart = 1;  // kNowhere: no pattern can match any more
  struct State {
    std::array<uint16_t, 10> next{};
    uint16_t verdict = 0;
  };
  Automaton() = default;
  std::vector<State> states_;
};

}  // namespace signpost::reader::number
