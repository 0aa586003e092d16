#include "policy/policy_toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <exception>
#include <functional>
#include <optional>
#include <set>

namespace signpost::policy {
namespace {

constexpr size_t kMaxPolicyBytes = size_t{256} * 1024;
constexpr size_t kMaxPeople = 100;
constexpr std::array<std::string_view, 7> kDayNames = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

// The first fault found, with its line. Everything after it is skipped.
class Faults {
 public:
  explicit Faults(const std::string& name) : name_(name) {}
  void Add(const toml::source_region& where, std::string message, std::string hint = {}) {
    if (first_) return;
    const unsigned line = where.begin.line;
    first_ = Error{Code::kInput, std::move(message),
                   line == 0 ? name_ : fmt::format("{}:{}", name_, line), std::move(hint)};
  }
  void Add(const toml::node& node, std::string message, std::string hint = {}) {
    Add(node.source(), std::move(message), std::move(hint));
  }
  const std::optional<Error>& first() const { return first_; }

 private:
  const std::string& name_;
  std::optional<Error> first_;
};

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

// One table of the file. Every key that is read is marked; Finish() refuses the others.
class Section {
 public:
  Section(Faults& faults, const toml::table& table, std::string_view name)
      : faults_(faults), table_(table), name_(name) {}

  const toml::node* Find(std::string_view key) {
    seen_.emplace(key);
    return table_.get(key);
  }
  void Int(std::string_view key, int min, int max, int& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    const toml::value<int64_t>* value = node->as_integer();
    if (value == nullptr) return faults_.Add(*node, fmt::format("{} is not a whole number", key));
    if (value->get() < min || value->get() > max) {
      return faults_.Add(*node, fmt::format("{} is not between {} and {}", key, min, max));
    }
    out = static_cast<int>(value->get());
  }
  void Bool(std::string_view key, bool& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    const toml::value<bool>* value = node->as_boolean();
    if (value == nullptr) return faults_.Add(*node, fmt::format("{} is not true or false", key));
    out = value->get();
  }
  void Text(std::string_view key, bool required, const std::function<bool(std::string_view)>& fits,
            std::string_view shape, std::string& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) {
      if (required) faults_.Add(table_, fmt::format("{} is missing", key));
      return;
    }
    const toml::value<std::string>* value = node->as_string();
    if (value == nullptr || !fits(value->get())) {
      return faults_.Add(*node, fmt::format("{} is not {}", key, shape));
    }
    out = value->get();
  }
  // Distinct texts. An absent key leaves `out` alone.
  void List(std::string_view key, size_t min, size_t max,
            const std::function<bool(std::string_view)>& fits, std::string_view shape,
            std::vector<std::string>& out) {
    const toml::node* node = Find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr || array->size() < min || array->size() > max) {
      return faults_.Add(*node, fmt::format("{} is not a list of {} to {}", key, min, max));
    }
    out.clear();
    for (const toml::node& item : *array) {
      const toml::value<std::string>* value = item.as_string();
      if (value == nullptr || !fits(value->get())) {
        return faults_.Add(item, fmt::format("{}: an item is not {}", key, shape));
      }
      if (std::find(out.begin(), out.end(), value->get()) != out.end()) {
        return faults_.Add(item, fmt::format("{}: an item stands twice", key));
      }
      out.push_back(value->get());
    }
  }
  void Finish() {
    for (const auto& [key, node] : table_) {
      if (seen_.count(std::string(key.str())) != 0) continue;
      faults_.Add(key.source(),
                  name_.empty() ? std::string("unknown key or section at the top level")
                                : fmt::format("unknown key in [{}]", name_),
                  "policy/POLICY.md lists the keys");
    }
  }
  const toml::table& table() const { return table_; }

 private:
  Faults& faults_;
  const toml::table& table_;
  std::string name_;
  std::set<std::string> seen_;
};

// A section that is absent keeps every default.
void WithSection(Faults& faults, Section& root, std::string_view name,
                 const std::function<void(Section&)>& read) {
  const toml::node* node = root.Find(name);
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr) return faults.Add(*node, fmt::format("{} is not a section", name));
  Section section(faults, *table, name);
  read(section);
  section.Finish();
}

void WithEach(Faults& faults, Section& root, std::string_view name,
              const std::function<void(Section&)>& read) {
  const toml::node* node = root.Find(name);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() > kMaxPeople) {
    return faults.Add(*node,
                      fmt::format("{} is not a list of at most {} tables", name, kMaxPeople));
  }
  for (const toml::node& item : *array) {
    const toml::table* table = item.as_table();
    if (table == nullptr) return faults.Add(item, fmt::format("{} is not a table", name));
    Section section(faults, *table, name);
    read(section);
    section.Finish();
  }
}

