// Holds what is known of an export before its rows are read.
#pragma once

#include <vector>

#include "core/reader/extraction/date.h"
#include "core/shared/wire/reader_boundary.h"

namespace signpost::reader::extraction {

using wire::reader::ColumnRole;

struct Layout {
  formats::Format format = formats::Format::kAuto;
  wire::reader::Encoding encoding = wire::reader::Encoding::kUtf8;
  formats::Dialect dialect = formats::Dialect::kNone;
  uint32_t entry = 0;     // of a zip: its place in the directory, from 1
  uint32_t readings = 0;  // bit n: the n-th reading of the format in core/shared/formats is made
  // Tables only.
  char delimiter = 0;
  bool header = false;
  uint32_t rows_before_data = 0;  // the header, and what stands above it
  std::vector<ColumnRole> roles;  // columns beyond are kSkip
  bool traffic = false;           // a row is a call or a message, not a contact
  // Of a log with a direction and a column for each side, from 1; else 0.
  uint32_t from_column = 0, to_column = 0;
  DateOrder date_order = DateOrder::kUnsaid;  // of its times

  uint32_t NumberColumns() const;
};

}  // namespace signpost::reader::extraction
