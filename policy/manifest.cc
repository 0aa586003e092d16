#include "policy/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace signpost::policy {
namespace {

constexpr std::string_view kMagic = "signpost-manifest/v1";
constexpr size_t kMaxManifestBytes = size_t{16} * 1024;
constexpr size_t kMaxHours = 100;

// Printable ASCII: what an approver reads on any terminal is what is signed, with no look-alikes
// and nothing that reorders a line.
bool IsText(std::string_view text) {
  if (text.empty() || text.size() > 200 || text.front() == ' ' || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool IsWord(std::string_view text) { return IsText(text) && text.find(' ') == text.npos; }

template <class T>
std::optional<T> Number(std::string_view text, T min, T max) {
  T value{};
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < min || value > max) return std::nullopt;
  return value;
}

std::optional<Instant> ParseInstant(std::string_view text) {
  const auto instant = Instant::Parse(text);
  if (!instant || instant->Text() != text) return std::nullopt;
  return instant;
}

std::optional<Digest> ParseDigest(std::string_view text) {
  if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != text.npos) {
    return std::nullopt;
  }
  const auto raw = FromHex(text);
  if (!raw) return std::nullopt;
  Digest digest{};
  std::copy(raw->begin(), raw->end(), digest.begin());
  return digest;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> out;
  for (;;) {
    const size_t blank = text.find(' ');
    out.push_back(text.substr(0, blank));
    if (blank == text.npos) return out;
    text.remove_prefix(blank + 1);
  }
}

// Takes the lines in their order; the first that does not fit is remembered and the rest skipped.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::string_view Value(std::string_view key) {
    if (failed_) return {};
    ++line_;
    const size_t end = rest_.find('\n');
    if (end == rest_.npos || end <= key.size() || rest_.substr(0, key.size()) != key ||
        rest_[key.size()] != ' ') {
      failed_ = true;
      return {};
    }
    const std::string_view value = rest_.substr(key.size() + 1, end - key.size() - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }
  bool NextIs(std::string_view key) const {
    return !failed_ && rest_.size() > key.size() && rest_.substr(0, key.size()) == key &&
           rest_[key.size()] == ' ';
  }
  template <class T>
  void Take(const std::optional<T>& value, T& out) {
    if (failed_) return;
    if (!value) {
      failed_ = true;
      return;
    }
    out = *value;
  }
  void Require(bool fits) { failed_ = failed_ || !fits; }
  void Text(std::string_view key, bool word, std::string& out) {
    const std::string_view value = Value(key);
    Require(word ? IsWord(value) : IsText(value));
    out = value;
  }
  template <class T>
  void Number(std::string_view key, T min, T max, T& out) {
    Take(policy::Number<T>(Value(key), min, max), out);
  }
  bool failed() const { return failed_; }
  int line() const { return line_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  int line_ = 1;  // the magic line was taken by the caller
  bool failed_ = false;
};

ManifestGateway ParseGateway(Lines& lines) {
  ManifestGateway gateway;
  const auto words = Words(lines.Value("gateway"));
  lines.Require(words.size() == 5 && std::all_of(words.begin(), words.end(), IsWord));
  if (lines.failed()) return gateway;
  gateway.name = words[0];
  gateway.host = words[1];
  lines.Take(Number<uint16_t>(words[2], 1, 65535), gateway.port);
  lines.Require(words[3] == "-" ? words[4] == "-" : IsTlsName(words[3]));
  lines.Require(words[4] == "-" || IsTlsPin(words[4]));
  gateway.tls_name = words[3];
  gateway.tls_pin = words[4];
  return gateway;
}

// One gateway, however many hosts: what is expected of one is expected of all.
void ParseGateways(Lines& lines, Manifest& m) {
  m.gateway = ParseGateway(lines);
  while (lines.NextIs("gateway")) {
    const ManifestGateway next = ParseGateway(lines);
    const auto same_place = [&](const ManifestGateway& g) {
      return g.host == next.host && g.port == next.port;
    };
    lines.Require(next.name == m.gateway.name && next.tls_name == m.gateway.tls_name &&
                  next.tls_pin == m.gateway.tls_pin && m.failover.size() < Manifest::kMaxFailover &&
                  !same_place(m.gateway) &&
                  std::none_of(m.failover.begin(), m.failover.end(), same_place));
    m.failover.push_back(next);
  }
}

// The usual kind has no line: a manifest of before there were kinds is of it.
constexpr GatewayKind kUsualKind = GatewayKind::kSmpp;

std::string EncodeProfile(const SmppProfile& profile) {
  if (profile.IsUsual()) return {};
  std::string statuses;
  for (const uint32_t status : profile.not_sent) {
    statuses += fmt::format("{}{:#x}", statuses.empty() ? "" : ",", status);
  }
  return fmt::format("profile {} {} {} {}\n", DefaultAlphabetName(profile.alphabet),
                     profile.latin1 ? "latin1" : "-", profile.payload ? "payload" : "udh",
                     statuses.empty() ? "-" : statuses);
}

std::optional<uint32_t> ParseStatus(std::string_view text) {
  if (text.substr(0, 2) != "0x") return std::nullopt;
  text.remove_prefix(2);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;  // another spelling of it is found by encoding it again
}

void ParseProfile(Lines& lines, SmppProfile& profile) {
  if (!lines.NextIs("profile")) return;
  const auto words = Words(lines.Value("profile"));
  lines.Require(words.size() == 4);
  if (lines.failed()) return;
  lines.Take(ParseDefaultAlphabet(words[0]), profile.alphabet);
  lines.Require(words[1] == "latin1" || words[1] == "-");
  profile.latin1 = words[1] == "latin1";
  lines.Require(words[2] == "payload" || words[2] == "udh");
  profile.payload = words[2] == "payload";
  std::string_view statuses = words[3] == "-" ? std::string_view() : words[3];
  while (!statuses.empty() && !lines.failed() &&
         profile.not_sent.size() <= SmppProfile::kMaxNotSent) {
    const size_t comma = statuses.find(',');
    lines.Take(ParseStatus(statuses.substr(0, comma)), profile.not_sent.emplace_back());
    statuses.remove_prefix(comma == statuses.npos ? statuses.size() : comma + 1);
  }
  lines.Require(profile.IsValid() && !profile.IsUsual());
}

// What a kind has of its own.
std::string EncodeKind(const Manifest& m) {
  const std::string line =
      m.kind == kUsualKind ? "" : fmt::format("kind {}\n", GatewayKindName(m.kind));
  switch (m.kind) {
    case GatewayKind::kSmpp:
      return line + EncodeProfile(m.profile);
  }
  return line;
}

void ParseKind(Lines& lines, Manifest& m) {
  if (lines.NextIs("kind")) {
    lines.Take(ParseGatewayKind(lines.Value("kind")), m.kind);
    lines.Require(m.kind != kUsualKind);
  }
  switch (m.kind) {
    case GatewayKind::kSmpp:
      return ParseProfile(lines, m.profile);
  }
}

constexpr std::string_view kAlphabets[] = {"gsm7", "ucs2", "latin1"};
constexpr std::string_view kDefaultAlphabets[] = {"gsm7", "gsm7-packed", "latin1"};

template <class Enum, size_t n>
std::optional<Enum> ParseName(std::string_view text, const std::string_view (&names)[n]) {
  const auto found = std::find(std::begin(names), std::end(names), text);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Enum>(found - std::begin(names));
}

void ParseHours(Lines& lines, std::vector<Interval>& hours) {
  do {
    const auto words = Words(lines.Value("hours"));
    lines.Require(words.size() == 2 && hours.size() < kMaxHours);
    if (lines.failed()) return;
    Interval interval;
    lines.Take(ParseInstant(words[0]), interval.from);
    lines.Take(ParseInstant(words[1]), interval.until);
    lines.Require(interval.from < interval.until &&
                  (hours.empty() || hours.back().until <= interval.from));
    hours.push_back(interval);
  } while (lines.NextIs("hours"));
}

}  // namespace

