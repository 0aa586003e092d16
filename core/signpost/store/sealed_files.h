// Names what the store knows of a file in HOME/sealed.
#pragma once

#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/time.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::store {

struct SealedFileRow {
  FileId file;
  seal::SealedKind kind = seal::SealedKind::kIntake;
  Day expiry;  // the earliest of its sections
  uint64_t records = 0;
  std::string case_ref;  // intakes of one case until they are planned; else empty
};

}  // namespace signpost::store
