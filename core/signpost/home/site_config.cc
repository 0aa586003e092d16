// The only file of this folder that includes toml++.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/signpost/home/home.h"
#include "policy/manifest.h"

namespace signpost::home {
namespace {

// Reads the keys of one table and remembers which: what is left over is unknown.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  Result<std::string> Text(std::string_view key, std::optional<std::string> fallback) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (fallback) return *fallback;
      return Fail(Code::kInput, fmt::format("key \"{}\" is missing", key), Place(table_));
    }
    const auto value = node->value_exact<std::string>();
    if (!value) return Wrong(*node, key, "a text");
    for (const char c : *value) {
      if (static_cast<unsigned char>(c) < 0x20) return Wrong(*node, key, "a text of one line");
    }
    return *value;
  }

  Result<int64_t> Number(std::string_view key, std::optional<int64_t> fallback, int64_t low,
                         int64_t high) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (fallback) return *fallback;
      return Fail(Code::kInput, fmt::format("key \"{}\" is missing", key), Place(table_));
    }
    const auto value = node->value_exact<int64_t>();
    if (!value || *value < low || *value > high) {
      return Wrong(*node, key, fmt::format("a whole number from {} to {}", low, high));
    }
    return *value;
  }

  Result<bool> Flag(std::string_view key, bool fallback) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return fallback;
    const auto value = node->value_exact<bool>();
    if (!value) return Wrong(*node, key, "true or false");
    return *value;
  }

  // Each element of a list of at most `most`; an absent list is empty.
  template <class Value, class Take>
  Result<void> List(std::string_view key, size_t most, const Take& take,
                    std::string_view expected) {
    known_.emplace(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const toml::array* list = node->as_array();
    bool fits = list != nullptr && list->size() <= most;
    for (size_t i = 0; fits && i < list->size(); ++i) {
      const auto value = list->get(i)->value_exact<Value>();
      fits = value && take(*value);
    }
    if (!fits) return Wrong(*node, key, expected);
    return {};
  }

  // As Text, and `fits` must hold for it, unless it is the fallback.
  Result<std::string> Text(std::string_view key, bool (*fits)(std::string_view),
                           std::string_view expected,
                           std::optional<std::string> fallback = std::nullopt) {
    TRY_ASSIGN(std::string value, Text(key, fallback));
    if (table_.get(key) != nullptr && !fits(value)) return Wrong(*table_.get(key), key, expected);
    return value;
  }

  void Known(std::string_view key) { known_.emplace(key); }

  Result<void> NothingElse() const {
    for (const auto& [key, node] : table_) {
      if (known_.count(std::string(key.str())) != 0) continue;
      return Fail(Code::kInput, fmt::format("unknown key \"{}\"", key.str()), Place(node),
                  "remove it; core/signpost/home/SITE.md lists the keys");
    }
    return {};
  }

  std::string Place(const toml::node& node) const {
    return fmt::format("{}:{}", file_, node.source().begin.line);
  }

 private:
  tl::unexpected<Error> Wrong(const toml::node& node, std::string_view key,
                              std::string_view expected) const {
    return Fail(Code::kInput, fmt::format("\"{}\" must be {}", key, expected), Place(node));
  }
  const toml::table& table_;
  const std::string& file_;
  std::set<std::string> known_;
};

// What the manifest's line can hold, and what a key of a TOML table needs no quotes for.
bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == text.npos;
}

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= 200 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// SMPP 3.4 carries 20; networks take a name of 11 or the digits of a number.
bool IsSource(std::string_view text) {
  const bool digits = text.find_first_not_of("0123456789") == text.npos;
  return IsWord(text) && text.size() <= (digits ? 15 : 11);
}

bool IsNotEmpty(std::string_view text) { return !text.empty(); }

