// Holds everything that an auditor gets of one ledger, as one value, and reads and writes its
// folder form, which is a C2SP tlog-tiles log with three additions (core/shared/ledger/FORMAT.md):
//
//   DIR/checkpoint                       signed note, written last
//   DIR/tile/<level>/<n>[.p/<w>]         hashes
//   DIR/tile/entries/<n>[.p/<w>]         uint16 big-endian length + entry, 256 a bundle
//   DIR/documents/<kind>/<id>            policies, policy changes, manifests, messages
//   DIR/openings.jsonl                   only for the auditor: what the commitments commit to
//
// Reading checks nothing but shape: what the evidence proves is core/verifier's to say. Evidence
// holds no number, no token, no ciphertext and no key.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/shared/ledger/event.h"
#include "crypto/base/result.h"

namespace signpost::ledger {

struct Evidence {
  std::string checkpoint;            // the note's bytes
  std::vector<std::string> entries;  // all that there are, also behind the checkpoint
  std::map<uint64_t, Opening> openings;
  // (kind, id) -> content. Kinds: "policy" (id: its hash), "policy-change" (id: hash of the next
  // policy; a note over PolicyChangeText), "manifest" (id: batch; the signed note) and "message"
  // (id: its hash; the text that was sent). Ids are lower-case hex.
  std::map<std::pair<std::string, std::string>, std::string> documents;
  // Folder only: files of hashes that the entries do not give. A proof made from such a tile is not
  // a proof of these entries.
  std::vector<std::string> tile_faults;

  const std::string* Document(const std::string& kind, const std::string& id) const;
};

bool IsDocumentKind(std::string_view kind);
bool IsDocumentId(std::string_view id);  // 1..64 of 0-9a-f

// Writes or brings up to date. Without openings a file of openings that lies there is removed.
// Entries behind the checkpoint are left out. kCorrupt when the checkpoint cannot be read or speaks
// of more entries than there are; kInput for a kind or id that cannot be a file name; kStorage.
Result<void> WriteEvidence(const std::string& dir, const Evidence& evidence, bool with_openings);

// kNotFound without a checkpoint; kInput when a file is missing, not regular or not in its format.
Result<Evidence> ReadEvidenceFolder(const std::string& dir);

}  // namespace signpost::ledger
