// Keeps the ledger of one home: its entries, the openings of their commitments, a signed checkpoint
// of them all, and the documents that entries name by their hash.
//
// Entries never go back in time: one that was stamped up to kMaxClockSkewSeconds before the newest
// (another process was quicker) gets the newest one's time; an older one is kRefused. Opt-outs, the
// protected list and the end of a crashed run are never refused for the clock's sake.
// What every verb keeps to stands in store.h.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/shared/ledger/event.h"
#include "crypto/base/result.h"

namespace signpost::store {

constexpr int64_t kMaxClockSkewSeconds = 600;

// An event to append, with the opening of its commitment when it has one.
struct NewEntry {
  ledger::Event event;
  std::optional<ledger::Opening> opening;
};
// Called inside the transaction with what the verb counted; its entries are appended before commit.
using Describe = std::function<std::vector<NewEntry>(const ledger::Counts&)>;

struct Document {  // kinds: "policy", "policy-change", "manifest", "message"
  std::string kind, id, content;
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  virtual Result<void> Append(std::span<const NewEntry> entries,
                              std::span<const Document> documents = {}) = 0;
  virtual Result<std::vector<std::string>> Entries() = 0;
  virtual Result<std::string> CheckpointNote() = 0;  // signed, of all entries
  virtual Result<std::vector<std::pair<uint64_t, ledger::Opening>>> Openings() = 0;
  virtual Result<std::optional<std::string>> FindDocument(const std::string& kind,
                                                          const std::string& id) = 0;
  virtual Result<std::vector<Document>> Documents() = 0;
};

}  // namespace signpost::store
