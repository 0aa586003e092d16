// Parses a regular expression over digits, as libphonenumber's metadata writes them, into a tree,
// and matches it at the front of a number with its groups.
//
// Taken: digits, \d, classes of digits and ranges, ( ) and (?: ), |, ?, {n}, {n,m}, and $ at an
// end. Refused, by returning nothing: every other character and construct, and a quantifier on what
// may be empty, where dialects differ. So whatever is taken means the same to every engine of the
// Perl family, ICU's among them: the alternatives are tried in their order, a quantifier takes as
// much as it can, and the first way that works counts. On digits $ is the end of the input. Holds
// no number. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace signpost::reader::number {

constexpr uint16_t kAnyDigit = 0x3ff;  // of PatternNode::digits

struct PatternNode {
  enum class Kind : uint8_t { kDigit, kSequence, kChoice, kRepeat, kGroup, kEnd };
  Kind kind = Kind::kSequence;
  uint16_t digits = 0;      // kDigit: bit n for n
  int least = 0, most = 0;  // kRepeat
  size_t group = 0;         // kGroup: from 0
  bool nullable = false;    // may match nothing
  std::vector<PatternNode> parts = {};
};

class Pattern {
 public:
  static constexpr size_t kMaxGroups = 2;
  static constexpr int kMaxRepeat = 32;

  static std::optional<Pattern> Parse(std::string_view text);

  const PatternNode& root() const { return root_; }
  size_t groups() const { return groups_; }
  bool has_end() const { return has_end_; }

  struct Match {
    size_t size = 0;
    std::array<std::string_view, kMaxGroups> groups{};  // empty: took no part
  };
  // Begins at the first digit and need not reach the last.
  std::optional<Match> MatchFront(std::string_view digits) const;

 private:
  Pattern() = default;
  PatternNode root_;
  size_t groups_ = 0;
  bool has_end_ = false;
  uint16_t first_ = 0;  // the digits that a match may begin with, unless it may be empty
};

}  // namespace signpost::reader::number
