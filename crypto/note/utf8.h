// Checks for strict UTF-8 (no overlong form, no surrogate, nothing above U+10FFFF). Internal to
// crypto/note.
#pragma once

#include <string_view>

namespace signpost::note {

// Valid UTF-8 without control characters below 0x20, '\n' excepted.
bool IsNoteText(std::string_view text);
// Valid UTF-8, 1 to 100 bytes, no '+', no Unicode white space, no control character.
bool IsKeyName(std::string_view name);

}  // namespace signpost::note
