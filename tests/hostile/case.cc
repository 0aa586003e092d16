#include "tests/hostile/case.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace signpost::hostile {
namespace {

[[noreturn]] void Die(size_t line, std::string_view why) {
  std::fprintf(stderr, "cases: line %zu: %.*s\n", line, static_cast<int>(why.size()), why.data());
  std::exit(2);
}

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Words, and "quoted text" as one word.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = Trim(text)).empty()) {
    const bool quoted = text[0] == '"';
    if (quoted) text.remove_prefix(1);
    const size_t end = std::min(text.find(quoted ? '"' : ' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::vector<Action> Actions(std::string_view text, size_t line) {
  std::vector<Action> actions;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    std::vector<std::string> words = Words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty()) Die(line, "an action is missing");
    Action action;
    action.verb = words[0];
    action.arguments.assign(words.begin() + 1, words.end());
    actions.push_back(std::move(action));
  }
  return actions;
}

Rule ParseRule(std::string_view text, size_t line) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) Die(line, "a colon is missing");
  const std::vector<std::string> when = Words(text.substr(0, colon));
  constexpr std::pair<const char*, On> kNames[] = {{"connect", On::kConnect},
                                                   {"bind", On::kBind},
                                                   {"submit", On::kSubmit},
                                                   {"enquire", On::kEnquire},
                                                   {"unbind", On::kUnbind}};
  Rule rule;
  const auto* const name = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& n) {
    return !when.empty() && when[0] == n.first;
  });
  if (name == std::end(kNames)) Die(line, "no such event");
  rule.on = name->second;
  if (when.size() > 1) {
    const std::string& nth = when[1];
    const size_t dash = nth.find('-');
    if (nth[0] == '*') {
      rule.every = static_cast<unsigned>(std::stoul(nth.substr(1)));
    } else {
      rule.first = static_cast<unsigned>(std::stoul(nth));
      rule.last = static_cast<unsigned>(std::stoul(nth.substr(dash + 1)));
    }
  }
  rule.actions = Actions(text.substr(colon + 1), line);
  return rule;
}

Allowed ParseAllowed(const std::string& word) {
  Allowed allowed;
  const size_t op = word.find_first_of("<>=");
  allowed.outcome = word.substr(0, op);
  if (op == std::string::npos) return allowed;
  const auto count = static_cast<unsigned>(std::stoul(word.substr(word.find('=') + 1)));
  if (word[op] != '<') allowed.at_least = count;
  if (word[op] != '>') allowed.at_most = count;
  return allowed;
}

void Add(Case& to, std::string_view key, std::string_view rest, size_t line) {
  if (key == "from") {
    to.from = Trim(rest);
  } else if (key == "on") {
    to.rules.push_back(ParseRule(rest, line));
  } else if (key == "parts") {
    to.parts = static_cast<unsigned>(std::stoul(std::string(Trim(rest))));
  } else if (key == "clock") {
    to.moved_clock = true;
  } else if (key == "exit") {
    for (const std::string& word : Words(rest)) to.exits.push_back(std::stoi(word));
  } else if (key == "outcomes") {
    for (const std::string& word : Words(rest)) to.allowed.push_back(ParseAllowed(word));
  } else {
    Die(line, "no such line");
  }
}

}  // namespace

bool Case::MayExit(int code) const {
  return std::find(exits.begin(), exits.end(), code) != exits.end();
}

std::string Case::Against(std::string_view outcome, unsigned count) const {
  for (const Allowed& a : allowed) {
    if (a.outcome != outcome) continue;
    if (count >= a.at_least && count <= a.at_most) return {};
    return std::to_string(count) + " are " + std::string(outcome) + ", against the case";
  }
  return count == 0 ? std::string() : "none may be " + std::string(outcome);
}

std::vector<Case> ParseCases(std::string_view text) {
  std::vector<Case> cases;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view key = line.substr(0, space);
    if (key == "case") {
      cases.emplace_back().name = Trim(line.substr(space));
      continue;
    }
    if (cases.empty()) Die(number, "stands before the first case");
    Add(cases.back(), key, line.substr(space), number);
  }
  for (const Case& c : cases) {
    if (c.exits.empty() || c.allowed.empty()) Die(number, c.name + " has no end");
  }
  return cases;
}

std::vector<Case> ReadCases(const std::string& path) {
  std::ifstream file(path);
  if (!file) Die(0, "cannot be read: " + path);
  return ParseCases(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace signpost::hostile
