#include "core/shared/ledger/run_end.h"

#include <utility>

namespace signpost::ledger {
namespace {

constexpr std::pair<RunEnd::Why, std::string_view> kRunEnds[] = {{RunEnd::kDone, "done"},
                                                                 {RunEnd::kStopped, "stopped"},
                                                                 {RunEnd::kGateway, "gateway"},
                                                                 {RunEnd::kCrashed, "crashed"}};

}  // namespace

std::string_view RunEnd::Name() const {
  for (const auto& [why, name] : kRunEnds) {
    if (why == why_) return name;
  }
  return policy::RefusalName(refusal_);
}

std::optional<RunEnd> RunEnd::Parse(std::string_view text) {
  for (const auto& [why, name] : kRunEnds) {
    if (name == text) return RunEnd(why);
  }
  const std::optional<policy::Refusal> refusal = policy::RefusalNamed(text);
  return refusal ? std::optional<RunEnd>(*refusal) : std::nullopt;
}

}  // namespace signpost::ledger
