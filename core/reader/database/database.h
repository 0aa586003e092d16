// Reads databases of phones as they lie in an extraction: the file, its -wal, which often holds
// everything, and the -journal of a transaction that never ended. For signpost-reader only:
// what SQLite parses here is as hostile as any extraction, and the sandbox stands around it.
//
// What is read: core/shared/formats/databases.h (every column that may be read at all, and where
// the numbers are), handlers.h (how). Never names, texts or notes: the authorizer would not let a
// query that asks for them compile.
//
// Which tables a database has tells its kind; its name does not matter. Deleted rows that
// are still in their tables count like others; what lies in free pages is not looked for.
//
// The extraction cannot be changed: see vfs.h. Memory is flat: SQLite's cache of 2 MiB, an index of
// the -wal (8 bytes a page), a few megabytes of ids and days, and at most 64 MiB where a journal
// has to be undone. One database at a time; one thread.
#pragma once

#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/source.h"

namespace signpost::reader::database {

// Once in a process, before it locks itself down: SQLite is configured (a hard limit on its heap),
// initialized, and has its random seed. Aborts where that cannot be had. SQLite must not have been
// used before.
void PrepareDatabase();

// Reads one database: Found, the owner's numbers, then the values, then Ended; and kNone. Or,
// before Found and instead of it, why not:
//   kEmpty            nothing in it
//   kBroken           no SQLite database, encrypted, or damaged so that no table can be found
//   kUnknownDatabase  none of the kinds that we know
//   kNeedsWal         none, in what is left of one whose -wal is missing
//   kNeedsJournal     an interrupted transaction that cannot be undone: it spans several databases,
//                     or needs more than 64 MiB
//   kReadError        the file cannot be read
// Damage that is met later is SourceDone.damage: kBroken, kReadError. Single rows and pages are
// stepped over, as Bad(kBadRow).
wire::reader::FileRefusal ReadDatabase(const extraction::ExtractionFile& file,
                                       extraction::Sink& sink);

}  // namespace signpost::reader::database
