#include "core/signpost/ingest/extraction_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "core/shared/formats/names.h"

namespace signpost::ingest {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string BaseName(std::string_view path) {
  return Lower(path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1));
}

bool MayBeMuchElse(std::string_view name) {
  const std::string lower = Lower(name);
  return formats::IsOfMuchElse(lower) || lower.ends_with(".zip");
}

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

// Walks by descriptors, so that a folder which is moved meanwhile leads nowhere else.
class Walk {
 public:
  explicit Walk(std::string root) : root_(std::move(root)) {}

  Result<void> Folder(OwnedFd fd, const std::string& below, int depth) {
    if (depth > kMaxFolderDepth) return Fail(Code::kInput, "is nested too deep", root_);
    const std::unique_ptr<DIR, CloseDir> dir(fdopendir(fd.get()));
    if (!dir) return FailErrno("fdopendir", root_);
    const int at = fd.release();  // the DIR's now
    std::vector<std::string> folders;
    for (;;) {
      errno = 0;
      const dirent* entry = readdir(dir.get());
      if (entry == nullptr) {
        if (errno != 0) return FailErrno("readdir", root_);
        break;
      }
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (++entries_ > kMaxFolderEntries) {
        return Fail(Code::kInput, "has more than a million files", root_,
                    "name the folder of the extraction itself");
      }
      struct stat facts {};
      if (fstatat(at, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;  // gone
      if (S_ISDIR(facts.st_mode)) folders.push_back(name);
      if (S_ISREG(facts.st_mode) && MayBeSource(name)) {
        files_.push_back({root_ + "/" + below + name, below + name, MayBeMuchElse(name)});
      }
    }
    for (const std::string& name : folders) {
      OwnedFd inner(openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!inner) return FailErrno("open", root_);
      TRY(Folder(std::move(inner), below + name + "/", depth + 1));
    }
    return {};
  }

  std::vector<ExtractionPath> Sorted() && {
    const auto rank = [](const ExtractionPath& file) {
      return std::pair(!formats::TellsOwner(BaseName(file.shown)), file.shown);
    };
    std::sort(files_.begin(), files_.end(),
              [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return std::move(files_);
  }

 private:
  std::string root_;
  size_t entries_ = 0;
  std::vector<ExtractionPath> files_;
};

Result<OwnedFd> OpenRegular(const std::string& path, int flags) {
  // Not blocking: a pipe that nobody writes to would hold the home's lock for ever.
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags));
  if (!fd) return FailErrno("open", path);
  struct stat facts {};
  if (fstat(fd.get(), &facts) != 0) return FailErrno("fstat", path);
  if (S_ISDIR(facts.st_mode)) return Fail(Code::kInput, "is a folder, not a file", path);
  if (!S_ISREG(facts.st_mode)) {
    return Fail(Code::kInput, "is not a regular file", path,
                "write - and feed it on standard input");
  }
  return fd;
}

uint64_t SizeOf(const OwnedFd& fd) {
  struct stat facts {};
  if (!fd || fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return wire::reader::kNoSize;
  return static_cast<uint64_t>(facts.st_size);
}

}  // namespace

bool MayBeSource(std::string_view name) {
  const std::string lower = BaseName(name);
  return formats::IsDatabaseName(lower) || formats::IsTextName(lower) || lower.ends_with(".zip");
}

Result<Extraction> FindExtraction(const std::string& path) {
  struct stat facts {};
  if (path == "-" || stat(path.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    return Extraction{{{path, path == "-" ? "standard input" : path, false}}, false};
  }
  OwnedFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FailErrno("open", path);
  std::string root = path;
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  Walk walk(root);
  TRY(walk.Folder(std::move(fd), "", 0));
  Extraction set{std::move(walk).Sorted(), true};
  if (set.files.empty()) {
    return Fail(Code::kInput, "no file in this folder is named as a known source is", path,
                "signpost formats lists them; a single file can be named itself");
  }
  if (set.files.size() > wire::reader::kMaxSources) {
    return Fail(Code::kInput, "has more than 200,000 files that may be sources", path,
                "name the folders in it one by one");
  }
  return set;
}

Result<OpenedFile> OpenExtractionFile(const std::string& path) {
  OpenedFile file;
  file.bytes.fill(wire::reader::kNoSize);
  if (path == "-") {
    file.parts[wire::reader::kMain] = OwnedFd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!file.parts[wire::reader::kMain]) return FailErrno("fcntl", "standard input");
    return file;
  }
  TRY_ASSIGN(file.parts[wire::reader::kMain], OpenRegular(path, 0));
  file.bytes[wire::reader::kMain] = SizeOf(file.parts[wire::reader::kMain]);
  constexpr std::pair<wire::reader::Part, const char*> kSidecars[] = {
      {wire::reader::kWal, "-wal"}, {wire::reader::kJournal, "-journal"}};
  for (const auto& [part, ending] : kSidecars) {
    Result<OwnedFd> fd = OpenRegular(path + ending, O_NOFOLLOW);
    if (!fd) {
      // One that is there and cannot be read must not pass for none: rows would be missing.
      struct stat facts {};
      if (lstat((path + ending).c_str(), &facts) == 0) return tl::unexpected(fd.error());
      continue;
    }
    file.parts[part] = std::move(*fd);
    file.bytes[part] = SizeOf(file.parts[part]);
  }
  return file;
}

std::string StateOf(const OpenedFile& file) {
  std::string state;
  for (const OwnedFd& fd : file.parts) {
    struct stat facts {};
    if (!fd || fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    for (const auto value :
         {static_cast<int64_t>(facts.st_ino), static_cast<int64_t>(facts.st_size),
          static_cast<int64_t>(facts.st_mtim.tv_sec),
          static_cast<int64_t>(facts.st_mtim.tv_nsec)}) {
      state += std::to_string(value) + " ";
    }
  }
  return state;
}

bool HasChanged(const OpenedFile& file, const std::string& before) {
  return StateOf(file) != before;
}

}  // namespace signpost::ingest
