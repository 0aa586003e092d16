// Reads a TOML file strictly: a key that nobody asked for, a value of another type or out of its
// range is an error that names its line and its key, and never what stands there.
//
//   TRY_ASSIGN(toml::File file, toml::File::Parse(text, "site.toml", "SITE.md lists the keys"));
//   toml::Table root = file.root();
//   root.Require({"port"});
//   root.Number("port", 1, 65535, port);
//   TRY(file.Check());
//
// The one place that knows toml++, which is slow to compile. One thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/base/result.h"

namespace signpost::policy::toml {

using Fits = std::function<bool(std::string_view)>;

// One table of a File, which must outlive it. A function that reads leaves `out` alone when the key
// is absent or faulty. A fault does not end the reading: the file keeps the first one. `shape` ends
// the sentence "KEY must be ...".
class Table {
 public:
  void Require(std::initializer_list<std::string_view> keys);
  template <std::integral T>
  void Number(std::string_view key, T min, T max, T& out) {
    if (const auto number = ReadNumber(key, int64_t{min}, int64_t{max})) {
      out = static_cast<T>(*number);
    }
  }
  void Flag(std::string_view key, bool& out);
  // No text holds a control character, whatever `fits` says.
  void Text(std::string_view key, const Fits& fits, std::string_view shape, std::string& out);
  void Texts(std::string_view key, size_t min, size_t max, const Fits& fits, std::string_view shape,
             std::vector<std::string>& out);  // distinct ones
  void Numbers(std::string_view key, size_t most, int64_t min, int64_t max, std::string_view shape,
               std::vector<uint32_t>& out);

  std::optional<Table> Section(std::string_view key);                      // [key]
  std::vector<Table> Sections(std::string_view key, size_t most);          // [[key]]
  std::vector<std::pair<std::string, Table>> Named(std::string_view key);  // [key.NAME], sorted

  // A fault of the caller's own finding: at the line of `key`, or of the table where it is absent.
  void AddFault(std::string_view key, std::string message, std::string hint = {});

 private:
  friend class File;
  struct Of;  // of toml.cc: what of the file every table needs
  Table(Of& file, const void* table) : file_(&file), table_(table) {}
  std::optional<int64_t> ReadNumber(std::string_view key, int64_t min, int64_t max);

  Of* file_;
  const void* table_;  // toml++'s, whose header must not be included here
};

class File {
 public:
  // kInput with `place` "<name>:<line>" when it is not TOML; `unknown_hint` says where the keys are
  // listed. At most 256 KiB.
  static Result<File> Parse(std::string_view text, const std::string& name,
                            std::string unknown_hint);
  File(File&&) noexcept;
  ~File();
  Table root();
  // The first fault so far (kInput, `place` "<name>:<line>"), or else the first key that was not
  // read. May be asked again after AddFault.
  Result<void> Check();

 private:
  explicit File(std::unique_ptr<Table::Of> of);
  std::unique_ptr<Table::Of> of_;
};

// `text` as a TOML basic string.
std::string Quoted(std::string_view text);

}  // namespace signpost::policy::toml