// "host:port", an IPv6 address in brackets.
std::optional<GatewayConfig::Address> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  GatewayConfig::Address address;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.substr(0, 1) == "[") {
    if (host.size() < 3 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (host.find_first_of("[]") != host.npos) return std::nullopt;
  } else if (host.find_first_of(":[]") != host.npos) {
    return std::nullopt;
  }
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (!IsWord(host) || error != std::errc() || end != digits.data() + digits.size() ||
      address.port == 0) {
    return std::nullopt;
  }
  address.host = host;
  return address;
}

// Hosts besides the first, and what the provider takes.
Result<void> ParseProvider(Reader& reader, GatewayConfig& gateway) {
  const auto take_host = [&](const std::string& text) {
    const auto address = ParseAddress(text);
    if (!address || *address == GatewayConfig::Address{gateway.host, gateway.port} ||
        std::find(gateway.hosts.begin(), gateway.hosts.end(), *address) != gateway.hosts.end()) {
      return false;
    }
    gateway.hosts.push_back(*address);
    return true;
  };
  TRY(reader.List<std::string>("hosts", policy::Manifest::kMaxFailover, take_host,
                               "a list of up to 7 other places, each \"host:port\""));
  policy::GatewayProfile& profile = gateway.profile;
  const auto is_default = [](std::string_view t) {
    return policy::ParseDefaultAlphabet(t).has_value();
  };
  TRY_ASSIGN(const std::string alphabet,
             reader.Text("alphabet", is_default, "\"gsm7\", \"gsm7-packed\" or \"latin1\"",
                         std::string(policy::DefaultAlphabetName(profile.alphabet))));
  profile.alphabet = *policy::ParseDefaultAlphabet(alphabet);
  TRY_ASSIGN(profile.latin1, reader.Flag("latin1", false));
  if (profile.latin1 && !profile.WritesGsm()) profile.latin1 = false;  // says nothing more there
  const auto is_way = [](std::string_view text) { return text == "udh" || text == "payload"; };
  TRY_ASSIGN(const std::string way,
             reader.Text("long_messages", is_way, "\"udh\" or \"payload\"", "udh"));
  profile.payload = way == "payload";
  const auto take_status = [&](int64_t status) {
    if (status < 1 || status > 0xFFFF) return false;
    profile.not_sent.push_back(static_cast<uint32_t>(status));
    std::sort(profile.not_sent.begin(), profile.not_sent.end());
    return profile.IsValid();
  };
  return reader.List<int64_t>("not_sent_statuses", policy::GatewayProfile::kMaxNotSent, take_status,
                              "a list of up to 16 statuses from 1 to 0xFFFF, each once, without "
                              "0x14 and 0x58, which always mean it");
}