bool IsTlsName(std::string_view text) {
  if (text.empty() || text.size() > 200) return false;
  if (text.find(':') != text.npos) {  // an IPv6 address; whether it is one, the sender finds out
    return text.size() <= 45 && text.find_first_not_of("0123456789abcdef:.") == text.npos;
  }
  const auto is_edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > 63 || !is_edge(label.front()) || !is_edge(label.back()) ||
        !std::all_of(label.begin(), label.end(), [&](char c) { return is_edge(c) || c == '-'; })) {
      return false;
    }
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

bool IsTlsPin(std::string_view text) { return ParseDigest(text).has_value(); }

std::string_view DefaultAlphabetName(SmppProfile::Default alphabet) {
  return kDefaultAlphabets[static_cast<size_t>(alphabet)];
}

std::optional<SmppProfile::Default> ParseDefaultAlphabet(std::string_view text) {
  return ParseName<SmppProfile::Default>(text, kDefaultAlphabets);
}

bool SmppProfile::IsValid() const {
  if (latin1 && alphabet == Default::kLatin1) return false;
  if (not_sent.size() > kMaxNotSent) return false;
  for (size_t i = 0; i < not_sent.size(); ++i) {
    const uint32_t status = not_sent[i];
    if (status == 0 || status > 0xFFFF || status == 0x14 || status == 0x58) return false;
    if (i > 0 && status <= not_sent[i - 1]) return false;
  }
  return true;
}

