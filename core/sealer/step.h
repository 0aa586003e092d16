// Gives the sealer's own functions a result that fails with the one word that it may tell
// `signpost`. An Error has text, and text could carry content; a Failure cannot.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "core/shared/wire/sealer_boundary.h"
#include "crypto/base/result.h"

namespace signpost::sealer {

template <class T>
using Step = tl::expected<T, wire::sealer::Failure>;

inline tl::unexpected<wire::sealer::Failure> Stop(wire::sealer::Failure failure) {
  return tl::unexpected<wire::sealer::Failure>(failure);
}

// The value, or `failure` in place of the error.
template <class T>
Step<T> Or(Result<T> result, wire::sealer::Failure failure) {
  if (!result) return Stop(failure);
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return *std::move(result);
  }
}

}  // namespace signpost::sealer
