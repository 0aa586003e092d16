#include "core/sender/reply/reply.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/sender/reply/character_folding.h"
#include "core/shared/sms/alphabet.h"

namespace signpost::sender::reply {
namespace {

// As the first word, or alone. Folded: lower case, no accents.
constexpr std::string_view kFirstWords[] = {
    "stop",        "stopall",  "stopp",    "stpo",     "sotp",   "tsop",   "stopped",
    "stopping",    "unsub",    "cancel",   "end",      "quit",   "revoke", "optout",
    "unsubscribe", "remove",   "td",       "arret",    "arrete", "arrett", "arreter",  // French
    "stopio",      "peidiwch",                                                         // Welsh
    "abmelden",    "stoppen",  "afmelden",                                // German, Dutch
    "parar",       "baja",     "alto",     "cancelar", "sair",   "pare",  // Spanish, Portuguese
    "basta",       "ferma",    "przestan", "koniec",                      // Italian, Polish
    "ndal",        "opreste",                                             // Albanian, Romanian
};

// Anywhere, as whole words.
constexpr std::string_view kAnywhere[] = {
    "stop",           "stopp",         "stopall",
    "unsubscribe",    "optout",        "opt out",
    "opt me out",     "remove me",     "remove my",
    "take me off",    "delete my",     "lose my",
    "leave me alone", "do not text",   "dont text",
    "do not message", "dont message",  "do not contact",
    "dont contact",   "no more texts", "no more messages",
    "never text",     "never message", "never contact",
};

// Words that are one slip away from "stop" but say something.
constexpr std::string_view kNotSlips[] = {"shop", "step", "top", "slop", "atop"};

bool HasPhrase(std::string_view text, std::string_view phrase) {
  for (size_t at = text.find(phrase); at != std::string_view::npos;
       at = text.find(phrase, at + 1)) {
    const size_t end = at + phrase.size();
    if ((at == 0 || text[at - 1] == ' ') && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

// "s t o p": every word is one letter.
std::optional<std::string> SpelledOut(std::string_view text) {
  std::string joined;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] == ' ') != (i % 2 == 1)) return std::nullopt;
    if (i % 2 == 0) joined.push_back(text[i]);
  }
  return joined;
}

// One letter wrong, missing, too many, or two swapped (Damerau-Levenshtein distance at most 1).
bool OneSlipFrom(std::string_view word, std::string_view target) {
  const auto [shared, rest] = std::mismatch(word.begin(), word.end(), target.begin(), target.end());
  const std::string_view a = word.substr(static_cast<size_t>(shared - word.begin()));
  const std::string_view b = target.substr(static_cast<size_t>(rest - target.begin()));
  if (a.empty() && b.empty()) return true;
  const auto tail = [](std::string_view text, size_t drop) {
    return drop <= text.size() ? text.substr(drop) : std::string_view{};
  };
  if (a.size() == b.size() && tail(a, 1) == tail(b, 1)) return true;
  if (a.size() == b.size() + 1 && tail(a, 1) == b) return true;
  if (a.size() + 1 == b.size() && a == tail(b, 1)) return true;
  return a.size() == b.size() && a.size() >= 2 && a[0] == b[1] && a[1] == b[0] &&
         tail(a, 2) == tail(b, 2);
}

bool FoldedSaysStop(std::string_view text) {
  if (text.empty()) return false;
  const std::string_view first = text.substr(0, text.find(' '));
  if (first.substr(0, 4) == "stop") return true;
  if (std::find(std::begin(kFirstWords), std::end(kFirstWords), first) != std::end(kFirstWords)) {
    return true;
  }
  for (const std::string_view phrase : kAnywhere) {
    if (HasPhrase(text, phrase)) return true;
  }
  const bool one_word = first.size() == text.size();
  const bool says_else =
      std::find(std::begin(kNotSlips), std::end(kNotSlips), first) != std::end(kNotSlips);
  return one_word && !says_else && OneSlipFrom(first, "stop");
}

bool IsUtf8(ByteView octets) {
  std::string_view rest = AsText(octets);
  while (!rest.empty()) {
    if (!sms::TakeCodePoint(rest)) return false;
  }
  return true;
}

bool IsUcs2(uint8_t data_coding) {
  const uint8_t group = data_coding >> 4;
  return (group < 4 || group == 0xE) && (data_coding & 0x0C) == 0x08;
}

bool HasHighBit(ByteView octets) {
  return std::any_of(octets.begin(), octets.end(), [](uint8_t b) { return b >= 0x80; });
}

// UTF-16 that nobody announced: every other octet of Latin text is zero.
bool LooksLikeUtf16(ByteView octets) {
  return octets.size() >= 2 && octets.size() % 2 == 0 && (octets[0] == 0 || octets[1] == 0);
}

std::string DecodeUtf16(ByteView octets) {
  // Little-endian with a byte order mark, or plainly so: seen from handset applications.
  const bool marked = octets.size() >= 2 && octets[0] == 0xFF && octets[1] == 0xFE;
  const bool plainly = octets.size() >= 2 && octets[0] != 0 && octets[1] == 0;
  if (!marked && !plainly) return sms::DecodeUtf16Be(octets);
  Bytes swapped(octets.begin(), octets.end());
  for (size_t i = 0; i + 1 < swapped.size(); i += 2) std::swap(swapped[i], swapped[i + 1]);
  return sms::DecodeUtf16Be(swapped);
}

}  // namespace

ByteView WithoutHeader(ByteView octets) {
  if (octets.empty() || size_t{octets[0]} + 1 > octets.size()) return octets;
  return octets.subspan(size_t{octets[0]} + 1);
}

bool SaysStop(std::string_view utf8) {
  const std::string folded = Fold(utf8);
  if (FoldedSaysStop(folded)) return true;
  const auto spelled = SpelledOut(folded);
  return spelled && FoldedSaysStop(*spelled);
}

bool SaysStop(ByteView octets, uint8_t data_coding, bool has_header) {
  const ByteView text = has_header ? WithoutHeader(octets) : octets;
  if (IsUcs2(data_coding) || LooksLikeUtf16(text)) {
    if (SaysStop(DecodeUtf16(text))) return true;
  }
  if (HasHighBit(text) && IsUtf8(text) && SaysStop(AsText(text))) return true;
  return SaysStop(sms::DecodeLatin1(text)) || SaysStop(sms::DecodeGsm(text));
}

std::string Decode(ByteView octets, uint8_t data_coding, bool has_header) {
  const ByteView text = has_header ? WithoutHeader(octets) : octets;
  if (IsUcs2(data_coding)) return DecodeUtf16(text);
  if (data_coding == 3 || HasHighBit(text)) return sms::DecodeLatin1(text);
  return sms::DecodeGsm(text);
}

}  // namespace signpost::sender::reply
