#include "core/signpost/ingest/sealed_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "crypto/base/file.h"

namespace signpost::ingest {
namespace {

constexpr size_t kWriteBlock = 64 * 1024;
constexpr size_t kReadBlock = 4096;  // records
constexpr std::string_view kTemporary = ".tmp";

std::string SealedFolder(const home::Home& home) { return home.Path("sealed"); }

uint64_t OffsetOf(const seal::SealedFileHeader& header, uint64_t place) {
  return header.EncodedBytes() + place * seal::FileRecord::kBytes;
}

}  // namespace

SealedWriter::SealedWriter(std::string path, OwnedFd fd, store::SealedFileRow row)
    : path_(std::move(path)),
      temporary_(path_ + std::string(kTemporary)),
      fd_(std::move(fd)),
      row_(std::move(row)),
      hash_(std::make_unique<Sha256Stream>()) {
  buffer_.reserve(kWriteBlock + seal::SealedFileHeader::kSectionBytes);
}

SealedWriter::SealedWriter(SealedWriter&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      row_(std::move(other.row_)),
      records_(other.records_),
      buffer_(std::move(other.buffer_)),
      hash_(std::move(other.hash_)) {}

SealedWriter::~SealedWriter() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<SealedWriter> SealedWriter::Create(const home::Home& home,
                                          const seal::SealedFileHeader& header) {
  const std::string path = home.SealedPath(header.file, header.kind);
  const std::string temporary = path + std::string(kTemporary);
  OwnedFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return FailErrno("open", temporary);
  store::SealedFileRow row;
  row.file = header.file;
  row.kind = header.kind;
  row.expiry = header.expiry();
  SealedWriter writer(path, std::move(fd), std::move(row));
  TRY(writer.Put(seal::EncodeHeader(header)));
  return writer;
}

Result<void> SealedWriter::Put(ByteView bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return buffer_.size() < kWriteBlock ? Result<void>() : Flush();
}

Result<void> SealedWriter::Flush() {
  hash_->Update(buffer_);
  TRY(WriteAll(fd_.get(), buffer_, path_));
  buffer_.clear();
  return {};
}

Result<void> SealedWriter::Append(const seal::FileRecord& record) {
  std::array<uint8_t, seal::FileRecord::kBytes> bytes;
  seal::EncodeRecord(record, bytes);
  ++records_;
  return Put(bytes);
}

Result<WrittenFile> SealedWriter::Commit() {
  TRY(Flush());
  if (fsync(fd_.get()) != 0) return FailErrno("fsync", path_);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) return FailErrno("rename", path_);
  temporary_.clear();
  TRY(SyncFolder(DirName(path_)));
  row_.records = records_;
  return WrittenFile{row_, hash_->Finish()};
}

Result<SealedReader> SealedReader::Open(const home::Home& home, const FileId& file,
                                        seal::SealedKind kind) {
  const std::string path = home.SealedPath(file, kind);
  TRY_ASSIGN(OwnedFd fd, OpenRead(path));
  struct stat facts {};
  if (fstat(fd.get(), &facts) != 0) return FailErrno("fstat", path);
  SealedReader reader(path, std::move(fd));
  Bytes head(seal::SealedFileHeader::kFixedBytes);
  TRY_ASSIGN(size_t got, ReadUpTo(reader.fd_.get(), head, path));
  if (got < head.size()) return Fail(Code::kCorrupt, "a sealed file is cut off", path);
  TRY_ASSIGN(const size_t whole, seal::HeaderBytes(head));
  head.resize(whole);
  const auto sections = std::span(head).subspan(seal::SealedFileHeader::kFixedBytes);
  TRY_ASSIGN(got, ReadUpTo(reader.fd_.get(), sections, path));
  if (got < sections.size()) return Fail(Code::kCorrupt, "a sealed file is cut off", path);
  TRY_ASSIGN(reader.header_, seal::DecodeHeader(head));
  if (reader.header_.file != file || reader.header_.kind != kind) {
    return Fail(Code::kCorrupt, "a sealed file under another file's name", path);
  }
  const auto body = static_cast<uint64_t>(facts.st_size) - whole;
  if (static_cast<uint64_t>(facts.st_size) < whole || body % seal::FileRecord::kBytes != 0) {
    return Fail(Code::kCorrupt, "a sealed file is cut off", path);
  }
  reader.places_ = body / seal::FileRecord::kBytes;
  return reader;
}

Result<seal::FileRecord> SealedReader::Checked(
    std::span<const uint8_t, seal::FileRecord::kBytes> bytes) const {
  const seal::FileRecord record = seal::DecodeRecord(bytes);
  if (record.erased() && header_.kind == seal::SealedKind::kBatch) {
    return Fail(Code::kCorrupt, "a record of a batch is erased", path_);
  }
  if (!record.erased() && record.section >= header_.sections.size()) {
    return Fail(Code::kCorrupt, "a record names a section that is not there", path_);
  }
  return record;
}

Result<std::vector<seal::FileRecord>> SealedReader::Next() {
  std::vector<seal::FileRecord> records;
  while (records.empty() && read_ < places_) {
    const size_t count = std::min<uint64_t>(places_ - read_, kReadBlock);
    Bytes bytes(count * seal::FileRecord::kBytes);
    TRY_ASSIGN(const size_t got, ReadUpTo(fd_.get(), bytes, path_));
    if (got < bytes.size()) return Fail(Code::kCorrupt, "a sealed file is cut off", path_);
    records.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      const auto one = std::span<const uint8_t>(bytes).subspan(i * seal::FileRecord::kBytes);
      TRY_ASSIGN(const seal::FileRecord record, Checked(one.first<seal::FileRecord::kBytes>()));
      if (!record.erased()) records.push_back(record);
    }
    read_ += count;
  }
  return records;
}

