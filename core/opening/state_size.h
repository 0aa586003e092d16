// The size of the opener's state file, for whoever makes the empty file.
#pragma once

#include <cstddef>

namespace signpost {

inline constexpr size_t kOpenerStateBytes = 40960;

}  // namespace signpost
