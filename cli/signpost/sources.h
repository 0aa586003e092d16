// Prints the sources of an import: by `import` and by `import --explain`.
#pragma once

#include <string>

#include "cli/signpost/print.h"
#include "core/signpost/ingest/import.h"

namespace signpost::cli {

// A file of the extraction as it may be shown: a number can be typed for a file, and a file can be
// called anything. An entry of a zip is "export.zip, entry 17".
std::string SourceName(const ingest::Extraction& extraction, const std::string& named,
                       uint32_t file, uint32_t entry);
// "Android call log (calllog.db)", "table (Google Contacts), UTF-8".
std::string FormatText(const wire::reader::Found& found);
// Of what is text: "UTF-8"; else empty.
std::string EncodingText(const wire::reader::Found& found);

// To stderr: what was left out by place, what was not read, and what is to be feared. At most 20
// places in all.
void SayPlaces(const ingest::ImportReport& report, const std::string& named);
void SayTroubles(const ingest::ImportReport& report, const std::string& named);
// The places of SayPlaces, for programs.
std::vector<Json> PlacesJson(const ingest::ImportReport& report, const std::string& named);
Json SourceJson(const ingest::ImportReport& report, const std::string& named,
                const ingest::SourceReport& source);
std::vector<Json> SkippedJson(const ingest::ImportReport& report, const std::string& named);

}  // namespace signpost::cli
