// Creates a home: keys, policy, store, first ledger entry, first epoch. Built in a folder beside
// the target and renamed at the end: after a crash there is a whole home or none.
//
// The wrapped keys are made inside signpost-sealer and signpost-opener; this sees ciphertext. What
// it does hold in the clear are the ledger's and the planner's signing keys.
#pragma once

#include <string>
#include <vector>

#include "core/signpost/home/home.h"
#include "crypto/custody/header/key_file_header.h"

namespace signpost::init {

using KeyCost = custody::KdfCost;

struct NewHome {
  std::string path;
  Mode mode = Mode::kLive;
  std::string policy_text;  // a policy file; people may be appended by the two below
  std::vector<policy::Approver> approvers;
  std::string planner;                // name of the planner key to make; required
  std::string passphrase_file;        // required for live; a rehearsal makes one inside keys/
  KeyCost cost = KeyCost::kModerate;  // kMinimal is refused for live
  std::vector<home::GatewayConfig>
      gateways;                         // a rehearsal without one gets "rehearsal": 127.0.0.1:2775
  uint16_t rehearsal_gateway_port = 0;  // of that gateway; 0: 2775
  Clock clock;                          // --at: rehearsals only
  std::string by;
};

struct CreatedHome {
  std::string origin;
  std::string ledger_vkey;
  std::string planner_vkey;
  Digest policy_hash{};
};

// kRefused: the folder exists and is not empty, a live home with the cheap key derivation, a mode
// and a clock that do not go together. kInput: the policy does not parse.
Result<CreatedHome> CreateHome(const NewHome& request);

}  // namespace signpost::init
