#include "core/reader/number/character_folding.h"

#include <unicode/uchar.h>

#include <cstdint>

namespace signpost::reader::number {

// NOLINTNEXTLINE(readability-function-size): one table, as a switch
char FoldCharacter(char32_t c) {
  if (c < 0x80) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c < 0x20 || c == 0x7f ? ' ' : static_cast<char>(c);
  }
  const auto point = static_cast<UChar32>(c);
  if (const int32_t digit = u_charDigitValue(point); digit >= 0) {
    return static_cast<char>('0' + digit);
  }
  if (c >= 0xff01 && c <= 0xff5e) return FoldCharacter(c - 0xfee0);  // full-width ASCII
  switch (c) {
    case 0x2212:  // minus
    case 0x2043:  // hyphen bullet
    case 0x30fc:  // Japanese long sound
      return '-';
    case 0xfe62:
    case 0x207a:
    case 0x2795:
      return '+';
    case 0x2044:
    case 0x2215:
      return '/';
    case 0x00b7:
    case 0x2022:
    case 0x2024:
    case 0x2219:
    case 0x22c5:
    case 0x3002:
      return '.';
    case 0xfffd:  // was no text
      return kOtherLetter;
    case 0x2018:
    case 0x2019:
    case 0x02bc:
    case 0x2032:
      return '\'';
    case 0x201c:
    case 0x201d:
    case 0x2033:
      return '"';
    default:
      break;
  }
  switch (u_charType(point)) {
    case U_DASH_PUNCTUATION:
    case U_CONNECTOR_PUNCTUATION:
      return '-';
    case U_START_PUNCTUATION:
      return '(';
    case U_END_PUNCTUATION:
      return ')';
    case U_FORMAT_CHAR:
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_CONTROL_CHAR:
      return 0;
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_OTHER_SYMBOL:  // a telephone, a flag
    case U_MODIFIER_SYMBOL:
      return ' ';
    default:
      return kOtherLetter;
  }
}

}  // namespace signpost::reader::number
