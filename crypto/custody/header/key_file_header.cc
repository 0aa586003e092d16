#include "crypto/custody/header/key_file_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace signpost::custody {
namespace {

constexpr std::string_view kFirstLine = "signpost-key/v1\n";
constexpr size_t kMaxVkeyBytes = 256;
constexpr size_t kMaxWitnesses = 32;

constexpr KeyPurpose kPurposes[] = {KeyPurpose::kRoot, KeyPurpose::kContactToken,
                                    KeyPurpose::kOptOutToken, KeyPurpose::kOpenerState,
                                    KeyPurpose::kEpoch};

// Takes "<word> <value>\n" off the front; nothing (and nothing taken) when another line is there.
std::optional<std::string_view> Take(std::string_view& rest, std::string_view word) {
  if (rest.size() <= word.size() || !rest.starts_with(word) || rest[word.size()] != ' ') {
    return std::nullopt;
  }
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = rest.substr(word.size() + 1, end - word.size() - 1);
  rest.remove_prefix(end + 1);
  return value;
}

// A vkey is checked by who verifies with it; here only that it is one printable word.
bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kMaxVkeyBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<uint8_t>(c);
           return byte > 0x20 && byte != 0x7f;
         });
}

std::optional<Digest> ParseHex32(std::string_view hex) {
  const auto bytes = FromHex(hex);
  if (!bytes || bytes->size() != 32) return std::nullopt;
  Digest out;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

tl::unexpected<Error> NotAKeyFile(std::string_view line) {
  return Fail(Code::kInput, fmt::format("not a key file: line '{}'", line));
}

Result<TrustRoot> TakeTrustRoot(std::string_view& rest) {
  TrustRoot trust;
  const auto mode_name = Take(rest, "mode");
  const auto mode = mode_name ? ParseMode(*mode_name) : std::nullopt;
  if (!mode) return NotAKeyFile("mode");
  trust.mode = *mode;
  const auto policy_hex = Take(rest, "genesis-policy");
  const auto policy = policy_hex ? ParseHex32(*policy_hex) : std::nullopt;
  if (!policy) return NotAKeyFile("genesis-policy");
  trust.genesis_policy = *policy;
  const auto ledger = Take(rest, "ledger");
  if (!ledger || !IsWord(*ledger)) return NotAKeyFile("ledger");
  trust.ledger_vkey = *ledger;
  while (const auto witness = Take(rest, "witness")) {
    if (!IsWord(*witness) || trust.witness_vkeys.size() == kMaxWitnesses) {
      return NotAKeyFile("witness");
    }
    trust.witness_vkeys.emplace_back(*witness);
  }
  return trust;
}

Result<EpochFacts> TakeEpoch(std::string_view& rest) {
  EpochFacts facts;
  const auto id_hex = Take(rest, "epoch");
  const auto id = id_hex ? EpochId::FromHex(*id_hex) : std::nullopt;
  if (!id) return NotAKeyFile("epoch");
  facts.epoch = *id;
  const auto key_hex = Take(rest, "public");
  const auto key = key_hex ? ParseHex32(*key_hex) : std::nullopt;
  if (!key) return NotAKeyFile("public");
  facts.public_key = *key;
  const auto from_text = Take(rest, "from");
  const auto from = from_text ? Day::Parse(*from_text) : std::nullopt;
  if (!from) return NotAKeyFile("from");
  facts.from = *from;
  const auto deadline_text = Take(rest, "deadline");
  const auto deadline = deadline_text ? Day::Parse(*deadline_text) : std::nullopt;
  if (!deadline || *deadline < *from) return NotAKeyFile("deadline");
  facts.deadline = *deadline;
  return facts;
}

}  // namespace

std::string_view PurposeName(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::kRoot:
      return "root";
    case KeyPurpose::kContactToken:
      return "contact-token";
    case KeyPurpose::kOptOutToken:
      return "opt-out-token";
    case KeyPurpose::kOpenerState:
      return "opener-state";
    case KeyPurpose::kEpoch:
      return "epoch";
  }
  return "root";
}

std::string EncodeKeyFileHeader(const KeyFileHeader& header) {
  std::string out(kFirstLine);
  out += fmt::format("purpose {}\nmode {}\ngenesis-policy {}\nledger {}\n",
                     PurposeName(header.purpose), ModeName(header.trust.mode),
                     ToHex(header.trust.genesis_policy), header.trust.ledger_vkey);
  for (const std::string& witness : header.trust.witness_vkeys) {
    out += fmt::format("witness {}\n", witness);
  }
  out += fmt::format("generation {}\n", header.generation);
  if (header.epoch) {
    out += fmt::format("epoch {}\npublic {}\nfrom {}\ndeadline {}\n", header.epoch->epoch.Hex(),
                       ToHex(header.epoch->public_key), header.epoch->from.Text(),
                       header.epoch->deadline.Text());
  }
  return out;
}

Result<KeyFileHeader> ReadKeyFileHeader(std::string_view key_file) {
  std::string_view rest = key_file;
  if (!rest.starts_with(kFirstLine)) return Fail(Code::kInput, "not a key file");
  rest.remove_prefix(kFirstLine.size());
  KeyFileHeader header;
  const auto purpose = Take(rest, "purpose");
  const auto* const found =
      std::find_if(std::begin(kPurposes), std::end(kPurposes),
                   [&](KeyPurpose p) { return purpose && PurposeName(p) == *purpose; });
  if (found == std::end(kPurposes)) return NotAKeyFile("purpose");
  header.purpose = *found;
  TRY_ASSIGN(header.trust, TakeTrustRoot(rest));
  const auto generation = Take(rest, "generation");
  if (!generation ||
      std::from_chars(generation->data(), generation->data() + generation->size(),
                      header.generation)
              .ec != std::errc() ||
      header.generation == 0) {
    return NotAKeyFile("generation");
  }
  if (header.purpose == KeyPurpose::kEpoch) {
    TRY_ASSIGN(header.epoch, TakeEpoch(rest));
  }
  if (!rest.starts_with("kdf ")) return NotAKeyFile("kdf");
  // One form only: upper-case hex, a leading zero or a '+' would be other bytes for the same facts.
  if (!key_file.starts_with(EncodeKeyFileHeader(header)) ||
      EncodeKeyFileHeader(header).size() != key_file.size() - rest.size()) {
    return Fail(Code::kInput, "not a key file: a line is not in its canonical form");
  }
  return header;
}

}  // namespace signpost::custody