Result<seal::FileRecord> SealedReader::At(uint64_t place) const {
  if (place >= places_) return Fail(Code::kInternal, "a place that the file does not have", path_);
  std::array<uint8_t, seal::FileRecord::kBytes> bytes;
  TRY_ASSIGN(const size_t got, ReadUpToAt(fd_.get(), bytes, OffsetOf(header_, place), path_));
  if (got < bytes.size()) return Fail(Code::kCorrupt, "a sealed file is cut off", path_);
  return Checked(bytes);
}

namespace {

using SectionNumbers = std::map<uint32_t, uint32_t>;  // old index -> new index

// The sections that a kept record needs, into `header`.
Result<SectionNumbers> NeededSections(const home::Home& home, const store::SealedFileRow& old,
                                      const Keep& keep, seal::SealedFileHeader& header) {
  SectionNumbers renumbered;
  TRY(ForEachRecord(
      home, old, [&](const seal::SealedFileHeader& from, const auto& block) -> Result<void> {
        for (const seal::FileRecord& record : block) {
          const seal::SectionHeader& section = from.sections[record.section];
          if (renumbered.count(record.section) != 0 || !keep(section, record)) continue;
          renumbered.emplace(record.section, static_cast<uint32_t>(header.sections.size()));
          header.sections.push_back(section);
        }
        return {};
      }));
  return renumbered;
}

}  // namespace

Result<void> ForEachRecord(
    const home::Home& home, const store::SealedFileRow& file,
    const std::function<Result<void>(const seal::SealedFileHeader&,
                                     const std::vector<seal::FileRecord>&)>& on_block) {
  TRY_ASSIGN(SealedReader reader, SealedReader::Open(home, file.file, file.kind));
  for (;;) {
    TRY_ASSIGN(const std::vector<seal::FileRecord> block, reader.Next());
    if (block.empty()) return {};
    TRY(on_block(reader.header(), block));
  }
}

Result<std::optional<WrittenFile>> RewriteSealed(const home::Home& home,
                                                 const store::SealedFileRow& old,
                                                 seal::SealedKind new_kind, const Keep& keep,
                                                 std::vector<std::pair<RecordId, FileId>>* moved) {
  seal::SealedFileHeader header;
  header.kind = new_kind;
  header.file = FileId::Random();
  TRY_ASSIGN(const SectionNumbers renumbered, NeededSections(home, old, keep, header));
  if (renumbered.empty()) return std::optional<WrittenFile>();
  TRY_ASSIGN(SealedWriter writer, SealedWriter::Create(home, header));
  const auto copy = [&](const seal::SealedFileHeader& from, const auto& block) -> Result<void> {
    for (seal::FileRecord record : block) {
      if (!keep(from.sections[record.section], record)) continue;
      record.section = renumbered.at(record.section);
      TRY(writer.Append(record));
      if (moved != nullptr) moved->emplace_back(record.record.id, header.file);
    }
    return {};
  };
  TRY(ForEachRecord(home, old, copy));
  TRY_ASSIGN(WrittenFile written, writer.Commit());
  return std::optional<WrittenFile>(std::move(written));
}

