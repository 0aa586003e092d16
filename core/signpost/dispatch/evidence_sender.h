// Shows the opener what it must see before it uses a key: keys (wrapped), the whole ledger with its
// checkpoint, policy texts and change notes, manifest, message, batch file.
#pragma once

#include "core/shared/wire/channel.h"
#include "core/signpost/batch/documents.h"
#include "core/signpost/home/home.h"

namespace signpost::dispatch {

struct BatchDocuments {
  batch::BatchPaper paper;
  std::string message;
  std::string file;  // the sealed batch file's bytes
};
// As batch::LoadBatch; kRefused when the batch is over or its sealed file is gone.
Result<BatchDocuments> LoadBatchDocuments(home::Home& home, const BatchId& batch);

// The wrapped keys that a dispatch needs, in the boundary's order. kNotFound: one is missing.
Result<std::vector<std::string>> LoadKeyFiles(home::Home& home);

// Everything after kStart, up to kGo.
Result<void> SendEvidence(home::Home& home, const std::vector<std::string>& key_files,
                          const BatchDocuments& documents, wire::Channel& opener);

}  // namespace signpost::dispatch