void ReadRetention(Section& s, Retention& r) {
  s.Int("sealed_number_days", 1, 366, r.sealed_number_days);
  s.Int("contact_token_unmessaged_days", 1, 36500, r.contact_token_unmessaged_days);
  s.Int("contact_token_messaged_days", 1, 36500, r.contact_token_messaged_days);
  s.Int("opt_out_days", 1, 36500, r.opt_out_days);
  s.Int("outcome_days", 1, 3660, r.outcome_days);
  s.Int("import_totals_days", 1, 3660, r.import_totals_days);
  s.Int("ledger_days", 1, 36500, r.ledger_days);
}

void ReadSending(Faults& faults, Section& s, SendingRules& r) {
  s.Text("zone", false, IsZoneName, "a time zone name such as Europe/London", r.zone);
  if (s.Find("days") != nullptr) {
    std::vector<std::string> days;
    s.List(
        "days", 1, 7,
        [](std::string_view day) {
          return std::find(kDayNames.begin(), kDayNames.end(), day) != kDayNames.end();
        },
        "one of mon tue wed thu fri sat sun", days);
    for (size_t i = 0; i < kDayNames.size(); ++i) {
      r.days[i] = std::find(days.begin(), days.end(), kDayNames[i]) != days.end();
    }
  }
  const auto is_minute = [](std::string_view text) { return ParseMinute(text).has_value(); };
  std::string text;
  s.Text("from", false, is_minute, "a time of day such as \"09:00\"", text);
  if (const auto minute = ParseMinute(text)) r.from_minute = *minute;
  text.clear();
  s.Text("to", false, is_minute, "a time of day such as \"19:00\"", text);
  if (const auto minute = ParseMinute(text)) r.to_minute = *minute;
  if (r.from_minute >= r.to_minute) {
    faults.Add(s.table(), "sending hours: from is not before to",
               "hours do not run over midnight; a whole day is 00:00 to 24:00");
  }
  s.Int("messages_per_second", 1, 1000000, r.messages_per_second);
  s.Int("range_records", 1, 1000, r.range_records);
  s.Int("batch_expiry_days", 1, 31, r.batch_expiry_days);
}

template <class Person>
void ReadPerson(Faults& faults, Section& s, Person& person) {
  s.Text("name", true, IsName, "1 to 64 letters, digits or . _ - @ /", person.name);
  s.Text(
      "vkey", true, [&](std::string_view vkey) { return LooksLikeVerifierKey(vkey, person.name); },
      "a verifier key of that name (name+hash+key)", person.vkey);
  (void)faults;
}

// Rules between values. `at(section)` finds a line to point at.
void CheckRules(Faults& faults, const toml::table& root, const Policy& p) {
  const auto at = [&](std::string_view section) -> const toml::node& {
    const toml::node* node = root.get(section);
    return node != nullptr ? *node : root;
  };
  const Retention& r = p.retention;
  if (r.contact_token_unmessaged_days < r.sealed_number_days) {
    faults.Add(at("retention"), "contact_token_unmessaged_days is below sealed_number_days",
               "while a sealed number exists its token must, or one person is sealed twice");
  }
  if (r.contact_token_messaged_days < r.contact_token_unmessaged_days) {
    faults.Add(at("retention"),
               "contact_token_messaged_days is below contact_token_unmessaged_days",
               "the token that remembers a message carries the promise of only one");
  }
  if (r.opt_out_days < r.contact_token_messaged_days) {
    faults.Add(at("retention"), "opt_out_days is below contact_token_messaged_days",
               "an opt-out outlives everything else");
  }
  if (!p.contacts.mobile && !p.contacts.fixed_line_or_mobile) {
    faults.Add(at("contacts"), "no kind of number is allowed");
  }
  if (static_cast<size_t>(p.approvals.needed) < p.approvals.roles.size()) {
    faults.Add(at("approvals"), "needed is below the number of roles",
               "an approver has one role, so each role needs an approver of its own");
  }
}

void CheckPeople(Faults& faults, const toml::table& root, const Policy& p) {
  const auto at = [&](std::string_view section, size_t i) -> const toml::node& {
    const toml::node* node = root.get(section);
    if (node == nullptr || node->as_array() == nullptr) return root;
    const toml::node* item = node->as_array()->get(i);
    return item != nullptr ? *item : *node;
  };
  std::set<std::string> names;
  std::set<std::string> keys;  // the key part: the same key under another name is the same person
  const auto key_part = [](const std::string& vkey) {
    const size_t first = vkey.find('+');
    return first == vkey.npos || vkey.size() < first + 10 ? vkey : vkey.substr(first + 10);
  };
  for (size_t i = 0; i < p.planners.size(); ++i) {
    if (!names.insert(p.planners[i].name).second ||
        !keys.insert(key_part(p.planners[i].vkey)).second) {
      faults.Add(at("planner", i), "a planner stands twice (name or key)");
    }
  }
  for (size_t i = 0; i < p.approvers.size(); ++i) {
    if (!names.insert(p.approvers[i].name).second ||
        !keys.insert(key_part(p.approvers[i].vkey)).second) {
      faults.Add(at("approver", i), "an approver stands twice, or is a planner (name or key)",
                 "who plans a batch cannot approve it");
    }
  }
  if (p.planners.empty()) faults.Add(root, "no planner", "add a [[planner]] with name and vkey");
  if (p.approvers.size() < static_cast<size_t>(p.approvals.needed)) {
    faults.Add(root, "fewer approvers than approvals.needed", "add an [[approver]]");
  }
  for (const std::string& role : p.approvals.roles) {
    if (std::none_of(p.approvers.begin(), p.approvers.end(),
                     [&](const Approver& a) { return a.role == role; })) {
      faults.Add(root, "no approver has one of approvals.roles");
    }
  }
}

