// Folds each character of a cell into the few that a number is written with. Pure.
#pragma once

namespace signpost::reader::number {

constexpr char kOtherLetter = '\x01';  // what FoldCharacter() makes of a letter of another alphabet

// ASCII with letters in lower case and every kind of space as ' '; a digit of any script as 0 to 9;
// what looks like a dash, a bracket or a plus as that; 0: leave it out. ICU is asked for what is
// not ASCII alone.
char FoldCharacter(char32_t c);

}  // namespace signpost::reader::number
