// Sorts the people of one import on their way into the store: they come in the order in which the
// sealer sends them, and go in that of contact tokens, which is the store's own
// (core/signpost/sorting). What came first of a person is kept, the rest is counted; the newest day
// of a contact, and that one was a call or a message, are kept of all.
//
// Opt-out tokens do not come here: what is spilled to the disk for an instant holds no more than
// the store and the intake are about to (contact token, sealed record).
#pragma once

#include <string>

#include "core/shared/wire/sealer_boundary.h"
#include "core/signpost/sorting/external_sort.h"
#include "core/signpost/store/store.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::ingest {

struct SortedPerson {
  store::ImportedPerson person;  // its contact's generation is the caller's to fill in
  seal::SealedRecord record;
};

class PersonSort {
 public:
  static constexpr size_t kRecordBytes = 32 + 16 + 32 + 4 + 1;

  // `folder`: HOME/sealed, where the spill is (without a name).
  explicit PersonSort(std::string folder, size_t block_people = 1u << 17)
      : sort_({kRecordBytes, 32, block_people}, std::move(folder)) {}

  Result<void> Add(const wire::sealer::SealedPerson& person);
  Result<void> Sort();                          // all were added
  Result<std::optional<SortedPerson>> Next();   // after Sort; nullopt at the end
  size_t runs() const { return sort_.runs(); }  // that were spilled

 private:
  sorting::ExternalSort sort_;
  std::optional<SortedPerson> ahead_;  // the first of the next person
  bool begun_ = false;
};

}  // namespace signpost::ingest
