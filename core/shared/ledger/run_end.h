// Says why a dispatch run ended, as a value and as the word that the ledger has for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/decision.h"

namespace signpost::ledger {

class RunEnd {
 public:
  enum Why : uint8_t {
    kDone,     // every record was attempted or withheld
    kStopped,  // somebody asked for it
    kGateway,  // the link could not be had, or was lost
    kCrashed,  // a process failed, or the run before this one did not end
    kRefused,  // by the opener, or by what it would have refused
  };
  RunEnd(Why why) : why_(why) {}                                          // NOLINT
  RunEnd(policy::Refusal refusal) : why_(kRefused), refusal_(refusal) {}  // NOLINT
  Why why() const { return why_; }
  policy::Refusal refusal() const { return refusal_; }  // kNone but for kRefused
  // "done", "stopped", "gateway", "crashed", or the refusal's name. One of these is "gateway", too:
  // it is read as kGateway.
  std::string_view Name() const;
  static std::optional<RunEnd> Parse(std::string_view name);
  friend bool operator==(const RunEnd&, const RunEnd&) = default;

 private:
  Why why_;
  policy::Refusal refusal_ = policy::Refusal::kNone;
};

}  // namespace signpost::ledger
