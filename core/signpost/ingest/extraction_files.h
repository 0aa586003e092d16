// Finds and opens the files of an extraction, which is one word on the command line: a file,
// standard input, or a folder with every file in it that may be a source. Never reads.
//
// In a folder, candidates are chosen by name, and the reader confirms each by its content. Links
// are not followed, neither to files nor to folders; what is no regular file is left alone. Files
// that name the phone's owner come first, then the rest in the order of their names, so that one
// folder is always read in one order.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::ingest {

// An open file, and the sidecar files that a database may have: -wal and -journal of its name.
struct OpenedFile {
  std::array<OwnedFd, wire::reader::kParts> parts;     // empty: there is none
  std::array<uint64_t, wire::reader::kParts> bytes{};  // kNoSize: a pipe, or none
  bool IsPipe() const { return bytes[wire::reader::kMain] == wire::reader::kNoSize; }
};

struct ExtractionPath {
  std::string path;
  std::string shown;        // without the folder it was found in; may be called anything
  bool known_only = false;  // .xml, .txt, .zip in a folder: a phone is full of others
};

struct Extraction {
  std::vector<ExtractionPath> files;
  bool folder = false;  // else exactly one, which was named itself
};

constexpr size_t kMaxFolderEntries = 1'000'000;
constexpr int kMaxFolderDepth = 32;

// "contacts2.db", "Calls.CSV": could a file of this name be a source?
bool MayBeSource(std::string_view name);

// kInput: an empty folder, one without any candidate, or one that is too large or too deep.
Result<Extraction> FindExtraction(const std::string& path);

// "-" is standard input. kInput for a folder, and for what is no regular file.
Result<OpenedFile> OpenExtractionFile(const std::string& path);

// Not the same file any more, or not as it was: somebody wrote to it, or replaced a part.
bool HasChanged(const OpenedFile& file, const std::string& before);
std::string StateOf(const OpenedFile& file);  // for HasChanged: sizes and times

}  // namespace signpost::ingest
