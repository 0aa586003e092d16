#include "core/shared/ledger/evidence.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include "crypto/base/file.h"
#include "crypto/note/note.h"
#include "crypto/tree/tree.h"

namespace signpost::ledger {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kTileWidth = 256;
constexpr uint64_t kMaxEntries = 10'000'000;  // a ledger of one site has thousands
constexpr size_t kMaxDocumentBytes = 1u << 20;
constexpr size_t kMaxDocuments = 200'000;

// Calls `each(n, width)` for every tile of `count` items.
Result<void> ForEachTile(uint64_t count,
                         const std::function<Result<void>(uint64_t, unsigned)>& each) {
  for (uint64_t n = 0; n * kTileWidth < count; ++n) {
    TRY(each(n, static_cast<unsigned>(std::min(kTileWidth, count - n * kTileWidth))));
  }
  return {};
}

// The hash tiles of the first `size` entries, level by level: path and bytes. A partial tile is
// never hashed upward.
Result<void> ForEachHashTile(
    const std::vector<std::string>& entries, uint64_t size,
    const std::function<Result<void>(const std::string& path, std::string_view bytes)>& each) {
  std::vector<Digest> level_hashes;
  for (uint64_t i = 0; i < size; ++i) level_hashes.push_back(tree::LeafHash(entries[i]));
  for (unsigned level = 0; !level_hashes.empty(); ++level) {
    std::vector<Digest> above;
    TRY(ForEachTile(level_hashes.size(), [&](uint64_t n, unsigned width) -> Result<void> {
      const std::span<const Digest> tile(level_hashes.data() + n * kTileWidth, width);
      std::string bytes;
      for (const Digest& hash : tile) bytes += AsText(hash);
      if (width == kTileWidth) above.push_back(tree::RootOf(tile));
      return each(tree::TilePath(level, n, width), bytes);
    }));
    level_hashes = std::move(above);
  }
  return {};
}

std::string Bundle(const std::vector<std::string>& entries, uint64_t n, unsigned width) {
  std::string out;
  for (uint64_t i = n * kTileWidth; i < n * kTileWidth + width; ++i) {
    out += static_cast<char>(entries[i].size() >> 8);
    out += static_cast<char>(entries[i].size() & 0xff);
    out += entries[i];
  }
  return out;
}

Result<void> Unbundle(std::string_view bytes, unsigned width, const std::string& place,
                      std::vector<std::string>& entries) {
  for (unsigned i = 0; i < width; ++i) {
    if (bytes.size() < 2) return Fail(Code::kInput, "entries are cut short", place);
    const size_t length =
        static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
    if (bytes.size() < 2 + length) return Fail(Code::kInput, "entries are cut short", place);
    entries.emplace_back(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
  if (!bytes.empty()) return Fail(Code::kInput, "bytes behind the last entry", place);
  return {};
}

Result<void> WriteBelow(const std::string& dir, const std::string& path, std::string_view bytes) {
  const std::string full = dir + "/" + path;
  std::error_code error;
  fs::create_directories(DirName(full), error);
  if (error) {
    errno = error.value();
    return FailErrno("mkdir", DirName(full));
  }
  struct stat status {};
  if (stat(full.c_str(), &status) == 0 && static_cast<size_t>(status.st_size) == bytes.size()) {
    const auto present = ReadFile(full);
    if (present && *present == bytes) return {};  // full tiles never change
  }
  return WriteFileAtomic(full, bytes, 0644);
}

// A folder from somebody else may hold a link or a pipe where a file should be.
Result<std::string> ReadRegular(const std::string& path, size_t max_bytes) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return FailErrno("open", path);
  if (!S_ISREG(status.st_mode)) return Fail(Code::kInput, "not a regular file", path);
  return ReadFile(path, max_bytes);
}

Result<uint64_t> CheckpointSize(const std::string& note_text, Code code, const std::string& place) {
  const auto note = note::Note::Parse(note_text);
  if (!note) return Fail(code, "checkpoint is not a signed note", place);
  const auto checkpoint = note::Checkpoint::Parse(note->text());
  if (!checkpoint) return Fail(code, "checkpoint cannot be read", place);
  if (checkpoint->size > kMaxEntries)
    return Fail(code, "checkpoint speaks of too many entries", place);
  return checkpoint->size;
}

Result<void> ReadDocuments(const std::string& dir, Evidence& evidence) {
  for (const char* kind : {"policy", "policy-change", "manifest", "message"}) {
    const std::string folder = dir + "/documents/" + kind;
    std::error_code error;
    fs::directory_iterator it(folder, error);
    if (error) continue;  // none of this kind
    for (; it != fs::directory_iterator(); it.increment(error)) {
      const std::string id = it->path().filename().string();
      if (id.find(".tmp-") != id.npos) continue;  // a write that a crash cut short
      const std::string path = folder + "/" + id;
      if (!IsDocumentId(id)) return Fail(Code::kInput, "not the name of a document", path);
      if (evidence.documents.size() >= kMaxDocuments) {
        return Fail(Code::kInput, "too many documents", folder);
      }
      TRY_ASSIGN(evidence.documents[std::make_pair(std::string(kind), id)],
                 ReadRegular(path, kMaxDocumentBytes));
    }
    if (error) return Fail(Code::kInput, "folder cannot be read", folder);
  }
  return {};
}

Result<void> ReadOpenings(const std::string& dir, Evidence& evidence) {
  const std::string path = dir + "/openings.jsonl";
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 && errno == ENOENT) return {};
  TRY_ASSIGN(const std::string text, ReadRegular(path, 1u << 30));
  std::string_view rest = text;
  for (int line = 1; !rest.empty(); ++line) {
    const size_t end = rest.find('\n');
    const auto opening = DecodeOpening(rest.substr(0, end));
    if (end == rest.npos || !opening ||
        !evidence.openings.emplace(opening->first, opening->second).second) {
      return Fail(Code::kInput, "not an opening, or a second one of the same entry",
                  fmt::format("{}:{}", path, line));
    }
    rest.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

const std::string* Evidence::Document(const std::string& kind, const std::string& id) const {
  const auto found = documents.find({kind, id});
  return found == documents.end() ? nullptr : &found->second;
}

bool IsDocumentKind(std::string_view kind) {
  return kind == "policy" || kind == "policy-change" || kind == "manifest" || kind == "message";
}

bool IsDocumentId(std::string_view id) {
  return !id.empty() && id.size() <= 64 && id.find_first_not_of("0123456789abcdef") == id.npos;
}

Result<void> WriteEvidence(const std::string& dir, const Evidence& evidence, bool with_openings) {
  TRY_ASSIGN(const uint64_t size, CheckpointSize(evidence.checkpoint, Code::kCorrupt, "ledger"));
  if (size > evidence.entries.size()) {
    return Fail(Code::kCorrupt, "checkpoint speaks of entries that are not there", "ledger");
  }
  for (uint64_t i = 0; i < size; ++i) {
    if (evidence.entries[i].size() > kMaxEntryBytes) {
      return Fail(Code::kCorrupt, "entry is too large", fmt::format("entry {}", i));
    }
  }
  TRY(ForEachTile(size, [&](uint64_t n, unsigned width) {
    return WriteBelow(dir, tree::EntriesPath(n, width), Bundle(evidence.entries, n, width));
  }));
  TRY(ForEachHashTile(evidence.entries, size, [&](const std::string& path, std::string_view bytes) {
    return WriteBelow(dir, path, bytes);
  }));
  for (const auto& [key, content] : evidence.documents) {
    if (!IsDocumentKind(key.first) || !IsDocumentId(key.second)) {
      return Fail(Code::kInput, "not a document that evidence can hold", key.first);
    }
    TRY(WriteBelow(dir, "documents/" + key.first + "/" + key.second, content));
  }
  if (with_openings) {
    std::string lines;
    for (const auto& [index, opening] : evidence.openings) {
      if (index < size) lines += EncodeOpening(index, opening) + '\n';
    }
    TRY(WriteBelow(dir, "openings.jsonl", lines));
  } else {
    TRY(RemoveFile(dir + "/openings.jsonl"));
  }
  return WriteBelow(dir, "checkpoint", evidence.checkpoint);
}

Result<Evidence> ReadEvidenceFolder(const std::string& dir) {
  Evidence evidence;
  TRY_ASSIGN(evidence.checkpoint, ReadRegular(dir + "/checkpoint", kMaxDocumentBytes));
  TRY_ASSIGN(const uint64_t size,
             CheckpointSize(evidence.checkpoint, Code::kInput, dir + "/checkpoint"));
  TRY(ForEachTile(size, [&](uint64_t n, unsigned width) -> Result<void> {
    const std::string path = dir + "/" + tree::EntriesPath(n, width);
    TRY_ASSIGN(const std::string bytes, ReadRegular(path, kTileWidth * (kMaxEntryBytes + 2)));
    return Unbundle(bytes, width, path, evidence.entries);
  }));
  TRY(ForEachHashTile(
      evidence.entries, size, [&](const std::string& path, std::string_view bytes) -> Result<void> {
        TRY_ASSIGN(const std::string present, ReadRegular(dir + "/" + path, kTileWidth * 32));
        if (present != bytes) evidence.tile_faults.push_back(path);
        return {};
      }));
  TRY(ReadDocuments(dir, evidence));
  TRY(ReadOpenings(dir, evidence));
  return evidence;
}

}  // namespace signpost::ledger
