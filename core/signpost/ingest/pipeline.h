// Runs the ingest pipeline: an extraction goes to signpost-reader, the numbers in it from there to
// signpost-sealer, and what the sealer makes of them comes back here. `signpost` opens the files
// and never reads them, starts both processes with a channel between them, and hears from both.
// Numbers do not pass through here: tokens, ciphertext, places and counts do.
//
// Files go to the reader one at a time, each opened when the one before is through; a file
// that is not afterwards what it was before ends the run.
//
// Used by import, `optout add` and `protect add`. One thread; returns when both processes have
// ended. A process that is killed, or cannot lock itself down, or sends what its table does not
// allow, is an error, and then the caller must keep nothing of what its sinks were given.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/shared/wire/channel.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/signpost/home/home.h"
#include "core/signpost/ingest/extraction_files.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::ingest {

using OnProgress = std::function<void(const wire::reader::Progress&)>;

struct PipelineJob {
  Extraction extraction;
  std::optional<OpenedFile> opened;  // the first of them, if it is open already
  wire::reader::Start reader{};
  wire::sealer::Start sealer{};
  std::vector<std::string> key_files;  // wrapped, in the order of the boundary
  size_t max_places = 20;  // how many rejected values of each source are remembered by place
  // Called as messages come; an error ends the run.
  std::function<Result<void>(ByteView section_header)> on_ready;
  std::function<Result<void>(const wire::Frames& frames)> on_frames;  // kPeople or kTokens
  OnProgress on_progress;                                             // may be empty
};

struct SourceReport {
  wire::reader::Found found{};
  std::vector<wire::reader::Column> columns;  // tables: which are read, and as what
  wire::reader::SourceEnd end{};
  std::vector<wire::reader::Reject> places;  // the first ones
};

struct PipelineReport {
  std::vector<SourceReport> sources;
  std::vector<wire::reader::Skipped> skipped;
  uint64_t passed_by = 0;  // files that only by their name could have been sources
  wire::reader::Totals totals{};
};

// kInput with place "<name>:<row>": the reader refused the file. kRefused: the passphrase is wrong,
// or a number and the keys disagree on live or rehearsal. kCorrupt: a key file is not what it
// should be.
Result<PipelineReport> RunPipeline(const home::Home& home, PipelineJob job);

// The reader alone: what it would take of `extraction`. Nothing is sealed, kept or logged.
Result<PipelineReport> RunExplain(PipelineJob job);

// What the policy allows, as the reader is told it. `region`: how national numbers are read; empty:
// the policy's first. kInput: not a region that the policy allows.
Result<wire::reader::Start> ReaderStart(const home::Home& home, wire::reader::Purpose purpose,
                                        formats::Format format, const std::string& region);

// The library that decided, as the ledger has it: "libphonenumber 8.12.57".
std::string NumberLibrary(const wire::reader::Totals& totals);

// Adds "rejected.<reason>" for what there was; returns how many in all.
uint64_t AddRejected(const wire::reader::Totals& totals, ledger::Counts& counts);

}  // namespace signpost::ingest
