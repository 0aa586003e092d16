// Reads the parts of a workbook (ECMA-376, XLSX) that are not sheets: which sheets there are and
// where, how their dates count, and its shared strings, which may be larger than memory and are
// only ever streamed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/reader/archive/zip.h"
#include "core/reader/extraction/xml.h"

namespace signpost::reader::archive {

struct SheetPlace {
  std::string name;  // "Contacts": of the file, so hostile; for comparing only
  uint64_t entry;    // of the zip
};

struct WorkbookParts {
  static constexpr size_t kMaxSheets = 256;
  std::vector<SheetPlace> sheets;  // those that are there
  bool from_1904 = false;          // dates count from then
  std::optional<uint64_t> shared_strings;
};
wire::reader::FileRefusal ReadWorkbookParts(ZipArchive& zip, WorkbookParts& parts);

// One entry of the zip through `events`; kNone also when they stopped early. `walked` is asked
// every 64 KiB; false: kReadError. `again`: as in ZipArchive::Open.
using WalkedFunction = std::function<bool(uint64_t bytes)>;
wire::reader::FileRefusal StreamXml(ZipArchive& zip, uint64_t entry, bool again,
                                    extraction::XmlReader& reader, const WalkedFunction& walked);

// Each shared string from the first on, cut at kMaxValueBytes + 1, wanted or not; phonetic readings
// are left out. `string` returns false when it needs no more of them.
using StringFunction = std::function<bool(uint64_t index, std::string_view text)>;
// Asked before each: is it worth collecting?
using WantsFunction = std::function<bool(uint64_t index)>;
wire::reader::FileRefusal StreamStrings(ZipArchive& zip, uint64_t entry, bool again,
                                        const WantsFunction& wants, const StringFunction& string,
                                        const WalkedFunction& walked);

// "x:row" -> "row".
std::string_view LocalName(std::string_view name);

}  // namespace signpost::reader::archive
