#include "core/reader/number/pattern.h"

#include <algorithm>

#include "crypto/base/ascii.h"

namespace signpost::reader::number {

namespace {

using Node = PatternNode;
using Kind = PatternNode::Kind;

constexpr int kMaxDepth = 32;

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  std::optional<Node> All() {
    std::optional<Node> node = Choice(0);
    if (!text_.empty()) return std::nullopt;
    return node;
  }
  size_t groups() const { return groups_; }
  bool has_end() const { return has_end_; }

 private:
  bool Take(std::string_view token) {
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::optional<Node> Choice(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    Node choice{.kind = Kind::kChoice};
    do {
      std::optional<Node> sequence = Sequence(depth);
      if (!sequence) return std::nullopt;
      choice.nullable |= sequence->nullable;
      choice.parts.push_back(*std::move(sequence));
    } while (Take("|"));
    if (choice.parts.size() > 1) return choice;
    return std::move(choice.parts.front());
  }

  std::optional<Node> Sequence(int depth) {
    Node sequence{.kind = Kind::kSequence, .nullable = true};
    while (!text_.empty() && text_[0] != '|' && text_[0] != ')') {
      std::optional<Node> atom = Atom(depth);
      if (!atom || !Quantify(*atom)) return std::nullopt;
      sequence.nullable &= atom->nullable;
      sequence.parts.push_back(*std::move(atom));
    }
    return sequence;
  }

  std::optional<Node> Atom(int depth) {
    if (Take("(")) return Group(depth, !Take("?:"));
    if (Take("$")) {
      has_end_ = true;
      return Node{.kind = Kind::kEnd, .nullable = true};
    }
    Node node{.kind = Kind::kDigit};
    if (Take("\\d")) {
      node.digits = kAnyDigit;
    } else if (Take("[")) {
      if (!Class(node.digits)) return std::nullopt;
    } else if (IsDigit(text_[0])) {
      node.digits = static_cast<uint16_t>(1u << (text_[0] - '0'));
      text_.remove_prefix(1);
    } else {
      return std::nullopt;
    }
    return node;
  }

  std::optional<Node> Group(int depth, bool captures) {
    const size_t which = groups_;
    if (captures && ++groups_ > Pattern::kMaxGroups) return std::nullopt;
    std::optional<Node> inner = Choice(depth + 1);
    if (!inner || !Take(")")) return std::nullopt;
    if (!captures) return inner;
    Node group{.kind = Kind::kGroup, .group = which, .nullable = inner->nullable};
    group.parts.push_back(*std::move(inner));
    return group;
  }

  bool Class(uint16_t& digits) {
    while (!Take("]")) {
      if (text_.empty() || !IsDigit(text_[0])) return false;
      const int first = text_[0] - '0';
      int last = first;
      text_.remove_prefix(1);
      if (Take("-")) {
        if (text_.empty() || !IsDigit(text_[0])) return false;
        last = text_[0] - '0';
        text_.remove_prefix(1);
      }
      if (last < first) return false;
      for (int digit = first; digit <= last; ++digit) {
        digits = static_cast<uint16_t>(digits | 1u << digit);
      }
    }
    return digits != 0;
  }

  bool Quantify(Node& atom) {
    Node repeat{.kind = Kind::kRepeat};
    if (Take("?")) {
      repeat.most = 1;
    } else if (Take("{")) {
      if (!Count(repeat.least)) return false;
      repeat.most = repeat.least;
      if (Take(",") && !Count(repeat.most)) return false;
      if (!Take("}") || repeat.most < repeat.least || repeat.most == 0) return false;
    } else {
      return true;
    }
    // No lazy or possessive forms, no quantifier on a quantifier.
    const bool another = !text_.empty() && (text_[0] == '?' || text_[0] == '{');
    if (another || atom.nullable) return false;
    repeat.nullable = repeat.least == 0;
    repeat.parts.push_back(std::move(atom));
    atom = std::move(repeat);
    return true;
  }

  bool Count(int& count) {
    if (text_.empty() || !IsDigit(text_[0])) return false;
    count = 0;
    while (!text_.empty() && IsDigit(text_[0])) {
      count = 10 * count + (text_[0] - '0');
      if (count > Pattern::kMaxRepeat) return false;
      text_.remove_prefix(1);
    }
    return true;
  }

  std::string_view text_;
  size_t groups_ = 0;
  bool has_end_ = false;
};

uint16_t FirstOf(const Node& node) {
  uint16_t first = node.digits;
  for (const Node& part : node.parts) {
    first = static_cast<uint16_t>(first | FirstOf(part));
    if (node.kind == Kind::kSequence && !part.nullable) break;
  }
  return first;
}

// Backtracking, with what comes next as a chain of calls on the stack: nothing is allocated.
class Matcher {
 public:
  using Groups = decltype(Pattern::Match::groups);
  Matcher(std::string_view digits, Groups& groups) : digits_(digits), groups_(groups) {}

