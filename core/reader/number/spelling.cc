#include "core/reader/number/spelling.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/reader/number/character_folding.h"
#include "core/reader/text/decoder.h"
#include "crypto/base/ascii.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::number {

using wire::reader::Reason;

namespace {

bool IsFoldedLetter(char c) { return (c >= 'a' && c <= 'z') || c == kOtherLetter; }
size_t CountDigits(std::string_view s) {
  return static_cast<size_t>(std::count_if(s.begin(), s.end(), IsDigit));
}
bool HasLetter(std::string_view s) { return std::any_of(s.begin(), s.end(), IsFoldedLetter); }

std::string_view TrimOf(std::string_view s, std::string_view chars) {
  const size_t first = s.find_first_not_of(chars);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(chars) - first + 1);
}

constexpr std::string_view kSeparators = " -.,()[]{}/\\~_";

// Words that people put before or after a number. Whoever adds one: it must not be a name.
constexpr std::string_view kLabels[] = {
    "a",       "b",     "c",        "cell", "cellphone", "contact",   "gsm",       "h",
    "handy",   "home",  "iphone",   "m",    "main",      "mob",       "mobil",     "mobile",
    "mobiel",  "new",   "no",       "nr",   "num",       "number",    "o",         "office",
    "old",     "other", "p",        "ph",   "phone",     "pref",      "preferred", "primary",
    "private", "sms",   "t",        "tel",  "telefon",   "telephone", "text",      "unknown",
    "voice",   "w",     "whatsapp", "work"};

// All words of `s` are labels.
bool IsLabel(std::string_view s) {
  bool any = false;
  while (true) {
    s = TrimOf(s, " -.,:;()[]/&");
    if (s.empty()) return any;
    const size_t end = std::min(s.find_first_of(" -.,:;()[]/&"), s.size());
    const std::string_view word = s.substr(0, end);
    if (std::find(std::begin(kLabels), std::end(kLabels), word) == std::end(kLabels)) return false;
    any = true;
    s.remove_prefix(end);
  }
}

// "4.47701e+11": digits are lost for good, however few they seem to be.
bool IsScientific(std::string_view s) {
  const size_t e = s.find('e');
  if (e == std::string_view::npos || e == 0) return false;
  std::string_view mantissa = TrimOf(s.substr(0, e), " "), exponent = TrimOf(s.substr(e + 1), " ");
  if (!mantissa.empty() && (mantissa[0] == '+' || mantissa[0] == '-')) mantissa.remove_prefix(1);
  if (!exponent.empty() && (exponent[0] == '+' || exponent[0] == '-')) exponent.remove_prefix(1);
  return CountDigits(mantissa) > 0 && mantissa.find_first_not_of("0123456789.,") == mantissa.npos &&
         !exponent.empty() && exponent.size() <= 3 && CountDigits(exponent) == exponent.size();
}

// What a byte is in a plain cell. Of the separators, those that Tail() looks at are not plain: what
// they stand before may be a second number or an extension.
enum class Plainly : uint8_t { kNot, kDigit, kSeparator, kDot, kPlus };

constexpr std::array<Plainly, 256> PlainMeanings() {
  std::array<Plainly, 256> meanings{};
  for (size_t c = 0; c < 0x20; ++c) meanings[c] = Plainly::kSeparator;
  meanings[0x7f] = Plainly::kSeparator;
  for (const unsigned char c : {' ', '-', '(', ')', '[', ']', '{', '}', '~', '_'}) {
    meanings[c] = Plainly::kSeparator;
  }
  for (size_t c = '0'; c <= '9'; ++c) meanings[c] = Plainly::kDigit;
  meanings['.'] = Plainly::kDot;
  meanings['+'] = Plainly::kPlus;
  return meanings;
}

}  // namespace

// Reads one cell. Everything is a view into text_, which is wiped.
class SpellingReader {
 public:
  explicit SpellingReader(Spelling& out) : out_(out) {}

