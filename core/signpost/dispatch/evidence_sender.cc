#include "core/signpost/dispatch/evidence_sender.h"

#include "core/shared/wire/opener_boundary.h"
#include "crypto/base/file.h"
#include "crypto/note/note.h"

namespace signpost::dispatch {

Result<BatchDocuments> LoadBatchDocuments(home::Home& home, const BatchId& batch) {
  TRY_ASSIGN(batch::BatchPaper paper, batch::LoadBatch(home, batch));
  TRY(batch::RequireGoing(paper.row));
  TRY_ASSIGN(std::optional<std::string> message,
             home.store->FindDocument("message", ToHex(paper.manifest.message_hash)));
  if (!message) return Fail(Code::kCorrupt, "the batch has no message", batch.Hex());
  Result<std::string> file = ReadFile(home.SealedPath(paper.row.file, seal::SealedKind::kBatch));
  if (!file && file.error().code == Code::kNotFound) {
    return Fail(Code::kRefused, "the batch's sealed file is gone", batch.Hex(),
                "cancel the batch: its people are counted as lost");
  }
  TRY(file);
  return BatchDocuments{std::move(paper), *std::move(message), *std::move(file)};
}

namespace {

Result<void> SendPolicies(home::Home& home, const std::vector<std::string>& entries,
                          wire::Channel& opener) {
  const auto send = [&](uint8_t kind, const char* name, const Digest& hash) -> Result<void> {
    TRY_ASSIGN(const std::optional<std::string> text, home.store->FindDocument(name, ToHex(hash)));
    if (!text) return Fail(Code::kCorrupt, std::string("a ") + name + " is missing from the store");
    return opener.SendText(kind, *text);
  };
  for (const std::string& entry : entries) {
    TRY_ASSIGN(const ledger::Event event, ledger::DecodeEvent(entry));
    if (const auto* created = std::get_if<ledger::HomeCreated>(&event.body)) {
      TRY(send(wire::opener::kPolicy, "policy", created->policy));
    } else if (const auto* applied = std::get_if<ledger::PolicyApplied>(&event.body)) {
      TRY(send(wire::opener::kPolicyChange, "policy-change", applied->next));
      TRY(send(wire::opener::kPolicy, "policy", applied->next));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> LoadKeyFiles(home::Home& home) {
  std::vector<std::string> paths = {home.Path("keys/live/opener.key"),
                                    home.Path("keys/opt-out-token.key")};
  TRY_ASSIGN(const std::vector<store::EpochRow> epochs, home.store->LiveEpochs());
  for (const store::EpochRow& epoch : epochs) paths.push_back(home.EpochKeyPath(epoch.epoch));
  std::vector<std::string> key_files;
  for (const std::string& path : paths) {
    TRY_ASSIGN(std::string key_file, ReadFile(path, wire::opener::kKeyFileMax));
    key_files.push_back(std::move(key_file));
  }
  return key_files;
}

Result<void> SendEvidence(home::Home& home, const std::vector<std::string>& key_files,
                          const BatchDocuments& documents, wire::Channel& opener) {
  for (const std::string& key_file : key_files)
    TRY(opener.SendText(wire::opener::kKeyFile, key_file));
  // Checkpoint first, entries cut to its size: another command may append meanwhile.
  TRY_ASSIGN(const std::string checkpoint, home.store->CheckpointNote());
  TRY_ASSIGN(const note::Note note, note::Note::Parse(checkpoint));
  TRY_ASSIGN(const note::Checkpoint tree, note::Checkpoint::Parse(note.text()));
  TRY_ASSIGN(std::vector<std::string> entries, home.store->Entries());
  if (entries.size() < tree.size) return Fail(Code::kCorrupt, "the ledger is shorter than signed");
  entries.resize(tree.size);
  TRY(opener.SendText(wire::opener::kCheckpoint, checkpoint));
  for (const std::string& entry : entries) TRY(opener.SendText(wire::opener::kEntry, entry));
  TRY(SendPolicies(home, entries, opener));
  TRY(opener.SendText(wire::opener::kManifest, documents.paper.note.Encode()));
  TRY(opener.SendText(wire::opener::kMessage, documents.message));
  std::string_view rest = documents.file;
  while (!rest.empty()) {
    const std::string_view chunk = rest.substr(0, wire::opener::kChunk);
    TRY(opener.SendText(wire::opener::kBatchFile, chunk));
    rest.remove_prefix(chunk.size());
  }
  return opener.SendEmpty(wire::opener::kGo);
}

}  // namespace signpost::dispatch
