// Tells how far a verb of the store is that takes as long as there are people.
#pragma once

#include <cstdint>
#include <functional>

namespace signpost::store {

// `done` of `total`, both growing with the people. Called now and then; may be empty.
using OnProgress = std::function<void(uint64_t done, uint64_t total)>;

}  // namespace signpost::store
