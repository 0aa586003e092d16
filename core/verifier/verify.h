// Checks the five promises from evidence: the ledger, its openings, its documents, and, when the
// evidence is a whole home, what lies in it. Holds no key and sees no number; an outsider can run
// it.
//
// It decides with the same code as the process that opens numbers (LedgerState, MayOpen), so the
// two cannot disagree about a rule; it does not take that process's word for anything else. What
// each check can and cannot show is printed with it, and is listed in core/shared/ledger/FORMAT.md.
#pragma once

#include <optional>
#include <string>

#include "core/shared/ledger/evidence.h"
#include "core/verifier/home/home_contents.h"
#include "core/verifier/report.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost::verifier {

struct VerifyOptions {
  std::string
      key;  // the ledger's verifier key, from somewhere else; empty: the ledger's own is taken
  // A checkpoint note that was kept earlier. What is given must be one: an empty text is not none.
  std::optional<std::string> since;
  Instant now;  // by the auditor's clock
};

// `home`: null when the evidence is a published folder. kUsage when options.key is no verifier key;
// kInput when options.since is no checkpoint, or there is no entry. Everything else is in the
// report.
Result<Report> Verify(const ledger::Evidence& evidence, const HomeContents* home,
                      const VerifyOptions& options);

// True when entry 0 says rehearsal: only then may somebody choose the time to judge by.
bool IsRehearsal(const ledger::Evidence& evidence);

}  // namespace signpost::verifier