Policy ReadPolicy(Faults& faults, const toml::table& table) {
  Policy p;
  Section root(faults, table, "");
  root.Text("name", true, IsName, "1 to 64 letters, digits or . _ - @ /", p.name);
  WithSection(faults, root, "retention", [&](Section& s) { ReadRetention(s, p.retention); });
  WithSection(faults, root, "contacts", [&](Section& s) {
    s.List("regions", 1, 16, IsRegion, "two capital letters (ISO 3166-1)", p.contacts.regions);
    s.Bool("mobile", p.contacts.mobile);
    s.Bool("fixed_line_or_mobile", p.contacts.fixed_line_or_mobile);
    s.Int("last_contact_days", 0, 36500, p.contacts.last_contact_days);
    s.Bool("in_traffic_only", p.contacts.in_traffic_only);
    s.Int("messages_per_person", 1, 1, p.contacts.messages_per_person);
  });
  WithSection(faults, root, "sending", [&](Section& s) { ReadSending(faults, s, p.sending); });
  WithSection(faults, root, "approvals", [&](Section& s) {
    s.Int("needed", 1, 8, p.approvals.needed);
    s.List("roles", 0, 8, IsName, "1 to 64 letters, digits or . _ - @ /", p.approvals.roles);
  });
  WithSection(faults, root, "batches", [&](Section& s) {
    s.Int("max_records", 1, 100000, p.batches.max_records);
    s.Int("max_segments", 1, 10, p.batches.max_segments);
    s.Int("smallest_reported_count", 1, 100, p.batches.smallest_reported_count);
  });
  WithSection(faults, root, "epochs",
              [&](Section& s) { s.Int("length_days", 1, 31, p.epochs.length_days); });
  WithEach(faults, root, "approver", [&](Section& s) {
    Approver& person = p.approvers.emplace_back();
    ReadPerson(faults, s, person);
    s.Text(
        "role", false, [](std::string_view role) { return role.empty() || IsName(role); },
        "empty or 1 to 64 letters, digits or . _ - @ /", person.role);
  });
  WithEach(faults, root, "planner",
           [&](Section& s) { ReadPerson(faults, s, p.planners.emplace_back()); });
  root.Finish();
  CheckRules(faults, table, p);
  CheckPeople(faults, table, p);
  return p;
}

std::string Quoted(std::string_view text) {  // a TOML basic string
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Result<Policy> ParsePolicy(std::string_view toml, const std::string& name) {
  if (toml.size() > kMaxPolicyBytes) return Fail(Code::kInput, "policy is too large", name);
  Faults faults(name);
  try {  // toml++ throws on bad syntax, and strings may throw bad_alloc
    const toml::table table = toml::parse(toml);
    Policy policy = ReadPolicy(faults, table);
    if (faults.first()) return tl::unexpected(*faults.first());
    return policy;
  } catch (const toml::parse_error& e) {
    // Its description may quote the file; the policy holds no secrets, but keep to the rule.
    return Fail(Code::kInput, "not TOML",
                fmt::format("{}:{}", name, static_cast<unsigned>(e.source().begin.line)));
  } catch (const std::exception&) {
    return Fail(Code::kInput, "cannot be read as TOML", name);
  }
}

std::string AppendPeople(std::string_view toml, const std::vector<Approver>& approvers,
                         const std::vector<Planner>& planners) {
  std::string out(toml);
  if (!out.empty() && out.back() != '\n') out += '\n';
  for (const Planner& p : planners) {
    out += fmt::format("\n[[planner]]\nname = {}\nvkey = {}\n", Quoted(p.name), Quoted(p.vkey));
  }
  for (const Approver& a : approvers) {
    out += fmt::format("\n[[approver]]\nname = {}\nvkey = {}\n", Quoted(a.name), Quoted(a.vkey));
    if (!a.role.empty()) out += fmt::format("role = {}\n", Quoted(a.role));
  }
  return out;
}

}  // namespace signpost::policy
