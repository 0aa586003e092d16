// Tells of one cell or property value whether it looks like a number, and how many are in it.
// Shape only, no numbering plan: what a number is worth is the normaliser's to say.
// Pure; views point into the argument; nothing is kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::reader::extraction {

std::string_view Trim(std::string_view text);  // spaces, tabs and line ends at both ends
bool IsBlank(std::string_view text);
// ASCII letters in lower case; everything else as it is.
std::string LowerAscii(std::string_view text);
// Decimal digits, in ASCII, full-width and Arabic-Indic forms.
size_t CountDigits(std::string_view utf8);

// How much a cell is like a telephone number, for columns without a telling header.
enum class Likeness {
  kNone,    // words, dates, times, amounts
  kDigits,  // 7 to 15 digits and nothing else: may as well be an id or a time stamp
  kNumber,  // the same with a plus, a leading zero, brackets or groups: a number to a human eye
};
Likeness LikenessOf(std::string_view utf8);

// The values of a cell that holds several: joined by " ::: " or a line end always, and by ";", ",",
// "/", "|", "&", "+" or a word only where every part with a digit in it is a number by itself
// (7 to 15 digits) or an e-mail address. Everything else stays one value, so that one number
// written with odd separators, or with its extension, is not cut in two. Blank parts are left out.
std::vector<std::string_view> SplitValues(std::string_view cell);

}  // namespace signpost::reader::extraction
