#include "policy/policy_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "policy/toml/toml.h"

namespace signpost::policy {

bool IsName(std::string_view text) {  // what can stand in a note, a manifest line and the ledger
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@' || c == '/';
  });
}

bool IsZoneName(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '/' || text.find("..") != text.npos) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  });
}

bool IsRegion(std::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

namespace {

constexpr size_t kMaxPeople = 100;
constexpr std::array<std::string_view, 7> kDayNames = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

// "name+<8 lower hex>+base64(0x01 || 32 bytes)"; whether the id belongs to the key is
// crypto/note's.
bool LooksLikeVerifierKey(std::string_view vkey, std::string_view name) {
  if (vkey.size() > 300 || vkey.substr(0, name.size()) != name) return false;
  vkey.remove_prefix(name.size());
  if (vkey.size() < 10 || vkey[0] != '+' || vkey[9] != '+') return false;
  const std::string_view id = vkey.substr(1, 8);
  if (id.find_first_not_of("0123456789abcdef") != id.npos) return false;
  const auto key = FromBase64(vkey.substr(10));
  return key && key->size() == 33 && (*key)[0] == 0x01;
}

// "HH:MM", "24:00" included.
std::optional<int> ParseMinute(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const size_t i : {0, 1, 3, 4}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

std::vector<std::string> NamesOf(const std::array<bool, 7>& days) {
  std::vector<std::string> names;
  for (size_t i = 0; i < days.size(); ++i) {
    if (days[i]) names.emplace_back(kDayNames[i]);
  }
  return names;
}

void ReadDays(toml::Table& table, std::string_view key, std::array<bool, 7>& days) {
  std::vector<std::string> names = NamesOf(days);
  const auto is_day = [](std::string_view name) {
    return std::find(kDayNames.begin(), kDayNames.end(), name) != kDayNames.end();
  };
  table.Texts(key, 1, 7, is_day, "one of mon tue wed thu fri sat sun", names);
  for (size_t i = 0; i < days.size(); ++i) {
    days[i] = std::find(names.begin(), names.end(), kDayNames[i]) != names.end();
  }
}

void ReadTime(toml::Table& table, std::string_view key, int& minute) {
  std::string text;
  const auto is_time = [](std::string_view time) { return ParseMinute(time).has_value(); };
  table.Text(key, is_time, "a time of day such as \"09:00\"", text);
  minute = ParseMinute(text).value_or(minute);
}

template <class... T>
struct Overloaded : T... {
  using T::operator()...;
};
template <class... T>
Overloaded(T...) -> Overloaded<T...>;

void ReadKey(toml::Table& table, const Key& key, Policy& p) {
  std::visit(Overloaded{
                 [&](const Key::Number& k) { table.Number(key.name, k.min, k.max, k.in(p)); },
                 [&](const Key::Flag& k) { table.Flag(key.name, k.in(p)); },
                 [&](const Key::Text& k) { table.Text(key.name, k.fits, k.shape, k.in(p)); },
                 [&](const Key::Texts& k) {
                   table.Texts(key.name, k.min, k.max, k.fits, k.shape, k.in(p));
                 },
                 [&](const Key::Days& k) { ReadDays(table, key.name, k.in(p)); },
                 [&](const Key::Time& k) { ReadTime(table, key.name, k.in(p)); },
             },
             key.value);
}

void ReadKeys(toml::Table& root, Policy& p) {
  std::string_view section;
  std::optional<toml::Table> table = root;
  for (const Key& key : kKeys) {  // those of a section stand together
    if (key.section != section) table = root.Section(section = key.section);
    if (table) ReadKey(*table, key, p);  // a section that is absent keeps every default
  }
}

void ReadNameAndKey(toml::Table& table, std::string& name, std::string& vkey) {
  table.Require({"name", "vkey"});
  table.Text("name", IsName, kNameShape, name);
  table.Text(
      "vkey", [&](std::string_view text) { return LooksLikeVerifierKey(text, name); },
      "a verifier key of that name (name+hash+key)", vkey);
}

void ReadPeople(toml::Table& root, Policy& p) {
  for (toml::Table& table : root.Sections("approver", kMaxPeople)) {
    Approver& person = p.approvers.emplace_back();
    ReadNameAndKey(table, person.name, person.vkey);
    table.Text(
        "role", [](std::string_view role) { return role.empty() || IsName(role); },
        "empty, or 1 to 64 letters, digits or . _ - @ /", person.role);
  }
  for (toml::Table& table : root.Sections("planner", kMaxPeople)) {
    Planner& person = p.planners.emplace_back();
    ReadNameAndKey(table, person.name, person.vkey);
  }
}

// Rules between values. Each fault points at its section.
void CheckRules(toml::Table& root, const Policy& p) {
  const Retention& r = p.retention;
  if (r.contact_token_unmessaged_days < r.sealed_number_days) {
    root.AddFault("retention", "contact_token_unmessaged_days is below sealed_number_days",
                  "while a sealed number exists its token must, or one person is sealed twice");
  }
  if (r.contact_token_messaged_days < r.contact_token_unmessaged_days) {
    root.AddFault("retention", "contact_token_messaged_days is below contact_token_unmessaged_days",
                  "the token that remembers a message carries the promise of only one");
  }
  if (r.opt_out_days < r.contact_token_messaged_days) {
    root.AddFault("retention", "opt_out_days is below contact_token_messaged_days",
                  "an opt-out outlives everything else");
  }
  if (p.sending.from_minute >= p.sending.to_minute) {
    root.AddFault("sending", "sending hours: from is not before to",
                  "hours do not run over midnight; a whole day is 00:00 to 24:00");
  }
  if (!p.contacts.mobile && !p.contacts.fixed_line_or_mobile) {
    root.AddFault("contacts", "no kind of number is allowed");
  }
  if (static_cast<size_t>(p.approvals.needed) < p.approvals.roles.size()) {
    root.AddFault("approvals", "needed is below the number of roles",
                  "an approver has one role, so each role needs an approver of its own");
  }
}

void CheckPeople(toml::Table& root, const Policy& p) {
  std::set<std::string> names;
  std::set<std::string> keys;  // the key part: the same key under another name is the same person
  const auto key_part = [](const std::string& vkey) {
    const size_t first = vkey.find('+');
    return first == vkey.npos || vkey.size() < first + 10 ? vkey : vkey.substr(first + 10);
  };
  std::vector<toml::Table> planners = root.Sections("planner", kMaxPeople);
  for (size_t i = 0; i < p.planners.size(); ++i) {
    if (!names.insert(p.planners[i].name).second ||
        !keys.insert(key_part(p.planners[i].vkey)).second) {
      planners[i].AddFault("", "a planner stands twice (name or key)");
    }
  }
  std::vector<toml::Table> approvers = root.Sections("approver", kMaxPeople);
  for (size_t i = 0; i < p.approvers.size(); ++i) {
    if (!names.insert(p.approvers[i].name).second ||
        !keys.insert(key_part(p.approvers[i].vkey)).second) {
      approvers[i].AddFault("", "an approver stands twice, or is a planner (name or key)",
                            "who plans a batch cannot approve it");
    }
  }
  if (p.planners.empty()) root.AddFault("", "no planner", "add a [[planner]] with name and vkey");
  if (p.approvers.size() < static_cast<size_t>(p.approvals.needed)) {
    root.AddFault("", "fewer approvers than approvals.needed", "add an [[approver]]");
  }
  for (const std::string& role : p.approvals.roles) {
    if (std::none_of(p.approvers.begin(), p.approvers.end(),
                     [&](const Approver& a) { return a.role == role; })) {
      root.AddFault("", "no approver has one of approvals.roles");
    }
  }
}

}  // namespace

Result<Policy> ParsePolicy(std::string_view text, const std::string& name) {
  TRY_ASSIGN(toml::File file, toml::File::Parse(text, name, "policy/POLICY.md lists the keys"));
  toml::Table root = file.root();
  root.Require({"name"});
  Policy policy;
  ReadKeys(root, policy);
  ReadPeople(root, policy);
  TRY(file.Check());  // the rules take every value for read
  CheckRules(root, policy);
  CheckPeople(root, policy);
  TRY(file.Check());
  return policy;
}

std::string ValueText(const Key& key, Policy policy) {
  const auto list = [](const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) out += (out.empty() ? "" : ", ") + toml::Quoted(item);
    return "[" + out + "]";
  };
  return std::visit(
      Overloaded{
          [&](const Key::Number& k) { return std::to_string(k.in(policy)); },
          [&](const Key::Flag& k) { return std::string(k.in(policy) ? "true" : "false"); },
          [&](const Key::Text& k) { return toml::Quoted(k.in(policy)); },
          [&](const Key::Texts& k) { return list(k.in(policy)); },
          [&](const Key::Days& k) { return list(NamesOf(k.in(policy))); },
          [&](const Key::Time& k) {
            return fmt::format("\"{:02}:{:02}\"", k.in(policy) / 60, k.in(policy) % 60);
          },
      },
      key.value);
}

std::string AppendPeople(std::string_view toml, const std::vector<Approver>& approvers,
                         const std::vector<Planner>& planners) {
  std::string out(toml);
  if (!out.empty() && out.back() != '\n') out += '\n';
  for (const Planner& p : planners) {
    out += fmt::format("\n[[planner]]\nname = {}\nvkey = {}\n", toml::Quoted(p.name),
                       toml::Quoted(p.vkey));
  }
  for (const Approver& a : approvers) {
    out += fmt::format("\n[[approver]]\nname = {}\nvkey = {}\n", toml::Quoted(a.name),
                       toml::Quoted(a.vkey));
    if (!a.role.empty()) out += fmt::format("role = {}\n", toml::Quoted(a.role));
  }
  return out;
}

}  // namespace signpost::policy