namespace {

Result<void> EraseIn(const home::Home& home, const store::PendingErasure& pending) {
  TRY_ASSIGN(const SealedReader reader,
             SealedReader::Open(home, pending.intake, seal::SealedKind::kIntake));
  const std::string path = home.SealedPath(pending.intake, seal::SealedKind::kIntake);
  const OwnedFd fd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return FailErrno("open", path);
  constexpr std::array<uint8_t, seal::FileRecord::kBytes> kErased{};
  for (const uint64_t place : pending.records) {
    if (place >= reader.places()) break;  // cut off: it is not there any more
    TRY(WriteAllAt(fd.get(), kErased, OffsetOf(reader.header(), place), path));
  }
  if (fdatasync(fd.get()) != 0) return FailErrno("fdatasync", path);
  return {};
}

}  // namespace

Result<void> EraseTaken(home::Home& home) {
  TRY_ASSIGN(const std::vector<store::PendingErasure> all, home.store->PendingErasures());
  if (all.empty()) return {};
  for (const store::PendingErasure& pending : all) TRY(EraseIn(home, pending));
  return home.store->ErasuresDone();
}

Result<void> RemoveSealed(const home::Home& home, std::span<const store::SealedFileRow> files) {
  if (files.empty()) return {};
  for (const store::SealedFileRow& file : files) {
    const std::string path = home.SealedPath(file.file, file.kind);
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return FailErrno("unlink", path);
  }
  return SyncFolder(SealedFolder(home));
}

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

Result<std::set<std::string>> NamesIn(const std::string& folder) {
  const std::unique_ptr<DIR, CloseFolder> open(opendir(folder.c_str()));
  if (!open) return FailErrno("opendir", folder);
  std::set<std::string> names;
  for (errno = 0; const dirent* entry = readdir(open.get()); errno = 0) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.insert(name);
  }
  if (errno != 0) return FailErrno("readdir", folder);
  return names;
}

bool IsOurs(std::string_view name) {
  return name.ends_with(".intake") || name.ends_with(".batch") || name.ends_with(kTemporary);
}

}  // namespace

Result<RecoveredFiles> RecoverSealedFolder(home::Home& home) {
  RecoveredFiles recovered;
  if (!home.files_lock) return recovered;
  const std::string folder = SealedFolder(home);
  TRY_ASSIGN(std::set<std::string> names, NamesIn(folder));
  TRY_ASSIGN(const std::vector<store::SealedFileRow> rows, home.store->SealedFiles());
  std::vector<FileId> present;
  for (const store::SealedFileRow& row : rows) {
    if (names.erase(BaseName(home.SealedPath(row.file, row.kind))) != 0)
      present.push_back(row.file);
  }
  for (const std::string& name : names) {
    if (!IsOurs(name)) continue;  // lost+found, or what somebody put there: not ours to remove
    const std::string path = folder + "/" + name;
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return FailErrno("unlink", path);
    ++recovered.orphans;
  }
  if (!names.empty()) TRY(SyncFolder(folder));
  if (present.size() < rows.size()) {
    const auto describe = [&](const ledger::Counts& counts) {
      return std::vector<store::NewEntry>{home.Counted(ledger::RecordsLost{}, counts)};
    };
    TRY_ASSIGN(recovered.lost, home.store->DropMissingFiles(present, describe));
  }
  // A file that cannot be read is in nobody's way: whoever wants its records will say so.
  const Result<void> erased = EraseTaken(home);
  if (!erased && erased.error().code != Code::kCorrupt) return tl::unexpected(erased.error());
  return recovered;
}

}  // namespace signpost::ingest
