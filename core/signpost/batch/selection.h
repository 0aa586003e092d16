// Draws the people of a batch out of the intakes, at random and without looking at everybody.
//
// An intake is an array of records, some of them erased. Places of all intakes are drawn one after
// another, each of those left with the same chance (Fisher and Yates' shuffle, stopped early),
// until enough of them held somebody who may be texted, or none is left. So each eligible person
// has the same chance, whichever the file and wherever in it, and the cost is that of the batch.
//
// One exception: a batch has at most ledger::kMaxSections sections, and whoever is of one more stays.
//
// Who was drawn and must not be texted is to be dropped for good. Who was not drawn stays, eligible or
// not.
//
// Memory grows with the places that were drawn. The caller holds HOME/lock.
#pragma once

#include <vector>

#include "core/shared/ledger/event.h"
#include "core/signpost/home/home.h"
#include "core/signpost/store/store.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::batch {

struct Selection {
  seal::SealedFileHeader header;          // of the batch file: the sections of its records
  std::vector<seal::FileRecord> records;  // in the order of their ids
  std::vector<store::IntakeShare> shares;
  ledger::Counts withheld;  // by reason: "withheld.protected", ...
  uint64_t left = 0;        // records that stay in the intakes
};

// At most `at_most` people, of at most ledger::kMaxSections sections; nobody when nobody is
// eligible. kCorrupt: an intake does not hold what the store says.
Result<Selection> DrawPeople(const home::Home& home, Day today, size_t at_most);

}  // namespace signpost::batch
