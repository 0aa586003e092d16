// Writes, reads and removes the sealed files of HOME/sealed, in the order that makes a crash
// harmless.
//
// A file is written under a temporary name, fsync'ed, renamed, and its folder fsync'ed; only then
// is there a transaction that names it; only after that are the files that it replaces unlinked. So
// at every instant each row has its file, and a file without a row is rubbish that
// RecoverSealedFolder may take. Nothing is changed in place but for one thing: a record that a plan
// took is erased in its intake. The transaction of the plan says which, so that a crash before the
// last of them is made up for at the next start.
//
// Copies ciphertext and headers; holds no key. Unlinking is not erasure: what a disk keeps of a
// removed file is unreadable once its epoch's key is destroyed, and not before.
//
// Writers hold HOME/lock (HomeOptions::moves_files). One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/signpost/home/home.h"
#include "core/signpost/store/store.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::ingest {

struct WrittenFile {
  store::SealedFileRow row;  // case_ref is the caller's to fill in
  Digest hash{};             // SHA-256 of the whole file
};

// Writes one sealed file, record by record; memory does not grow with it.
class SealedWriter {
 public:
  // kStorage: the disk is full or cannot be written.
  static Result<SealedWriter> Create(const home::Home& home, const seal::SealedFileHeader& header);
  SealedWriter(SealedWriter&& other) noexcept;
  SealedWriter& operator=(SealedWriter&&) = delete;
  ~SealedWriter();  // without Commit: the temporary file is removed

  // record.section is an index into the header.
  Result<void> Append(const seal::FileRecord& record);
  uint64_t records() const { return records_; }
  // After it the file has its name, durably. Without a row it is still an orphan.
  Result<WrittenFile> Commit();

 private:
  SealedWriter(std::string path, OwnedFd fd, store::SealedFileRow row);
  Result<void> Put(ByteView bytes);
  Result<void> Flush();

  std::string path_, temporary_;  // temporary_ is empty once there is nothing to remove
  OwnedFd fd_;
  store::SealedFileRow row_;
  uint64_t records_ = 0;
  Bytes buffer_;
  std::unique_ptr<Sha256Stream> hash_;
};

// Reads one sealed file, block by block. kCorrupt: not the file that its name and row say, a length
// that does not fit, a record of a section that is not there. kNotFound: it is missing.
class SealedReader {
 public:
  static Result<SealedReader> Open(const home::Home& home, const FileId& file,
                                   seal::SealedKind kind);
  const seal::SealedFileHeader& header() const { return header_; }
  uint64_t places() const { return places_; }  // for records: those of erased ones, too
  // The next records that are not erased, at most 4096; empty at the end.
  Result<std::vector<seal::FileRecord>> Next();
  // The record in a place, which may be erased. kInternal: there is no such place.
  Result<seal::FileRecord> At(uint64_t place) const;

 private:
  SealedReader(std::string path, OwnedFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Result<seal::FileRecord> Checked(std::span<const uint8_t, seal::FileRecord::kBytes> bytes) const;

  std::string path_;
  OwnedFd fd_;
  seal::SealedFileHeader header_;
  uint64_t places_ = 0, read_ = 0;
};

// Copies the records that `keep` wants into a new file, without the sections that no record needs
// any more. nullopt, and no file, when none is kept. `moved` gets each kept record, unless it is
// null. `keep` is asked more than once about a record and must not change its mind.
using Keep = std::function<bool(const seal::SectionHeader&, const seal::FileRecord&)>;
Result<std::optional<WrittenFile>> RewriteSealed(const home::Home& home,
                                                 const store::SealedFileRow& old,
                                                 seal::SealedKind new_kind, const Keep& keep,
                                                 std::vector<std::pair<RecordId, FileId>>* moved);

// Overwrites with zeros what plans have taken out of intakes (store::PendingErasure), durably, and
// then tells the store that it is done. Before that it may be done again.
Result<void> EraseTaken(home::Home& home);

// Every record of a file that is not erased, a block at a time, with its section.
Result<void> ForEachRecord(
    const home::Home& home, const store::SealedFileRow& file,
    const std::function<Result<void>(const seal::SealedFileHeader&,
                                     const std::vector<seal::FileRecord>&)>& on_block);

// Unlinks files that a transaction has just replaced, and syncs the folder. A file that is gone
// already is success.
Result<void> RemoveSealed(const home::Home& home, std::span<const store::SealedFileRow> files);

struct RecoveredFiles {
  uint64_t orphans = 0;  // files that no row names, removed: temporary ones too
  uint64_t lost = 0;     // sealed numbers whose file is missing: counted, logged, eligible again
};
// On start, before anything else moves files. The caller holds HOME/lock: without it an import that
// is running would lose its file, so that then nothing is done and zeros are returned.
Result<RecoveredFiles> RecoverSealedFolder(home::Home& home);

}  // namespace signpost::ingest
