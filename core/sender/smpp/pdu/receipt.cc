#include "core/sender/smpp/pdu/receipt.h"

#include <algorithm>

namespace signpost::sender::smpp {
namespace {

constexpr uint8_t kTypeMask = 0x3C;
constexpr uint8_t kReceiptType = 0x04;
constexpr uint8_t kIntermediateType = 0x20;

struct Word {
  std::string_view text;  // the spellings in use share these beginnings
  Delivery delivery;
};
constexpr Word kWords[] = {
    {"deliv", Delivery::kDelivered},   {"dlvrd", Delivery::kDelivered},
    {"expir", Delivery::kUndelivered}, {"delet", Delivery::kUndelivered},
    {"undel", Delivery::kUndelivered}, {"rejec", Delivery::kUndelivered},
    {"skipp", Delivery::kUndelivered}, {"accep", Delivery::kAccepted},
    {"enrou", Delivery::kEnroute},     {"buffe", Delivery::kEnroute},
    {"sched", Delivery::kEnroute},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool StartsWithNoCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(),
                                                   [](char a, char b) { return a == Lower(b); });
}

// The value of "name:" at the start of the text or behind a space; up to the next space.
std::string_view Field(std::string_view text, std::string_view name) {
  bool at_word = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (at_word && StartsWithNoCase(text.substr(i), "text:")) break;
    if (at_word && StartsWithNoCase(text.substr(i), name)) {
      std::string_view value = text.substr(i + name.size());
      const size_t end = value.find_first_of(std::string_view(" \t\r\n\0", 5));
      return value.substr(0, end);
    }
    at_word = text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r';
  }
  return {};
}

Delivery FromState(uint8_t state) {
  switch (state) {
    case 0:  // SCHEDULED
    case 1:
      return Delivery::kEnroute;
    case 2:
      return Delivery::kDelivered;
    case 3:
    case 4:
    case 5:
    case 8:
    case 9:  // SKIPPED
      return Delivery::kUndelivered;
    case 6:
      return Delivery::kAccepted;
    default:
      return Delivery::kUnknown;
  }
}

Delivery FromWord(std::string_view word) {
  for (const Word& known : kWords) {
    if (StartsWithNoCase(word, known.text)) return known.delivery;
  }
  return Delivery::kUnknown;
}

}  // namespace

std::optional<Receipt> ParseReceipt(const Message& message) {
  const uint8_t type = message.esm_class & kTypeMask;
  const bool marked = type == kReceiptType || type == kIntermediateType;
  // Some centres forget to mark it; only a centre, never a handset, adds these TLVs.
  const bool by_tlv = message.receipted_id && message.state;
  if (!marked && !by_tlv) return std::nullopt;

  ByteView octets = message.text();
  const bool header = (message.esm_class & kHasHeader) != 0 && !octets.empty();
  if (header && octets.size() > octets[0]) octets = octets.subspan(size_t{octets[0]} + 1);
  const std::string_view text = AsText(octets);
  Receipt receipt;
  receipt.id = message.receipted_id && !message.receipted_id->empty() ? *message.receipted_id
                                                                      : Field(text, "id:");
  if (receipt.id.size() > 64) receipt.id = {};
  receipt.delivery = message.state ? FromState(*message.state) : FromWord(Field(text, "stat:"));
  receipt.intermediate = type == kIntermediateType || receipt.delivery == Delivery::kEnroute;
  return receipt;
}

}  // namespace signpost::sender::smpp