  // The usual cell: digits, pluses, and separators that hide nothing. Nullopt: there is something
  // else in it, and Read() must look. It answers what Read() would, which for such a cell comes
  // down to Digits() and Take(); spelling_test.cc compares the two.
  std::optional<Reason> ReadPlain(std::string_view utf8) {
    static constexpr std::array<Plainly, 256> kMeanings = PlainMeanings();
    if (utf8.size() > text_.size()) return std::nullopt;
    size_t begin = 0, since_dot = 3;  // digits
    bool nonzero = false, two = false;
    for (const char c : utf8) {
      switch (kMeanings[static_cast<uint8_t>(c)]) {
        case Plainly::kDigit:
          nonzero |= c != '0';
          ++since_dot;
          text_[used_++] = c;
          break;
        case Plainly::kSeparator:
          break;
        case Plainly::kDot:
          since_dot = 0;
          break;
        case Plainly::kPlus:
          two |= nonzero;
          out_.international_ = true;
          begin = used_;
          break;
        case Plainly::kNot:
          out_.international_ = false;
          return std::nullopt;
      }
    }
    if (since_dot <= 2) {  // may be a decimal tail
      out_.international_ = false;
      return std::nullopt;
    }
    if (two) return Reason::kAmbiguous;
    return Settle({text_.data() + begin, used_ - begin});
  }

  Reason Read(std::string_view utf8) {
    const std::optional<std::string_view> folded = FoldAll(utf8);
    if (!folded) return Reason::kNotANumber;
    // Spreadsheet escapes and quotes around the whole.
    std::string_view s = TrimOf(*folded, " '\"`=");
    s = TrimOf(s, " ;,");
    if (s.empty()) return Reason::kNotANumber;
    if (s.starts_with("tel:") || s.starts_with("sms:") || s.starts_with("callto:")) {
      return Uri(s.substr(s.find(':') + 1));
    }
    if (s.find('@') != std::string_view::npos) return WhatsappId(s);
    if (IsScientific(s)) return Reason::kScientific;
    if (const Reason reason = Label(s); reason != Reason::kAccepted) return reason;
    if (IsScientific(s)) return Reason::kScientific;
    return Plain(s);
  }

 private:
  // Spaces are single in what it returns; nullopt: too long to be a number with a label.
  std::optional<std::string_view> FoldAll(std::string_view utf8) {
    size_t size = 0;
    used_ = text_.size();
    while (!utf8.empty()) {
      const char c = FoldCharacter(text::TakeCodePoint(utf8));
      if (c == 0 || (c == ' ' && (size == 0 || text_[size - 1] == ' '))) continue;
      if (size == text_.size()) return std::nullopt;
      text_[size++] = c;
    }
    if (size > 0 && text_[size - 1] == ' ') --size;
    return std::string_view(text_.data(), size);
  }

  // digits[.agent][:device]@s.whatsapp.net is a person's number; groups, lists and hidden ids
  // (@g.us, @broadcast, @lid) are not, nor is an e-mail address.
  Reason WhatsappId(std::string_view s) {
    const size_t at = s.find('@');
    const std::string_view host = s.substr(at + 1);
    if (host != "s.whatsapp.net" && host != "c.us") return Reason::kNotANumber;
    std::string_view user = s.substr(0, at);
    if (const size_t space = user.rfind(' '); space != std::string_view::npos) {
      user.remove_prefix(space + 1);  // "WhatsApp User Id: 44..."
    }
    user = user.substr(0, user.find_first_of(".:"));
    if (user.starts_with("+")) user.remove_prefix(1);
    if (user.empty() || CountDigits(user) != user.size()) return Reason::kNotANumber;
    out_.international_ = true;
    return Take(user);
  }

