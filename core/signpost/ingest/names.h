// Names the reader's reasons: in counts (and so in the ledger: stable), and for people.
#pragma once

#include <string_view>
#include <vector>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::ingest {

std::string_view ReasonName(
    wire::reader::Reason reason);  // "too-short", as in "rejected.too-short"
std::string_view ReasonText(wire::reader::Reason reason);     // "too short", one line for a person
std::string_view RefusalText(wire::reader::FileRefusal why);  // "in no format that is known"
std::string_view RefusalHint(wire::reader::FileRefusal why);  // what to do; may be empty
std::string_view RoleText(wire::reader::ColumnRole role);     // "numbers"
std::string_view FormatName(formats::Format format);          // "csv"
// What is to be said beside a source's numbers, one line for each reader::Warning.
std::vector<std::string_view> WarningTexts(uint32_t warnings);
std::string_view EncodingName(wire::reader::Encoding encoding);  // "UTF-16LE"

}  // namespace signpost::ingest