  template <typename Next>
  bool Try(const Node& node, size_t at, const Next& next) {
    return Step(node, at, Rest(next));
  }

 private:
  // A reference to whatever can be called with the place that was reached.
  class Rest {
   public:
    template <typename F>
    explicit Rest(const F& f)
        : object_(&f), call_([](const void* object, size_t at) {
            return (*static_cast<const F*>(object))(at);
          }) {}
    bool operator()(size_t at) const { return call_(object_, at); }

   private:
    const void* object_;
    bool (*call_)(const void*, size_t);
  };

  bool Step(const Node& node, size_t at, const Rest& next) {
    switch (node.kind) {
      case Kind::kDigit:
        return at < digits_.size() && (node.digits >> (digits_[at] - '0') & 1) != 0 && next(at + 1);
      case Kind::kSequence:
        return Sequence(node, 0, at, next);
      case Kind::kChoice:
        return std::any_of(node.parts.begin(), node.parts.end(),
                           [&](const Node& part) { return Step(part, at, next); });
      case Kind::kRepeat:
        return Repeat(node, 0, at, next);
      case Kind::kGroup: {
        const auto closed = [&](size_t end) {
          const std::string_view before = groups_[node.group];
          groups_[node.group] = digits_.substr(at, end - at);
          if (next(end)) return true;
          groups_[node.group] = before;
          return false;
        };
        return Step(node.parts[0], at, Rest(closed));
      }
      case Kind::kEnd:
        return at == digits_.size() && next(at);
    }
    return false;
  }

  bool Sequence(const Node& node, size_t index, size_t at, const Rest& next) {
    if (index == node.parts.size()) return next(at);
    const auto rest = [&](size_t end) { return Sequence(node, index + 1, end, next); };
    return Step(node.parts[index], at, Rest(rest));
  }

  bool Repeat(const Node& node, int count, size_t at, const Rest& next) {
    const auto again = [&](size_t end) { return Repeat(node, count + 1, end, next); };
    if (count < node.most && Step(node.parts[0], at, Rest(again))) return true;
    return count >= node.least && next(at);
  }

  std::string_view digits_;
  Groups& groups_;
};

}  // namespace

std::optional<Pattern> Pattern::Parse(std::string_view text) {
  PatternParser parser(text);
  std::optional<PatternNode> root = parser.All();
  if (!root) return std::nullopt;
  Pattern pattern;
  pattern.root_ = *std::move(root);
  pattern.groups_ = parser.groups();
  pattern.has_end_ = parser.has_end();
  pattern.first_ = FirstOf(pattern.root_);
  return pattern;
}

std::optional<Pattern::Match> Pattern::MatchFront(std::string_view digits) const {
  if (!root_.nullable) {
    if (digits.empty() || (first_ >> (digits[0] - '0') & 1) == 0) return std::nullopt;
  }
  Match match;
  const auto done = [&](size_t end) {
    match.size = end;
    return true;
  };
  if (!Matcher(digits, match.groups).Try(root_, 0, done)) return std::nullopt;
  return match;
}

}  // namespace signpost::reader::number
