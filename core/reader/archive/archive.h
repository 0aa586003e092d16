// Reads a zip of an extraction: a Cellebrite UFDR (its report.xml), a workbook (XLSX), or an
// extraction, whose every known file is a source of its own. Which of the three, its entries
// decide; what an entry is, its content does: the name only makes it a candidate, and is never used
// as a path.
//
// Of an extraction, in this order: the sources that may name the phone's owner
// (formats::TellsOwner), then the others as the directory has them.
// - databases, each with its sidecars, -wal and -journal: inflated into memory, kMaxDatabaseBytes
//   of all three together; larger ones are skipped (kUnzipFirst);
// - texts by the ending of their name; .xml and .txt only where they are an export of a kind that
//   is known: a phone is full of others;
// - .xlsx and .ufdr, inflated into memory up to the same size. No zip within those.
// A source's Layout.entry is its place in the directory, from 1. An entry that is encrypted, broken
// or over a limit is told as Skipped, or as damage where its values were told already.
// One thread. Memory: the directory, one database or inner zip, one row.
#pragma once

#include <functional>

#include "core/reader/archive/zip.h"
#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/source.h"

namespace signpost::reader::archive {

// core/reader/database's, handed in so that a zip does not depend on it.
using ReadDatabaseFunction =
    std::function<wire::reader::FileRefusal(const extraction::ExtractionFile&, extraction::Sink&)>;

constexpr uint64_t kMaxDatabaseBytes = 256u << 20;

// kNone: each source was ended or skipped. kNothingKnown: there is no candidate in it; where all
// were skipped, why the first one was; kEncrypted, kBroken, kInflatesTooMuch, kReadError (also when
// the sink gives up).
wire::reader::FileRefusal ReadZip(const extraction::ExtractionFile& file, formats::Format wanted,
                                  extraction::Sink& sink,
                                  const ReadDatabaseFunction& read_database);
wire::reader::FileRefusal ReadZip(const extraction::ExtractionFile& file, formats::Format wanted,
                                  extraction::Sink& sink, const ReadDatabaseFunction& read_database,
                                  const ZipLimits& limits);

}  // namespace signpost::reader::archive