  // RFC 3966: tel:+44...;ext=5, tel:7...;phone-context=+44. Percent escapes of "+" and " " are met.
  Reason Uri(std::string_view s) {
    const size_t end = std::min(s.find_first_of(";?"), s.size());
    std::string_view parameters = s.substr(end);
    if (parameters.find(";ext=") != std::string_view::npos) out_.extension_ = true;
    s = Unescape(TrimOf(s.substr(0, end), " /"));
    const size_t context = parameters.find("phone-context=+");
    if (context == std::string_view::npos || s.starts_with("+")) return Plain(s);
    parameters.remove_prefix(context + 15);
    parameters = parameters.substr(0, parameters.find_first_of(";?"));
    memory::Wiped<std::array<char, 2 * Spelling::kMaxDigits>> global{};
    size_t size = 0;
    for (const std::string_view part : {parameters, s}) {
      for (const char c : part) {
        if (HasLetter({&c, 1}) || size == global.size()) return Reason::kNotANumber;
        if (IsDigit(c)) global[size++] = c;
      }
    }
    out_.international_ = true;
    return Take({global.data(), size});
  }

  std::string_view Unescape(std::string_view s) {
    if (s.empty()) return s;
    const size_t from = static_cast<size_t>(s.data() - text_.data());
    size_t to = from;
    for (size_t i = 0; i < s.size(); ++i) {
      const std::string_view escape = s.substr(i, 3);
      const char c = escape == "%20" ? ' ' : escape == "%2b" ? '+' : s[i];
      if (escape == "%20" || escape == "%2b") i += 2;
      text_[to++] = c;
    }
    return {text_.data() + from, to - from};
  }

  // Takes "Mobile: ", "Phone-_$!<Mobile>!$_: ", "p:", "Tel. " off the front. A fax or pager by its
  // own word is no handset.
  static Reason Label(std::string_view& s) {
    const size_t first = s.find_first_of("0123456789+*#");
    const size_t colon = s.find_last_of(':');
    if (colon != std::string_view::npos && HasLetter(s.substr(0, colon))) {
      const std::string_view label = s.substr(0, colon);
      if (label.size() > 48 || CountDigits(label) > 2) return Reason::kNotANumber;
      if (label.find("fax") != std::string_view::npos) return Reason::kOtherKind;
      if (label.find("pager") != std::string_view::npos) return Reason::kPager;
      s = TrimOf(s.substr(colon + 1), " '\"");
      return Reason::kAccepted;
    }
    if (first == std::string_view::npos) return Reason::kNotANumber;
    const std::string_view words = s.substr(0, first);
    if (!HasLetter(words)) return Reason::kAccepted;
    if (words.find("fax") != std::string_view::npos) return Reason::kOtherKind;
    if (!IsLabel(words)) return Reason::kNotANumber;
    s.remove_prefix(first);
    return Reason::kAccepted;
  }

  // ... 55, ext. 55, x55, #55, ,,55 (pause), ;55 (wait). `s` is what follows the digits.
  static bool IsExtension(std::string_view s) {
    s = TrimOf(s, " -.,;:()/");
    for (const std::string_view word : {"extension", "extn", "ext", "ex", "xtn", "x", "#", "p", "w",
                                        "poste", "durchwahl", "dw"}) {
      if (!s.starts_with(word)) continue;
      s.remove_prefix(word.size());
      break;
    }
    s = TrimOf(s, " .:-=#");
    return !s.empty() && s.size() <= 9 && CountDigits(s) == s.size();
  }

