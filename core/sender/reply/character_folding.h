// Folds the characters of a text, so that it can be compared with a short list of Latin words: one
// lower-case ASCII letter for every Latin letter, whatever its accent, width or style; a separator
// for everything that is no letter or digit; nothing for what cannot be seen.
//
// Why not ICU: its compatibility case folding is exact, but its data are a 30 MB library and files
// that may be opened late, in a process that may open nothing. All that is compared here is Latin
// words (core/sender/reply/reply.cc), so a table of two blocks says the same. Letters of other
// scripts fold to kOther: they are not separators, so "стоп" is one word, and none of ours.
#pragma once

#include <string>
#include <string_view>

namespace signpost::sender::reply {

constexpr char kOther = '\x01';

// Lower-case ASCII letters, digits and kOther, in words with one space between them; none at the
// ends. Apostrophes vanish ("don't" is one word). Bytes that are not UTF-8 separate.
std::string Fold(std::string_view utf8);

}  // namespace signpost::sender::reply