Result<GatewayConfig> ParseGateway(std::string name, const toml::table& table,
                                   const std::string& file) {
  Reader reader(table, file);
  if (!IsName(name)) {
    return Fail(Code::kInput, "a gateway's name is 1 to 64 letters, digits, \"-\" or \"_\"",
                reader.Place(table));
  }
  GatewayConfig gateway;
  gateway.name = std::move(name);
  const auto is_kind = [](std::string_view text) { return ParseGatewayKind(text).has_value(); };
  std::string kinds;
  for (const GatewayKind each : kGatewayKinds) {
    kinds += fmt::format("{}\"{}\"", kinds.empty() ? "" : " or ", GatewayKindName(each));
  }
  TRY_ASSIGN(const std::string kind, reader.Text("kind", is_kind, kinds, "smpp"));
  gateway.kind = *ParseGatewayKind(kind);
  TRY_ASSIGN(gateway.host, reader.Text("host", IsWord, "a host name or an address"));
  TRY_ASSIGN(const int64_t port, reader.Number("port", std::nullopt, 1, 65535));
  gateway.port = static_cast<uint16_t>(port);
  TRY_ASSIGN(gateway.sender, reader.Text("sender", IsSource,
                                         "up to 11 characters without blanks, or up to 15 digits"));
  TRY_ASSIGN(gateway.credentials_file, reader.Text("credentials_file", IsNotEmpty, "a file"));
  TRY_ASSIGN(gateway.tls_name, reader.Text("tls_name", policy::IsTlsName,
                                           "a host name in lower case, or an address", ""));
  TRY_ASSIGN(gateway.tls_pin, reader.Text("tls_pin", policy::IsTlsPin,
                                          "the SHA-256 of a public key: 64 of 0-9, a-f", ""));
  if (gateway.tls_name.empty() && !gateway.tls_pin.empty()) {
    return Fail(Code::kInput, "\"tls_pin\" needs a \"tls_name\"", reader.Place(table),
                "without tls_name there is no TLS, and nothing to pin");
  }
  TRY_ASSIGN(const int64_t window, reader.Number("window", 10, 1, 1000));
  gateway.window = static_cast<uint32_t>(window);
  TRY_ASSIGN(const int64_t binds, reader.Number("binds", 1, 1, 4));
  gateway.binds = static_cast<uint32_t>(binds);
  TRY_ASSIGN(const int64_t response, reader.Number("response_timeout_seconds", 60, 1, 600));
  gateway.response_timeout_seconds = static_cast<uint32_t>(response);
  TRY_ASSIGN(const int64_t enquire, reader.Number("enquire_link_seconds", 30, 1, 600));
  gateway.enquire_link_seconds = static_cast<uint32_t>(enquire);
  TRY_ASSIGN(const int64_t wait, reader.Number("receipt_wait_seconds", 5, 0, 3600));
  gateway.receipt_wait_seconds = static_cast<uint32_t>(wait);
  TRY_ASSIGN(gateway.receipts, reader.Flag("receipts", true));
  TRY(ParseProvider(reader, gateway));
  TRY(reader.NothingElse());
  return gateway;
}

}  // namespace

Result<SiteConfig> SiteConfig::Parse(std::string_view toml, const std::string& name) {
  toml::table table;
  try {  // the packaged toml++ is built with exceptions
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInput, std::string(error.description()),
                fmt::format("{}:{}", name, error.source().begin.line));
  }
  Reader reader(table, name);
  SiteConfig site;
  const auto is_mode = [](std::string_view text) { return ParseMode(text).has_value(); };
  TRY_ASSIGN(const std::string mode, reader.Text("mode", is_mode, "\"live\" or \"rehearsal\""));
  site.mode = *ParseMode(mode);
  TRY_ASSIGN(site.origin, reader.Text("origin", IsWord, "one word"));
  TRY_ASSIGN(site.operator_name, reader.Text("operator", IsWord, "one word"));
  TRY_ASSIGN(site.passphrase_file, reader.Text("passphrase_file", IsNotEmpty, "a file"));
  TRY_ASSIGN(site.ca_file,
             reader.Text("ca_file", IsNotEmpty, "a file", std::string(kDefaultCaFile)));
  TRY_ASSIGN(site.default_gateway, reader.Text("default_gateway", ""));
  reader.Known("gateway");
  if (const toml::node* node = table.get("gateway"); node != nullptr) {
    const toml::table* gateways = node->as_table();
    if (gateways == nullptr) {
      return Fail(Code::kInput, "write gateways as [gateway.NAME]", reader.Place(*node));
    }
    for (const auto& [key, value] : *gateways) {
      const toml::table* one = value.as_table();
      if (one == nullptr) {
        return Fail(Code::kInput, "write gateways as [gateway.NAME]", reader.Place(value));
      }
      TRY_ASSIGN(GatewayConfig gateway, ParseGateway(std::string(key.str()), *one, name));
      site.gateways.push_back(std::move(gateway));
    }
  }
  TRY(reader.NothingElse());
  const auto is_default = [&](const GatewayConfig& g) { return g.name == site.default_gateway; };
  if (!site.default_gateway.empty() &&
      std::none_of(site.gateways.begin(), site.gateways.end(), is_default)) {
    return Fail(Code::kInput, "\"default_gateway\" names no [gateway.NAME] of this file",
                reader.Place(*table.get("default_gateway")));
  }
  return site;
}

namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

template <class Element, class Write>
std::string List(std::string_view key, const std::vector<Element>& list, const Write& write) {
  std::string out;
  for (const Element& element : list) out += (out.empty() ? "" : ", ") + write(element);
  return out.empty() ? out : fmt::format("{} = [{}]\n", key, out);
}

// Only what is not as usual.
std::string EncodeProvider(const GatewayConfig& g) {
  std::string out = List("hosts", g.hosts, [](const GatewayConfig::Address& a) {
    const bool v6 = a.host.find(':') != a.host.npos;
    return Quoted(fmt::format("{}{}{}:{}", v6 ? "[" : "", a.host, v6 ? "]" : "", a.port));
  });
  const policy::GatewayProfile usual;
  if (g.profile.alphabet != usual.alphabet) {
    out += fmt::format("alphabet = {}\n", Quoted(policy::DefaultAlphabetName(g.profile.alphabet)));
  }
  if (g.profile.latin1) out += "latin1 = true\n";
  if (g.profile.payload) out += "long_messages = \"payload\"\n";
  return out + List("not_sent_statuses", g.profile.not_sent,
                    [](uint32_t status) { return fmt::format("{:#x}", status); });
}

}  // namespace

const GatewayConfig* SiteConfig::FindGateway(std::string_view name) const {
  const auto found = std::ranges::find(gateways, name, &GatewayConfig::name);
  return found == gateways.end() ? nullptr : &*found;
}

std::string SiteConfig::Encode() const {
  std::string out = "# This site. The policy is in policy.toml; this file holds nothing secret.\n";
  out += fmt::format("mode = {}            # live or rehearsal; bound into the keys, for good\n",
                     Quoted(ModeName(mode)));
  out += fmt::format("origin = {}          # the ledger's name\n", Quoted(origin));
  out += fmt::format("operator = {}        # the planner's key in keys/planner.key\n",
                     Quoted(operator_name));
  out += fmt::format(
      "passphrase_file = {} # opens the wrapped keys; read by the sealed processes only\n",
      Quoted(passphrase_file));
  if (ca_file != kDefaultCaFile) {
    out += fmt::format("ca_file = {}         # PEM: who may vouch for a gateway's certificate\n",
                       Quoted(ca_file));
  }
  if (!default_gateway.empty()) {
    out += fmt::format("default_gateway = {}\n", Quoted(default_gateway));
  }
  for (const GatewayConfig& g : gateways) {
    out += fmt::format("\n[gateway.{}]\n", g.name);
    if (g.kind != GatewayConfig().kind) {
      out += fmt::format("kind = {}\n", Quoted(GatewayKindName(g.kind)));
    }
    out += fmt::format("host = {}\nport = {}\n", Quoted(g.host), g.port);
    out += fmt::format("sender = {}          # what the phone shows: 11 characters, or digits\n",
                       Quoted(g.sender));
    out += fmt::format("credentials_file = {} # two lines: system id, password\n",
                       Quoted(g.credentials_file));
    if (!g.tls_name.empty()) {
      out += fmt::format("tls_name = {}        # whom its certificate must name\n",
                         Quoted(g.tls_name));
    }
    if (!g.tls_pin.empty()) {
      out += fmt::format("tls_pin = {}         # SHA-256 of its public key\n", Quoted(g.tls_pin));
    }
    out += fmt::format(
        "window = {}\nbinds = {}\nresponse_timeout_seconds = {}\nenquire_link_seconds = {}\n",
        g.window, g.binds, g.response_timeout_seconds, g.enquire_link_seconds);
    out += fmt::format("receipt_wait_seconds = {}\nreceipts = {}\n", g.receipt_wait_seconds,
                       g.receipts);
    out += EncodeProvider(g);
  }
  return out;
}

}  // namespace signpost::home