  Reason Plain(std::string_view s) {
    if (s.starts_with("#31#") || s.starts_with("*31#")) s = TrimOf(s.substr(4), " ");
    if (!s.empty() && (s[0] == '*' || s[0] == '#')) {
      const bool code = s.find_first_not_of("*#0123456789") == std::string_view::npos;
      return code && CountDigits(s) >= 3 && CountDigits(s) <= 6 ? Reason::kShortCode
                                                                : Reason::kNotANumber;
    }
    const auto is_core = [](char c) {
      return IsDigit(c) || c == '+' || kSeparators.find(c) != std::string_view::npos;
    };
    const auto stop =
        static_cast<size_t>(std::find_if_not(s.begin(), s.end(), is_core) - s.begin());
    std::string_view core = s.substr(0, stop);
    const std::string_view after = s.substr(stop);
    if (!after.empty() && after != "#") {
      if (IsExtension(after)) {
        out_.extension_ = true;
      } else if (!IsLabel(after) ||
                 // a letter that touches a digit is part of it
                 (!core.empty() && (IsDigit(core.back()) || core.back() == '+'))) {
        return Reason::kNotANumber;
      }
    }
    core = TrimOf(core, kSeparators);
    if (const Reason reason = Tail(core); reason != Reason::kAccepted) return reason;
    return Digits(core);
  }

  // What hangs on a number that is whole without it: a pause and an extension, the second of two
  // numbers in short ("900123/4"), a decimal tail of a spreadsheet.
  Reason Tail(std::string_view& core) {
    const size_t mark = core.find_last_of(",/\\.");
    if (mark == std::string_view::npos) return Reason::kAccepted;
    const std::string_view before = core.substr(0, mark), tail = core.substr(mark + 1);
    const size_t digits = CountDigits(before);
    if (core[mark] == '.' || core[mark] == ',') {
      const bool zero = tail == "0" || tail == "00";
      if (zero && digits >= 9 && CountDigits(before) == before.size()) {
        core = before;
        return Reason::kAccepted;
      }
    }
    if (digits < 10 || CountDigits(tail) == 0) return Reason::kAccepted;
    if (core[mark] == ',') {
      out_.extension_ = true;
      core = TrimOf(before, kSeparators);
    } else if (core[mark] != '.' && CountDigits(tail) <= 3) {
      return Reason::kAmbiguous;
    }
    return Reason::kAccepted;
  }

  // The plus, and what stands for one.
  Reason Digits(std::string_view core) {
    if (const size_t plus = core.rfind('+'); plus != std::string_view::npos) {
      const std::string_view before = core.substr(0, plus);
      // "0+44", "00 +44", "++44": nothing but zeros in front.
      if (std::any_of(before.begin(), before.end(), [](char c) { return c >= '1' && c <= '9'; })) {
        return Reason::kAmbiguous;
      }
      out_.international_ = true;
      core.remove_prefix(plus + 1);
    }
    return Take(core);
  }

  // Copies the digits and settles the zeros in front.
  Reason Take(std::string_view core) {
    memory::Wiped<std::array<char, sizeof text_>> digits;
    size_t size = 0;
    for (const char c : core) {
      if (IsDigit(c)) digits[size++] = c;
    }
    return Settle({digits.data(), size});
  }

  Reason Settle(std::string_view d) {
    if (d.empty()) return Reason::kNotANumber;
    if (out_.international_ && d.starts_with("00")) d.remove_prefix(2);
    if (out_.international_ && d.starts_with("0")) out_.international_ = false;  // +07...
    const bool code = !out_.international_ && !d.starts_with("0");
    if (d.size() <= 2) return Reason::kTooShort;
    if (d.size() <= 6) return code ? Reason::kShortCode : Reason::kTooShort;
    if (d.size() > Spelling::kMaxDigits) return Reason::kTooLong;
    std::copy(d.begin(), d.end(), out_.digits_.begin());
    out_.size_ = d.size();
    return Reason::kAccepted;
  }

  Spelling& out_;
  memory::Wiped<std::array<char, 128>> text_;  // the first used_ have been written
  size_t used_ = 0;
};

Spelling::Spelling(std::string_view utf8) {
  SpellingReader reader(*this);
  const std::optional<Reason> plain = reader.ReadPlain(utf8);
  reason_ = plain ? *plain : reader.Read(utf8);
}

Spelling::Spelling(std::string_view utf8, InFull) { reason_ = SpellingReader(*this).Read(utf8); }

}  // namespace signpost::reader::number
