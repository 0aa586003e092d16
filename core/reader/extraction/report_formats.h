// Tells reports of forensic tools and backups by what they say of themselves, and makes the parser
// of each. A new one is a row in report_formats.cc, and one in core/shared/formats/text_formats.h.
#pragma once

#include <memory>
#include <string_view>

#include "core/reader/extraction/parser.h"

namespace signpost::reader::extraction {

// The report that a text is from its beginning on; kAuto: none that is known. `markup`: it begins
// as XML does.
formats::Format ReportFormatOf(std::string_view text, bool markup);

// Null: `format` is no report.
std::unique_ptr<Parser> MakeReportParser(formats::Format format, Sink& sink);

}  // namespace signpost::reader::extraction
