// Imports an extraction: one file, or one folder, becomes one intake. signpost-reader parses and
// normalises, signpost-sealer makes tokens and ciphertext, and `signpost` keeps the records of
// people who are new, not opted out, not protected and not messaged before. Everybody else is
// counted, by reason, and dropped at once.
//
// All or nothing for each, also when the process is killed: the intake is durable before the
// one transaction that names it and records the import; until then it is an orphan
// (sealed_folder.h). A second import of the same file finds everybody held already and writes no
// file; it is recorded.
//
// Memory does not grow with the file: people are sorted in blocks, which a long file spills to a
// temporary file without a name (person_sort.h). The store is locked when everything has been
// read, not before.
#pragma once

#include <string>
#include <vector>

#include "core/shared/wire/reader_boundary.h"
#include "core/signpost/home/home.h"
#include "core/signpost/ingest/pipeline.h"
#include "crypto/base/result.h"

namespace signpost::ingest {

struct ImportRequest {
  std::string path;      // "-" is standard input
  std::string case_ref;  // 1 to 100 printable characters; forgotten when the intake is planned
  std::string region;    // how national numbers are read; empty: the policy's first region
  formats::Format format = formats::Format::kAuto;
};

struct ImportReport {
  ImportId import;
  Extraction extraction;
  std::vector<SourceReport> sources;           // in the order they were read
  std::vector<wire::reader::Skipped> skipped;  // candidates that are no source, or cannot be read
  uint64_t passed_by = 0;  // files of a folder that only by their name could have been sources
  uint64_t rows = 0;
  ledger::Counts counts;  // found, new, repeated, withheld.<reason>, rejected.<reason>
  std::string number_library;
  Day expiry;  // the last day of the numbers that were kept
};

// The caller holds HOME/lock. kInput, and nothing changes: the file is refused ("calls.csv:17"), or
// the request is wrong. Other errors as RunPipeline, the store and the disk have them; nothing
// changes then either, except that an epoch may have been made.
Result<ImportReport> ImportFile(home::Home& home, const ImportRequest& request,
                                const OnProgress& on_progress = {});

// What an import of it would read and leave out, by reason: sources, columns, counts. Needs no key,
// and changes nothing. counts holds "found" and "rejected.<reason>" only.
Result<ImportReport> ExplainFile(const home::Home& home, const ImportRequest& request,
                                 const OnProgress& on_progress = {});

}  // namespace signpost::ingest
