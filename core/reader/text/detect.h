// Detects a file's encoding from its first bytes: a byte order mark, else the pattern of NULs
// that UTF-16 leaves, else strict UTF-8, else Windows-1252. Pure.
//
// It guesses, as it must: a file says nothing of its encoding. A wrong guess between the 8-bit ones
// costs names, which nobody reads here, and no digit: those are ASCII in all of them.
#pragma once

#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/bytes.h"

namespace signpost::reader::text {

struct Detected {
  wire::reader::Encoding encoding = wire::reader::Encoding::kUtf8;
  // kNone; kEmpty: nothing but white space; kBinary: a zip, a database, NULs or controls;
  // kBadEncoding: UTF-32, or none of ours; kProtected: a Cellebrite report behind a password.
  wire::reader::FileRefusal refusal = wire::reader::FileRefusal::kNone;
};

// `complete`: the sample is the whole file, so that a sequence cut at its end is an error.
Detected DetectEncoding(ByteView sample, bool complete);

}  // namespace signpost::reader::text
