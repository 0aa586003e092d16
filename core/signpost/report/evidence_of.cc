#include "core/signpost/report/evidence_of.h"

#include <fmt/format.h>

#include "crypto/note/note.h"
#include "crypto/tree/tree.h"

namespace signpost::report {

Result<ledger::Evidence> EvidenceOf(home::Home& home) {
  ledger::Evidence evidence;
  TRY_ASSIGN(evidence.checkpoint, home.store->CheckpointNote());
  TRY_ASSIGN(evidence.entries, home.store->Entries());
  TRY_ASSIGN(const auto openings, home.store->Openings());
  evidence.openings.insert(openings.begin(), openings.end());
  TRY_ASSIGN(std::vector<store::Document> documents, home.store->Documents());
  for (store::Document& document : documents) {
    evidence.documents[{document.kind, document.id}] = std::move(document.content);
  }
  return evidence;
}

Result<std::string> ProofOf(home::Home& home, uint64_t entry) {
  TRY_ASSIGN(const std::string checkpoint, home.store->CheckpointNote());
  TRY_ASSIGN(const note::Note note, note::Note::Parse(checkpoint));
  TRY_ASSIGN(const note::Checkpoint tree, note::Checkpoint::Parse(note.text()));
  TRY_ASSIGN(const std::vector<std::string> entries, home.store->Entries());
  if (entry >= tree.size) {
    return Fail(Code::kNotFound, fmt::format("the ledger has {} entries", tree.size));
  }
  std::vector<Digest> leaves;
  for (uint64_t i = 0; i < tree.size; ++i) leaves.push_back(tree::LeafHash(entries[i]));
  TRY_ASSIGN(const std::vector<Digest> proof, tree::InclusionProof(leaves, entry));
  std::string text = fmt::format("c2sp.org/tlog-proof@v1\nindex {}\n", entry);
  for (const Digest& hash : proof) text += ToBase64(hash) + "\n";
  return text + "\n" + checkpoint;
}

}  // namespace signpost::report
