#include "core/reader/number/automaton.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace signpost::reader::number {

namespace {

using Position = uint32_t;
using Positions = std::vector<Position>;
using Kind = PatternNode::Kind;

constexpr size_t kMaxPositions = 200000, kMaxStates = 60000;

struct PositionsHash {
  size_t operator()(const Positions& set) const {
    uint64_t hash = 0xcbf29ce484222325;
    for (const Position p : set) hash = (hash ^ p) * 0x100000001b3;
    return hash ^ hash >> 29;
  }
};

void Append(Positions& to, const Positions& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

class AutomatonBuilder {
 public:
  // Of a part of a pattern: where it can begin and end.
  struct Part {
    Positions first, last;
    bool nullable = false;
  };

  bool Add(const Automaton::Rule& rule, uint16_t index) {
    if (rule.pattern->has_end()) return false;
    Part whole = PartOf(rule.pattern->root(), index);
    if (digits_.size() > kMaxPositions) return false;
    if (rule.front) {  // as if \d* followed
      const Position loop = NewPosition(kAnyDigit, index);
      follow_[loop].push_back(loop);
      for (const Position p : whole.last) follow_[p].push_back(loop);
      if (whole.nullable) whole.first.push_back(loop);
      whole.last.push_back(loop);
    }
    for (const Position p : whole.last) accepts_[p] = true;
    if (whole.nullable) empty_matches_.push_back(index);
    Append(start_, whole.first);
    return true;
  }

  bool Run(const Automaton::Judge& judge, std::vector<Automaton::State>& states) {
    std::sort(start_.begin(), start_.end());
    states.resize(2);
    states[Automaton::kNowhere].verdict = judge(0, {});
    states[Automaton::kStart].verdict = judge(0, empty_matches_);
    // Layer by layer: a state's size is the number of digits that lead to it.
    std::vector<std::pair<Positions, uint16_t>> layer{{{}, Automaton::kStart}};
    for (size_t size = 1; size <= Automaton::kMaxDigits && !layer.empty(); ++size) {
      std::unordered_map<Positions, uint16_t, PositionsHash> made;
      std::vector<std::pair<Positions, uint16_t>> next_layer;
      for (const auto& [set, state] : layer) {
        const Positions reachable = state == Automaton::kStart ? start_ : FollowOf(set);
        for (size_t digit = 0; digit < 10; ++digit) {
          const Positions target = TakeDigit(reachable, digit);
          if (target.empty()) continue;
          const auto [found, fresh] = made.try_emplace(target, states.size());
          if (fresh) {
            if (states.size() >= kMaxStates) return false;
            states.push_back({{}, judge(size, MatchedBy(target))});
            next_layer.emplace_back(target, found->second);
          }
          states[state].next[digit] = found->second;
        }
      }
      layer = std::move(next_layer);
    }
    return true;
  }

 private:
  Position NewPosition(uint16_t digits, uint16_t rule) {
    digits_.push_back(digits);
    rule_.push_back(rule);
    accepts_.push_back(false);
    follow_.emplace_back();
    return static_cast<Position>(digits_.size() - 1);
  }

  void Connect(const Positions& from, const Positions& to) {
    for (const Position p : from) Append(follow_[p], to);
  }

  Part Then(Part a, const Part& b) {
    Connect(a.last, b.first);
    if (a.nullable) Append(a.first, b.first);
    if (b.nullable) {
      Append(a.last, b.last);
    } else {
      a.last = b.last;
    }
    a.nullable = a.nullable && b.nullable;
    return a;
  }

  Part PartOf(const PatternNode& node, uint16_t rule) {
    if (digits_.size() > kMaxPositions) return {};
    Part all;
    switch (node.kind) {
      case Kind::kDigit: {
        const Position p = NewPosition(node.digits, rule);
        return {{p}, {p}, false};
      }
      case Kind::kSequence:
        all.nullable = true;
        for (const PatternNode& part : node.parts) all = Then(std::move(all), PartOf(part, rule));
        return all;
      case Kind::kChoice:
        for (const PatternNode& node_part : node.parts) {
          const Part part = PartOf(node_part, rule);
          Append(all.first, part.first);
          Append(all.last, part.last);
          all.nullable = all.nullable || part.nullable;
        }
        return all;
      case Kind::kRepeat:  // x{1,3} is xx?x?
        all.nullable = true;
        for (int i = 0; i < node.most; ++i) {
          Part part = PartOf(node.parts[0], rule);
          if (i >= node.least) part.nullable = true;
          all = Then(std::move(all), part);
        }
        return all;
      case Kind::kGroup:
        return PartOf(node.parts[0], rule);
      case Kind::kEnd:
        break;
    }
    return all;
  }

  Positions FollowOf(const Positions& set) const {
    Positions all;
    for (const Position p : set) Append(all, follow_[p]);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  Positions TakeDigit(const Positions& set, size_t digit) const {
    Positions taken;
    for (const Position p : set) {
      if ((digits_[p] >> digit & 1) != 0) taken.push_back(p);
    }
    return taken;
  }

  std::vector<uint16_t> MatchedBy(const Positions& set) const {
    std::vector<uint16_t> rules;
    for (const Position p : set) {
      // Positions are made rule by rule, so the rules come in order.
      if (accepts_[p] && (rules.empty() || rules.back() != rule_[p])) rules.push_back(rule_[p]);
    }
    return rules;
  }

  std::vector<uint16_t> digits_, rule_;  // of each position
  std::vector<bool> accepts_;
  std::vector<Positions> follow_;
  Positions start_;
  std::vector<uint16_t> empty_matches_;
};

std::optional<Automaton> Automaton::Build(std::span<const Rule> rules, const Judge& judge) {
  AutomatonBuilder builder;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (!builder.Add(rules[i], static_cast<uint16_t>(i))) return std::nullopt;
  }
  Automaton automaton;
  if (!builder.Run(judge, automaton.states_)) return std::nullopt;
  return automaton;
}

}  // namespace signpost::reader::number
