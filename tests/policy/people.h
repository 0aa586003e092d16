// Planners and approvers for tests of policy texts: keys of the right shape, not real ones.
#pragma once

#include <string>

#include "crypto/base/bytes.h"
#include "policy/policy.h"

namespace signpost::test {

inline std::string ShapedKey(const std::string& name) {
  const Digest digest = Sha256(name);
  Bytes key(digest.begin(), digest.end());
  key.insert(key.begin(), 0x01);
  return name + "+" + ToHex(digest).substr(0, 8) + "+" + ToBase64(key);
}

inline policy::Planner APlanner(const std::string& name) { return {name, ShapedKey(name)}; }
inline policy::Approver AnApprover(const std::string& name, const std::string& role = "") {
  return {name, role, ShapedKey(name)};
}

}  // namespace signpost::test
