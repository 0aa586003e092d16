#include "core/reader/extraction/header.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/reader/extraction/value.h"

namespace signpost::reader::extraction {
namespace {

using Words = std::vector<std::string>;

// Lower-case runs of letters (any script) and digits: "Phone 1 - Value" is phone, 1, value. A
// capital inside a word begins another: "phoneNumber" is phone, number.
Words WordsOf(std::string_view text) {
  Words words;
  bool in_word = false, was_lower = false;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = (c >= 'a' && c <= 'z') || static_cast<uint8_t>(c) >= 0x80;
    const bool digit = c >= '0' && c <= '9';
    if (!upper && !lower && !digit) {
      in_word = was_lower = false;
      continue;
    }
    if (!in_word || (upper && was_lower)) words.emplace_back();
    words.back() += upper ? static_cast<char>(c - 'A' + 'a') : c;
    in_word = true;
    was_lower = lower;
  }
  return words;
}

bool HasAny(const Words& words, std::initializer_list<std::string_view> list) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  });
}

// Compounds: Telefonnummer, Mobilfunk, Handynummer, cellphone.
bool HasPart(const Words& words, std::initializer_list<std::string_view> parts) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return word.find(part) != std::string::npos; });
  });
}

bool SaysPhone(const Words& w) {
  return HasPart(w, {"phone", "mobil", "telef", "handy", "cellul", "msisdn", "rufnummer",
                     "whatsapp", "téléphone", "teléfono", "мобил", "телефон", "telèfon"}) ||
         HasAny(w, {"tel", "tels", "mob", "cell", "gsm", "mobiel", "movil", "móvil", "portable",
                    "handset", "viber", "whats", "callback", "komórka"});
}

bool SaysType(const Words& w) {
  return HasAny(w, {"type", "types", "label", "typ", "kind", "art", "soort"});
}

// Beside "phone" these make it something about a phone, not its number.
bool SaysPropertyOfPhone(const Words& w) {
  if (HasAny(w, {"id"})) return !HasAny(w, {"caller", "whats", "whatsapp"});
  return HasAny(
      w, {"model",   "make",     "brand",    "os",        "imei", "imsi",    "iccid",    "network",
          "carrier", "operator", "provider", "name",      "date", "time",    "duration", "count",
          "email",   "mail",     "version",  "extension", "ext",  "country", "status"});
}

// Beside "number" these make it another kind of number.
bool SaysOtherNumber(const Words& w) {
  return HasAny(w, {"account", "acct",   "order",    "house",   "ref",      "reference", "serial",
                    "bank",    "policy", "case",     "exhibit", "row",      "flat",      "vat",
                    "invoice", "nhs",    "passport", "licence", "license",  "badge",     "custody",
                    "card",    "sort",   "ni",       "tax",     "postal",   "post",      "zip",
                    "street",  "item",   "index",    "id",      "tracking", "plate",     "crime"});
}

bool SaysSomethingElse(const Words& w) {
  return HasPart(w, {"name", "mail", "date", "datum", "street", "post", "note", "birth"}) ||
         HasAny(w, {"name",         "city",   "country", "url",     "web",     "website",
                    "company",      "title",  "group",   "photo",   "time",    "duration",
                    "direction",    "status", "body",    "text",    "subject", "message",
                    "organization", "age",    "town",    "source",  "account", "region",
                    "id",           "uuid",   "gender",  "nickname"});
}

}  // namespace

bool SaysTime(std::string_view cell) {
  if (cell.size() > 128) return false;
  const Words words = WordsOf(cell);
  if (HasPart(words, {"duration", "birth", "anniversary", "creat", "modif", "updat", "zone",
                      "delet", "expir", "version"}) ||
      HasAny(words, {"end", "ended", "read", "delivered", "talk", "added", "length", "times"})) {
    return false;
  }
  return HasPart(words, {"timestamp", "datum", "zeit", "fecha", "heure"}) ||
         HasAny(words, {"date", "time", "datetime", "started", "when", "stamp"});
}

bool SaysFaxOrPager(std::string_view text) {
  const Words words = WordsOf(text);
  return HasPart(words, {"fax", "pager"}) || HasAny(words, {"modem", "telex", "tty", "beeper"});
}

Heading HeadingOf(std::string_view cell) {
  if (cell.size() > 128) return Heading::kUnknown;
  const Words words = WordsOf(cell);
  if (words.empty()) return Heading::kUnknown;
  const bool phone = SaysPhone(words);
  if (SaysType(words)) return phone ? Heading::kTypeOf : Heading::kOther;
  if (SaysFaxOrPager(cell)) return Heading::kFax;
  if (phone) return SaysPropertyOfPhone(words) ? Heading::kOther : Heading::kStrong;
  const bool number = HasPart(words, {"number", "nummer", "numero", "número", "numéro", "numer"}) ||
                      HasAny(words, {"no", "nos", "nr", "num"});
  if (number) return SaysOtherNumber(words) ? Heading::kOther : Heading::kWeak;
  if (HasAny(
          words,
          {"caller",   "callee",     "called", "calling", "recipient",   "recipients",   "sender",
           "from",     "to",         "party",  "parties", "participant", "participants", "contact",
           "contacts", "identifier", "jid",    "handle",  "address",     "destination",  "partners",
           "entries",  "dialled",    "dialed", "signal",  "sms"})) {
    return SaysSomethingElse(words) && !HasAny(words, {"caller", "source"}) ? Heading::kOther
                                                                            : Heading::kWeak;
  }
  return SaysSomethingElse(words) ? Heading::kOther : Heading::kUnknown;
}

}  // namespace signpost::reader::extraction
