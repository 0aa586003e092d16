#include "core/sender/reply/character_folding.h"

#include "core/shared/sms/alphabet.h"

namespace signpost::sender::reply {
namespace {

// The base letter of each code point of Latin-1 Supplement from U+00C0, Latin Extended-A and -B
// (to U+024F), and of Latin Extended Additional (U+1E00 to U+1EFF): Unicode's compatibility
// decomposition without its marks, first letter, and by hand for strokes and hooks. '.': no letter
// of ours.
constexpr std::string_view kLatin =
    "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkk.lllllll"
    "lllnnnnnn.nnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    "bbbb..occ.ddd.eeeffg...ikkl..nnooo..pp......tttuu.vyyzz........."
    "....dddlllnnnaaiioouuuuuuuuuueaaaaaaggggkkoooo..jdddgg..nnaaaaoo"
    "aaaaeeeeiiiioooorrrruuuusstt..hhnd..zzaaeeooooooooyylnt...acclts"
    "z..bu.eejjqqrryy";
constexpr std::string_view kLatinAdditional =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwyas..s.aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";
static_assert(kLatin.size() == 0x250 - 0xC0 && kLatinAdditional.size() == 0x100);

constexpr char kNothing = '\0';
constexpr char kSpace = ' ';

bool In(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

char Letter(char32_t offset) { return static_cast<char>('a' + offset % 26); }

char FoldAscii(char32_t c) {
  if (In(c, 'a', 'z') || In(c, '0', '9')) return static_cast<char>(c);
  if (In(c, 'A', 'Z')) return static_cast<char>(c + 32);
  return c == '\'' || c == '`' ? kNothing : kSpace;
}

char FromTable(std::string_view table, size_t at) { return table[at] == '.' ? kOther : table[at]; }

// Marks that combine, apostrophes, and what has no width.
bool IsUnseen(char32_t c) {
  return In(c, 0x300, 0x36F) || c == 0xAD || In(c, 0x200B, 0x200F) || In(c, 0x202A, 0x202E) ||
         In(c, 0x2060, 0x206F) || c == 0xFEFF || In(c, 0xFE00, 0xFE0F) || c == 0x34F ||
         c == 0x2018 || c == 0x2019 || c == 0x2BC || c == 0xB4 || In(c, 0x1F3FB, 0x1F3FF) ||
         In(c, 0xE0000, 0xE0FFF);
}

// Letters that dress up: fullwidth, circled, squared, mathematical.
char FoldStyled(char32_t c) {
  if (In(c, 0xFF21, 0xFF3A)) return Letter(c - 0xFF21);
  if (In(c, 0xFF41, 0xFF5A)) return Letter(c - 0xFF41);
  if (In(c, 0xFF10, 0xFF19)) return static_cast<char>('0' + (c - 0xFF10));
  if (In(c, 0x249C, 0x24B5)) return Letter(c - 0x249C);
  if (In(c, 0x24B6, 0x24E9)) return Letter(c - 0x24B6);
  if (In(c, 0x1D400, 0x1D6A3)) return Letter(c - 0x1D400);
  if (In(c, 0x1F110, 0x1F129)) return Letter(c - 0x1F110);
  if (In(c, 0x1F130, 0x1F149)) return Letter(c - 0x1F130);
  if (In(c, 0x1F150, 0x1F169)) return Letter(c - 0x1F150);
  if (In(c, 0x1F170, 0x1F189)) return Letter(c - 0x1F170);
  if (In(c, 0x1F1E6, 0x1F1FF)) return Letter(c - 0x1F1E6);
  return kNothing;
}

bool IsSymbol(char32_t c) {
  return In(c, 0x80, 0xBF) || c == 0xD7 || c == 0xF7 || In(c, 0x2000, 0x2BFF) ||
         In(c, 0x2E00, 0x2E7F) || In(c, 0x3000, 0x303F) || In(c, 0xE000, 0xF8FF) ||
         In(c, 0xFE10, 0xFE6F) || In(c, 0xFF00, 0xFF20) || In(c, 0xFF3B, 0xFF40) ||
         In(c, 0xFF5B, 0xFF65) || In(c, 0xFFE0, 0xFFFF) || c >= 0x1F000;
}

char FoldOne(char32_t c) {
  if (c < 0x80) return FoldAscii(c);
  if (IsUnseen(c)) return kNothing;
  if (const char styled = FoldStyled(c); styled != kNothing) return styled;
  if (IsSymbol(c)) return kSpace;
  if (In(c, 0xC0, 0x24F)) return FromTable(kLatin, c - 0xC0);
  if (In(c, 0x1E00, 0x1EFF)) return FromTable(kLatinAdditional, c - 0x1E00);
  return kOther;
}

}  // namespace

std::string Fold(std::string_view utf8) {
  std::string folded;
  folded.reserve(utf8.size());
  while (!utf8.empty()) {
    const auto point = sms::TakeCodePoint(utf8);
    if (!point) utf8.remove_prefix(1);
    const char c = point ? FoldOne(*point) : kSpace;
    if (c == kNothing || (c == kSpace && (folded.empty() || folded.back() == kSpace))) continue;
    folded.push_back(c);
  }
  if (!folded.empty() && folded.back() == kSpace) folded.pop_back();
  return folded;
}

}  // namespace signpost::sender::reply
