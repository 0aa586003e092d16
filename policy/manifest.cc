#include "policy/manifest.h"

#include <fmt/format.h>

#include <charconv>

namespace signpost {
namespace {

constexpr std::string_view kMagic = "signpost-manifest/v1";
constexpr size_t kMaxManifestBytes = 16 * 1024;
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
    Take(signpost::Number<T>(Value(key), min, max), out);
  }
  bool failed() const { return failed_; }
  int line() const { return line_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  int line_ = 1;  // the magic line was taken by the caller
  bool failed_ = false;
};

void ParseGateway(Lines& lines, ManifestGateway& gateway) {
  const auto words = Words(lines.Value("gateway"));
  lines.Require(words.size() == 5 && std::all_of(words.begin(), words.end(), IsWord));
  if (lines.failed()) return;
  gateway.name = words[0];
  gateway.host = words[1];
  lines.Take(Number<uint16_t>(words[2], 1, 65535), gateway.port);
  lines.Require(words[3] == "-" ? words[4] == "-" : IsTlsName(words[3]));
  lines.Require(words[4] == "-" || IsTlsPin(words[4]));
  gateway.tls_name = words[3];
  gateway.tls_pin = words[4];
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

std::string Manifest::Encode() const {
  std::string out = fmt::format(
      "{}\nbatch {}\nmode {}\nplanner {}\nplanned {}\nbasis {}\ndpia {}\nmessage {}\nalphabet {}\n"
      "segments {}\nsender {}\ngateway {} {} {} {} {}\nwindow {}\npace {}\nrange {}\nrecords {}\n"
      "budget {}\n",
      kMagic, batch.Hex(), ModeName(mode), planner, planned.Text(), basis, dpia,
      ToHex(message_hash), alphabet == ManifestAlphabet::kUcs2 ? "ucs2" : "gsm7", segments, sender,
      gateway.name, gateway.host, gateway.port, gateway.tls_name, gateway.tls_pin, window, pace,
      range, records, budget);
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
  const std::string_view alphabet = lines.Value("alphabet");
  lines.Require(alphabet == "gsm7" || alphabet == "ucs2");
  m.alphabet = alphabet == "ucs2" ? ManifestAlphabet::kUcs2 : ManifestAlphabet::kGsm7;
  lines.Number<uint32_t>("segments", 1, 255, m.segments);
  lines.Text("sender", true, m.sender);
  ParseGateway(lines, m.gateway);
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

}  // namespace signpost
