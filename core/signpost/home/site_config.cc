#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/signpost/home/home.h"
#include "policy/manifest.h"
#include "policy/toml/toml.h"

namespace signpost::home {
namespace {

using policy::toml::Quoted;
using policy::toml::Table;

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

bool IsAnyLine(std::string_view) { return true; }

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
void ReadProvider(Table& table, GatewayConfig& gateway) {
  std::vector<std::string> hosts;
  const auto is_address = [](std::string_view text) { return ParseAddress(text).has_value(); };
  table.Texts("hosts", 0, policy::Manifest::kMaxFailover, is_address, "\"host:port\"", hosts);
  for (const std::string& text : hosts) {
    const GatewayConfig::Address address = *ParseAddress(text);
    if (address == GatewayConfig::Address{gateway.host, gateway.port} ||
        std::find(gateway.hosts.begin(), gateway.hosts.end(), address) != gateway.hosts.end()) {
      table.AddFault("hosts", "\"hosts\" names a place twice, or the one of \"host\"");
    }
    gateway.hosts.push_back(address);
  }
  policy::SmppProfile& profile = gateway.profile;
  const auto is_default = [](std::string_view text) {
    return policy::ParseDefaultAlphabet(text).has_value();
  };
  std::string alphabet(policy::DefaultAlphabetName(profile.alphabet));
  table.Text("alphabet", is_default, "\"gsm7\", \"gsm7-packed\" or \"latin1\"", alphabet);
  profile.alphabet = *policy::ParseDefaultAlphabet(alphabet);
  table.Flag("latin1", profile.latin1);
  if (profile.latin1 && !profile.WritesGsm()) profile.latin1 = false;  // says nothing more there
  const auto is_way = [](std::string_view text) { return text == "udh" || text == "payload"; };
  std::string way;
  table.Text("long_messages", is_way, "\"udh\" or \"payload\"", way);
  profile.payload = way == "payload";
  table.Numbers("not_sent_statuses", policy::SmppProfile::kMaxNotSent, 1, 0xFFFF,
                "a status from 1 to 0xFFFF", profile.not_sent);
  std::sort(profile.not_sent.begin(), profile.not_sent.end());
  if (!profile.IsValid()) {
    table.AddFault("not_sent_statuses",
                   "\"not_sent_statuses\" holds 0x14 or 0x58, which always mean it");
  }
}

void ReadGateway(Table& table, GatewayConfig& gateway) {
  if (!IsName(gateway.name)) {
    table.AddFault("", "a gateway's name is 1 to 64 letters, digits, \"-\" or \"_\"");
  }
  const auto is_kind = [](std::string_view text) { return ParseGatewayKind(text).has_value(); };
  std::string kinds, kind(GatewayKindName(gateway.kind));
  for (const GatewayKind each : kGatewayKinds) {
    kinds += fmt::format("{}\"{}\"", kinds.empty() ? "" : " or ", GatewayKindName(each));
  }
  table.Text("kind", is_kind, kinds, kind);
  gateway.kind = *ParseGatewayKind(kind);
  table.Require({"host", "port", "sender", "credentials_file"});
  table.Text("host", IsWord, "a host name or an address", gateway.host);
  table.Number<uint16_t>("port", 1, 65535, gateway.port);
  table.Text("sender", IsSource, "up to 11 characters without blanks, or up to 15 digits",
             gateway.sender);
  table.Text("credentials_file", IsNotEmpty, "a file", gateway.credentials_file);
  table.Text("tls_name", policy::IsTlsName, "a host name in lower case, or an address",
             gateway.tls_name);
  table.Text("tls_pin", policy::IsTlsPin, "the SHA-256 of a public key: 64 of 0-9, a-f",
             gateway.tls_pin);
  if (gateway.tls_name.empty() && !gateway.tls_pin.empty()) {
    table.AddFault("", "\"tls_pin\" needs a \"tls_name\"",
                   "without tls_name there is no TLS, and nothing to pin");
  }
  table.Number<uint32_t>("window", 1, 1000, gateway.window);
  table.Number<uint32_t>("binds", 1, 4, gateway.binds);
  table.Number<uint32_t>("response_timeout_seconds", 1, 600, gateway.response_timeout_seconds);
  table.Number<uint32_t>("enquire_link_seconds", 1, 600, gateway.enquire_link_seconds);
  table.Number<uint32_t>("receipt_wait_seconds", 0, 3600, gateway.receipt_wait_seconds);
  table.Flag("receipts", gateway.receipts);
  ReadProvider(table, gateway);
}

}  // namespace

Result<SiteConfig> SiteConfig::Parse(std::string_view toml, const std::string& name) {
  TRY_ASSIGN(auto file,
             policy::toml::File::Parse(toml, name, "core/signpost/home/SITE.md lists the keys"));
  Table root = file.root();
  SiteConfig site;
  const auto is_mode = [](std::string_view text) { return ParseMode(text).has_value(); };
  std::string mode(ModeName(site.mode));
  root.Require({"mode", "origin", "operator", "passphrase_file"});
  root.Text("mode", is_mode, "\"live\" or \"rehearsal\"", mode);
  site.mode = *ParseMode(mode);
  root.Text("origin", IsWord, "one word", site.origin);
  root.Text("operator", IsWord, "one word", site.operator_name);
  root.Text("passphrase_file", IsNotEmpty, "a file", site.passphrase_file);
  root.Text("ca_file", IsNotEmpty, "a file", site.ca_file);
  root.Text("default_gateway", IsAnyLine, "a text of one line", site.default_gateway);
  for (auto& [gateway, table] : root.Named("gateway")) {
    site.gateways.emplace_back().name = gateway;
    ReadGateway(table, site.gateways.back());
  }
  TRY(file.Check());
  if (!site.default_gateway.empty() && site.FindGateway(site.default_gateway) == nullptr) {
    root.AddFault("default_gateway", "\"default_gateway\" names no [gateway.NAME] of this file");
  }
  TRY(file.Check());
  return site;
}

namespace {

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
  const policy::SmppProfile usual;
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