std::string Manifest::Encode() const {
  std::string out = fmt::format(
      "{}\nbatch {}\nmode {}\nplanner {}\nplanned {}\nbasis {}\ndpia {}\nmessage {}\nalphabet {}\n"
      "segments {}\nsender {}\n",
      kMagic, batch.Hex(), ModeName(mode), planner, planned.Text(), basis, dpia,
      ToHex(message_hash), kAlphabets[static_cast<size_t>(alphabet)], segments, sender);
  const auto add = [&out](const ManifestGateway& g) {
    out += fmt::format("gateway {} {} {} {} {}\n", g.name, g.host, g.port, g.tls_name, g.tls_pin);
  };
  add(gateway);
  for (const ManifestGateway& other : failover) add(other);
  out += EncodeKind(*this);
  out += fmt::format("window {}\npace {}\nrange {}\nrecords {}\nbudget {}\n", window, pace, range,
                     records, budget);
  for (const Interval& interval : hours) {
    out += fmt::format("hours {} {}\n", interval.from.Text(), interval.until.Text());
  }
  out += fmt::format("expires {}\npolicy {}\nfile {}\n", expires.Text(), ToHex(policy_hash),
                     ToHex(file_hash));
  return out;
}

Result<Manifest> Manifest::Parse(std::string_view text) {
  const std::string first = std::string(kMagic) + '\n';
  if (text.size() > kMaxManifestBytes || text.substr(0, first.size()) != first) {
    return Fail(Code::kInput, "not a manifest", "manifest:1");
  }
  Lines lines(text.substr(first.size()));
  Manifest m;
  lines.Take(BatchId::FromHex(lines.Value("batch")), m.batch);
  lines.Take(ParseMode(lines.Value("mode")), m.mode);
  lines.Text("planner", true, m.planner);
  lines.Take(ParseInstant(lines.Value("planned")), m.planned);
  lines.Text("basis", false, m.basis);
  lines.Text("dpia", false, m.dpia);
  lines.Take(ParseDigest(lines.Value("message")), m.message_hash);
  lines.Take(ParseName<ManifestAlphabet>(lines.Value("alphabet"), kAlphabets), m.alphabet);
  lines.Number<uint32_t>("segments", 1, 255, m.segments);
  lines.Text("sender", true, m.sender);
  ParseGateways(lines, m);
  ParseKind(lines, m);
  lines.Require(
      m.alphabet == ManifestAlphabet::kUcs2 ||
      (m.alphabet == ManifestAlphabet::kGsm7 ? m.profile.WritesGsm() : m.profile.WritesLatin1()));
  lines.Number<uint32_t>("window", 1, 1000000, m.window);
  lines.Number<uint32_t>("pace", 1, 1000000, m.pace);
  lines.Number<uint32_t>("range", 1, 1000000, m.range);
  lines.Number<uint32_t>("records", 1, 1000000000, m.records);
  lines.Number<uint32_t>("budget", 1, UINT32_MAX, m.budget);
  ParseHours(lines, m.hours);
  lines.Take(ParseInstant(lines.Value("expires")), m.expires);
  lines.Take(ParseDigest(lines.Value("policy")), m.policy_hash);
  lines.Take(ParseDigest(lines.Value("file")), m.file_hash);
  if (lines.failed() || !lines.AtEnd()) {
    return Fail(Code::kInput, lines.failed() ? "a line is not what it must be here" : "extra lines",
                fmt::format("manifest:{}", lines.line() + (lines.failed() ? 0 : 1)));
  }
  // One text for one manifest: a second spelling would have a second hash.
  if (m.Encode() != text) return Fail(Code::kInput, "not in the one accepted spelling", "manifest");
  return m;
}

}  // namespace signpost::policy
