// What the reader's reasons are called: in counts (and so in the ledger: stable), and for people.
#pragma once

#include <string_view>
#include <vector>

#include "core/shared/wire/reader_boundary.h"

namespace signpost {

std::string_view ReasonName(reader::Reason reason);     // "too-short", as in "rejected.too-short"
std::string_view ReasonText(reader::Reason reason);     // "too short", one line for a person
std::string_view RefusalText(reader::FileRefusal why);  // "in no format that is known"
std::string_view RefusalHint(reader::FileRefusal why);  // what to do; may be empty
std::string_view FormatName(reader::Format format);     // "csv"
// What is to be said beside a source's numbers, one line for each reader::Warning.
std::vector<std::string_view> WarningTexts(uint32_t warnings);
std::string_view EncodingName(reader::Encoding encoding);  // "UTF-16LE"

}  // namespace signpost
