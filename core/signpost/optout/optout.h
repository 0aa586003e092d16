// Records opt-outs and the protected list. A number goes stdin -> signpost-reader ->
// signpost-sealer and arrives here as a token; not one of them is ever in `signpost`.
//
// An opt-out holds from the moment these functions return: it is in optouts.log, fsync'ed, and in
// the store with its ledger entry, and the last look before a send (Store::BeginAttempt) finds it.
// If the process dies between the two, ReplayOptOutLog carries it over.
//
// None of this says whether a number was known before. The counts do, for a list of one: whoever
// prints them applies the policy's smallest reported count.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/shared/wire/reader_boundary.h"
#include "core/signpost/home/home.h"
#include "core/signpost/ingest/pipeline.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"
#include "crypto/token/token.h"

namespace signpost::optout {

struct ListReport {
  uint64_t rows = 0;
  ledger::Counts counts;  // given, new; rejected.<reason>
  std::vector<wire::reader::Reject>
      places;  // lines that were not taken, the first 1000: somebody's wish
               // not to be texted that could not be read must be seen
};

// A list, one number a line; any kind of number, also one that is never texted. Lines that are no
// number are reported, the others are recorded. `name` is the list's, for errors. A list that is
// refused whole (kInput) records nothing. Works beside a dispatch.
Result<ListReport> AddOptOuts(home::Home& home, ingest::OpenedFile list, const std::string& name,
                              const ingest::OnProgress& on_progress = {});
// Likewise numbers that must never be texted: victims, witnesses, the force's own.
Result<ListReport> AddProtected(home::Home& home, ingest::OpenedFile list, const std::string& name,
                                const ingest::OnProgress& on_progress = {});

// Replies that said stop, during a dispatch; durable when it returns. Nothing for an empty span.
Result<void> RecordReplyOptOuts(home::Home& home, std::span<const token::OptOutToken> tokens);

// The generation of the opt-out key: what a Reply's token is stamped with.
Result<uint16_t> OptOutGeneration(const home::Home& home);

// On start: what the log has and the store has not (a crash, or a store that was restored) is
// recorded. Returns how many lines that were. Errors as OptOutLog::Open: then nothing may be sent.
Result<uint64_t> ReplayOptOutLog(home::Home& home);

}  // namespace signpost::optout
