// Telephone numbers that somebody types where they do not belong: as a file name, a case reference,
// a batch, a wrong option. What is printed ends up in terminals, logs and tickets, so whatever was
// typed passes through here first. This looks at shapes, not at numbering plans: it is a net under
// the rule that no text holds content, never a reason to put a number into one. It does not find
// numbers that are written in words, in other scripts' digits, or with letters between the digits.
#pragma once

#include <string>
#include <string_view>

namespace signpost {

// Whether `text` has a run of seven or more digits. Blanks, dashes, dots and brackets between the
// digits do not end a run. Not counted: words of 16 or more characters of [0-9a-f] that are ids
// (they hold a letter, or are as long as an id or a hash), days (2026-11-23), a year with a serial
// number of three digits (2026-041), IPv4 addresses. Times and ports are told apart by their colon.
bool LooksLikeNumber(std::string_view text);
// `text` with "(digits)" in place of each such run, its leading plus or bracket included.
std::string WithoutNumbers(std::string_view text);
// `text` with "?" for each control character, C1 and those that reverse text included, and so as
// one line: what somebody typed or a file is called must neither move a cursor nor look like
// another line of a log.
std::string OneLine(std::string_view text);

}  // namespace signpost
