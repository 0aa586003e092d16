// What is known of an export before its rows are read.
#pragma once

#include <vector>

#include "core/wire/reader_boundary.h"

namespace signpost {

enum class ColumnRole : uint8_t {
  kSkip,
  kNumber,
  kTypeOfNext,  // "Work Fax" in it leaves out the next number column of that row
};

struct Layout {
  reader::Format format = reader::Format::kAuto;
  reader::Encoding encoding = reader::Encoding::kUtf8;
  // CSV only.
  char delimiter = 0;
  bool header = false;
  uint32_t rows_before_data = 0;  // the header, and what stands above it
  std::vector<ColumnRole> roles;  // columns beyond are kSkip

  uint32_t NumberColumns() const;
};

}  // namespace signpost
