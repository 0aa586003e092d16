#include "core/verifier/home/home_contents.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "crypto/base/file.h"
#include "crypto/base/time.h"

namespace signpost::verifier {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxKeyFileBytes = 64 * 1024;
constexpr size_t kMaxHeaderBytes = 16u << 20;  // 65,535 sections and room
constexpr int64_t kLockWaitMillis = 2000;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Names in a folder, sorted. A folder that is not there is empty.
Result<std::vector<std::string>> Names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator it(folder, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && it != fs::directory_iterator(); it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) return Fail(Code::kInput, "folder cannot be read", folder);
  std::sort(names.begin(), names.end());
  return names;
}

// Opens what is a regular file, without waiting on a pipe that lies in its place.
Result<std::optional<OwnedFd>> OpenRegular(const std::string& path, uint64_t& size) {
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    if (errno == ELOOP || errno == ENOENT) return std::optional<OwnedFd>();
    return FailErrno("open", path);
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return FailErrno("fstat", path);
  if (!S_ISREG(status.st_mode)) return std::optional<OwnedFd>();
  size = static_cast<uint64_t>(status.st_size);
  return std::optional<OwnedFd>(std::move(fd));
}

Result<Digest> HashOf(const std::string& path) {
  TRY_ASSIGN(OwnedFd fd, OpenRead(path));
  Sha256Stream hash;
  Bytes block(256 * 1024);
  for (;;) {
    TRY_ASSIGN(const size_t got, ReadUpTo(fd.get(), block, path));
    hash.Update(ByteView(block).first(got));
    if (got < block.size()) return hash.Finish();
  }
}

// kCorrupt: not the header of a sealed file.
Result<seal::SealedFileHeader> ReadHeader(int fd, const std::string& path) {
  Bytes bytes(seal::SealedFileHeader::kFixedBytes);
  TRY_ASSIGN(const size_t got, ReadUpTo(fd, bytes, path));
  if (got < bytes.size()) return Fail(Code::kCorrupt, "too short", path);
  TRY_ASSIGN(const size_t whole, seal::HeaderBytes(bytes));
  if (whole > kMaxHeaderBytes || whole < bytes.size()) {
    return Fail(Code::kCorrupt, "too many sections", path);
  }
  const size_t fixed = bytes.size();
  bytes.resize(whole);
  TRY_ASSIGN(const size_t rest, ReadUpTo(fd, std::span(bytes).subspan(fixed), path));
  if (fixed + rest < whole) return Fail(Code::kCorrupt, "too short", path);
  return seal::DecodeHeader(bytes);
}

// Counts the records that are still held in an intake, from where `fd` stands.
Result<uint64_t> CountRecords(int fd, const std::string& path, const FileId& file,
                              const std::set<std::pair<FileId, uint64_t>>& taken) {
  constexpr size_t kRecord = seal::FileRecord::kBytes;
  uint64_t held = 0, place = 0;
  Bytes block(4096 * kRecord);
  for (;;) {
    TRY_ASSIGN(const size_t got, ReadUpTo(fd, block, path));
    for (size_t at = 0; at + kRecord <= got; at += kRecord, ++place) {
      const auto bytes = std::span<const uint8_t>(block).subspan(at).first<kRecord>();
      if (seal::DecodeRecord(bytes).erased() || taken.count({file, place}) != 0) continue;
      ++held;
    }
    if (got < block.size()) return held;
  }
}

Result<void> ReadSealed(const std::string& path, seal::SealedKind kind,
                        const HomeContents& contents, HeldFile& file) {
  uint64_t size = 0;
  TRY_ASSIGN(const std::optional<OwnedFd> fd, OpenRegular(path, size));
  if (!fd) return {};
  const Result<seal::SealedFileHeader> header = ReadHeader(fd->get(), path);
  if (!header) {
    if (header.error().code == Code::kCorrupt) return {};
    return tl::unexpected(header.error());
  }
  const uint64_t start = header->EncodedBytes();
  if (header->kind != kind || size < start || (size - start) % seal::FileRecord::kBytes != 0)
    return {};
  file.header = *header;
  file.records = (size - start) / seal::FileRecord::kBytes;
  if (kind == seal::SealedKind::kBatch) {
    TRY_ASSIGN(file.hash, HashOf(path));
  } else {
    TRY_ASSIGN(file.records, CountRecords(fd->get(), path, header->file, contents.taken));
  }
  return {};
}

