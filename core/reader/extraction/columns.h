// Chooses the columns of a table that hold telephone numbers: by the header where there is one that
// tells, else by what the first rows hold. Pure; the sample rows stay the caller's, to be wiped.
#pragma once

#include <string>
#include <vector>

#include "core/reader/extraction/layout.h"

namespace signpost::reader::extraction {

using SampleRows = std::vector<std::vector<std::string>>;

// Fills header, rows_before_data, roles, dialect and what is known of times. No number column:
// NumberColumns() is 0.
void ChooseColumns(const SampleRows& rows, Layout& layout);

}  // namespace signpost::reader::extraction
