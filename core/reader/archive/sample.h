// Samples the first rows of every sheet of a workbook, for the columns that are needed.
#pragma once

#include <vector>

#include "core/reader/archive/sheet.h"
#include "core/reader/extraction/columns.h"

namespace signpost::reader::archive {

struct SampledSheet {
  extraction::Layout layout;  // no number column: the sheet is not read
  uint32_t header_row = 0;    // data begins below it
  // Of a forensic tool's workbook: what stands beside "MSISDN" in its sheets about the device.
  std::vector<std::string> owners;
};

// In a workbook of Cellebrite's or AXIOM's, a sheet without a header of its own is about the device
// or the case: never a table of numbers, whatever looks like one in it.
//
// As many as parts.sheets, in that order. At most kSampleRows rows of kSampleColumns columns each,
// and kSampleBytes of all sheets together, are looked at.
wire::reader::FileRefusal SampleSheets(ZipArchive& zip, const WorkbookParts& parts,
                                       std::vector<SampledSheet>& sheets);

}  // namespace signpost::reader::archive
