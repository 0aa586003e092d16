// Reads a workbook (XLSX) as one source: every sheet with a column of telephone numbers, by the
// same choice of columns as a CSV table (core/reader/extraction/columns), dates and dialects
// included. A value's row and column are its sheet's. Layout.roles has a number wherever a sheet
// has.
//
// Memory is bounded, though shared strings may be larger than it: the first rows of each sheet are
// sampled, their strings found in one pass that ends early; then the cells that are needed are
// collected, and at most kMaxPendingCells at a time are looked up in one pass over the strings.
// So values come in the order of their strings, not of their rows.
//
// A numeric cell with an integer in it is its digits; one whose digits are lost is kScientific.
#pragma once

#include "core/reader/archive/zip.h"
#include "core/reader/extraction/parser.h"

namespace signpost::reader::archive {

// kNone: Found and Ended were told. kNoNumberColumn, kWrongFormat, kBroken, kEncrypted,
// kInflatesTooMuch, kTooManyColumns, kReadError.
wire::reader::FileRefusal ReadWorkbook(ZipArchive& zip, formats::Format wanted,
                                       extraction::Sink& sink);
// For tests: fewer at a time.
wire::reader::FileRefusal ReadWorkbook(ZipArchive& zip, formats::Format wanted,
                                       extraction::Sink& sink, size_t max_pending);
constexpr size_t kMaxPendingCells = 1u << 20;

}  // namespace signpost::reader::archive
