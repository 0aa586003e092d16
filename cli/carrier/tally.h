// Counts what a rehearsal wants to know of its carrier: how many texts, to how many people, and
// whether anybody got more than one. Numbers are counted in memory and never leave it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace signpost::carrier {

class Tally {
 public:
  // One copy of a whole text to one number (its first segment, if it has several).
  void Count(const std::string& number) { ++copies_[number]; }

  uint64_t people() const { return copies_.size(); }
  uint64_t people_with_more() const;
  uint64_t messages() const;
  std::string Json() const;  // one object, counts only
  std::string Text() const;  // one line

  uint64_t segments = 0, throttled = 0, refused = 0, not_fictional = 0;
  uint64_t receipts = 0, stops = 0, stops_accepted = 0;
  uint64_t binds = 0, binds_refused = 0, disconnects = 0, unbinds = 0;

 private:
  std::unordered_map<std::string, uint64_t> copies_;
};

}  // namespace signpost::carrier