Result<void> ReadSealedFolder(const std::string& home, HomeContents& contents) {
  const std::string folder = home + "/sealed";
  TRY_ASSIGN(const std::vector<std::string> names, Names(folder));
  for (const std::string& name : names) {
    const bool intake = EndsWith(name, ".intake");
    if (!intake && !EndsWith(name, ".batch")) {
      contents.strange.push_back(name);
      continue;
    }
    HeldFile& file = contents.sealed.emplace_back();
    file.name = name;
    TRY(ReadSealed(folder + "/" + name,
                   intake ? seal::SealedKind::kIntake : seal::SealedKind::kBatch, contents, file));
  }
  return {};
}

Result<void> ReadKeys(const std::string& home, const std::string& below, bool live,
                      HomeContents& contents) {
  const std::string folder = home + "/keys" + (below.empty() ? "" : "/" + below);
  TRY_ASSIGN(const std::vector<std::string> names, Names(folder));
  for (const std::string& name : names) {
    if (!EndsWith(name, ".key")) continue;
    uint64_t size = 0;
    const std::string path = folder + "/" + name;
    TRY_ASSIGN(const std::optional<OwnedFd> fd, OpenRegular(path, size));
    if (!fd || size > kMaxKeyFileBytes) continue;
    HeldKey key;
    key.name = below.empty() ? name : below + "/" + name;
    key.live = live;
    // A signing key (ledger, planner) is no wrapped key; what it holds is not kept here.
    TRY_ASSIGN(const std::string text, ReadFile(path, kMaxKeyFileBytes));
    if (auto header = custody::ReadKeyFileHeader(text)) key.header = std::move(*header);
    contents.keys.push_back(std::move(key));
  }
  return {};
}

Result<void> ReadOptOutLog(const std::string& home, HomeContents& contents) {
  const std::string path = home + "/optouts.log";
  uint64_t size = 0;
  TRY_ASSIGN(const std::optional<OwnedFd> fd, OpenRegular(path, size));
  if (!fd) return {};
  TRY_ASSIGN(const std::string text, ReadFile(path, 1u << 30));
  std::vector<Digest>& hashes = contents.opt_out_log.emplace();
  std::string_view rest = text;
  for (size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    const std::string_view line = rest.substr(0, end + 1);
    Sha256Stream hash;
    if (!hashes.empty()) hash.Update(hashes.back());
    hash.Update(AsBytes(line));
    hashes.push_back(hash.Finish());
    rest.remove_prefix(end + 1);
  }
  return {};
}

// Commands hold these while they move files or send. Nothing: one of them is at work.
std::optional<OwnedFd> Share(const std::string& path) {
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fd;  // a copy of a home has none: then nobody is at work
  const int64_t give_up = MonotonicMillis() + kLockWaitMillis;
  while (flock(fd.get(), LOCK_SH | LOCK_NB) != 0) {
    if (MonotonicMillis() >= give_up) return std::nullopt;
    poll(nullptr, 0, 50);
  }
  return fd;
}

}  // namespace

bool IsHome(const std::string& dir) {
  struct stat status {};
  return stat((dir + "/store.db").c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

HomeLock LockHome(const std::string& home_dir) {
  HomeLock lock;
  auto dispatch = Share(home_dir + "/dispatch.lock");
  auto files = Share(home_dir + "/lock");
  lock.busy = !dispatch || !files;
  if (dispatch) lock.dispatch = std::move(*dispatch);
  if (files) lock.files = std::move(*files);
  return lock;
}

Result<HomeContents> ReadHomeContents(const std::string& home_dir, const HomeLock& lock) {
  HomeContents contents;
  contents.busy = lock.busy;
  TRY(ReadHomeRows(home_dir, contents));
  TRY(ReadSealedFolder(home_dir, contents));
  TRY(ReadKeys(home_dir, "", false, contents));
  TRY(ReadKeys(home_dir, "live", true, contents));
  TRY(ReadOptOutLog(home_dir, contents));
  return contents;
}

}  // namespace signpost::verifier
