#include "core/reader/archive/workbook_parts.h"

#include <algorithm>

#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"
#include "core/reader/text/detect.h"
#include "crypto/memory/secret.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::archive {
namespace {

using wire::reader::FileRefusal;

constexpr size_t kXmlPieceBytes = 64u << 10;

// xl/workbook.xml.
class SheetList final : public extraction::XmlEvents {
 public:
  struct Sheet {
    std::string name, relation;
  };
  void Open(std::string_view name, const extraction::XmlAttributes& attributes) override {
    name = LocalName(name);
    if (name == "workbookPr") {
      const std::string_view from = attributes.Get("date1904");
      from_1904 = from == "1" || from == "true";
    } else if (name == "sheet" && sheets.size() < WorkbookParts::kMaxSheets) {
      std::string_view relation = attributes.Get("r:id");
      if (relation.empty()) relation = attributes.Get("id");
      sheets.push_back({std::string(attributes.Get("name")), std::string(relation)});
    }
  }
  void Close(std::string_view) override {}
  void Text(std::string_view) override {}
  std::vector<Sheet> sheets;
  bool from_1904 = false;
};

// xl/_rels/workbook.xml.rels.
class Relations final : public extraction::XmlEvents {
 public:
  void Open(std::string_view name, const extraction::XmlAttributes& attributes) override {
    if (LocalName(name) != "Relationship" || all.size() >= 4 * WorkbookParts::kMaxSheets) return;
    all.emplace_back(attributes.Get("Id"), attributes.Get("Target"));
    if (attributes.Get("Type").ends_with("/sharedStrings")) shared_strings = all.back().second;
  }
  void Close(std::string_view) override {}
  void Text(std::string_view) override {}
  std::vector<std::pair<std::string, std::string>> all;
  std::string shared_strings;
};

// xl/sharedStrings.xml: <si>, with <t> in it directly or in runs (<r>).
class Strings final : public extraction::XmlEvents {
 public:
  Strings(const WantsFunction& wants, const StringFunction& string)
      : wants_(wants), string_(string) {}
  void Open(std::string_view name, const extraction::XmlAttributes&) override {
    name = LocalName(name);
    if (name == "si") {
      wanted_ = wants_(index_);
    } else if (name == "rPh") {
      phonetic_ = true;
    } else if (name == "t" && wanted_ && !phonetic_) {
      reader->WantText(true);
    }
  }
  void Close(std::string_view name) override {
    name = LocalName(name);
    if (name == "t") {
      reader->WantText(false);
    } else if (name == "rPh") {
      phonetic_ = false;
    } else if (name == "si") {
      if (!string_(index_++, text_)) reader->Stop(FileRefusal::kNone);
      memory::WipeText(text_);
    }
  }
  void Text(std::string_view text) override {
    text_ += text.substr(
        0, extraction::kMaxValueBytes + 1 - std::min(text_.size(), extraction::kMaxValueBytes + 1));
  }
  extraction::XmlReader* reader = nullptr;

 private:
  const WantsFunction& wants_;
  const StringFunction& string_;
  memory::Wiped<std::string> text_;
  uint64_t index_ = 0;
  bool wanted_ = false, phonetic_ = false;
};

// Targets are relative to xl/ or begin at the root; compared with names, never opened as paths.
std::optional<uint64_t> FindTarget(const ZipArchive& zip, std::string_view target) {
  if (target.empty()) return std::nullopt;
  if (target.starts_with("/")) return zip.Find(target.substr(1));
  if (target.starts_with("./")) target.remove_prefix(2);
  return zip.Find("xl/" + std::string(target));
}

}  // namespace

std::string_view LocalName(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

FileRefusal StreamXml(ZipArchive& zip, uint64_t index, bool again, extraction::XmlReader& reader,
                      const WalkedFunction& walked) {
  std::optional<ZipEntry> entry;
  FileRefusal refusal = zip.Open(index, again, entry);
  if (refusal != FileRefusal::kNone) return refusal;
  Bytes buffer(kXmlPieceBytes);
  std::string text;
  text.reserve(3 * kXmlPieceBytes + 8);
  std::optional<text::TextDecoder> decoder;
  while (!reader.stopped()) {
    size_t size = 0;
    const FileRefusal read = entry->Read(buffer, size);
    const ByteView bytes = ByteView(buffer).first(size);
    if (!decoder) {
      const bool wide = size >= 2 && (bytes[0] >= 0xfe || bytes[0] == 0 || bytes[1] == 0);
      decoder.emplace(wide ? text::DetectEncoding(bytes, false).encoding
                           : wire::reader::Encoding::kUtf8);
    }
    decoder->Feed(bytes, text);
    const bool last = size < buffer.size() || read != FileRefusal::kNone;
    if (last) decoder->Finish(text);
    refusal = reader.Feed(text);
    memory::Wipe(std::span(buffer).first(size));
    memory::WipeText(text);
    if (refusal != FileRefusal::kNone) return refusal;
    if (read != FileRefusal::kNone) return read;
    if (!walked(size)) return FileRefusal::kReadError;
    if (last && !reader.stopped()) return reader.Finish();
  }
  return FileRefusal::kNone;
}

FileRefusal StreamStrings(ZipArchive& zip, uint64_t entry, bool again, const WantsFunction& wants,
                          const StringFunction& string, const WalkedFunction& walked) {
  Strings strings(wants, string);
  extraction::XmlReader reader(strings);
  strings.reader = &reader;
  return StreamXml(zip, entry, again, reader, walked);
}

FileRefusal ReadWorkbookParts(ZipArchive& zip, WorkbookParts& parts) {
  const auto walked = [](uint64_t) { return true; };
  std::optional<uint64_t> workbook, relations;
  for (uint64_t i = 0; i < zip.entries(); ++i) {
    const std::string_view name = zip.Name(i);
    if (name.size() > 64) continue;
    const std::string lower = extraction::LowerAscii(name);
    if (lower == "xl/workbook.xml") workbook = i;
    if (lower == "xl/_rels/workbook.xml.rels") relations = i;
  }
  if (!workbook || !relations) return FileRefusal::kBroken;
  SheetList list;
  Relations places;
  extraction::XmlReader list_reader(list), places_reader(places);
  FileRefusal refusal = StreamXml(zip, *workbook, false, list_reader, walked);
  if (refusal == FileRefusal::kNone) {
    refusal = StreamXml(zip, *relations, false, places_reader, walked);
  }
  if (refusal != FileRefusal::kNone) return refusal;
  parts.from_1904 = list.from_1904;
  parts.shared_strings = FindTarget(zip, places.shared_strings);
  for (const SheetList::Sheet& sheet : list.sheets) {
    for (const auto& [id, target] : places.all) {
      if (id != sheet.relation) continue;
      if (const auto entry = FindTarget(zip, target)) parts.sheets.push_back({sheet.name, *entry});
      break;
    }
  }
  return FileRefusal::kNone;
}

}  // namespace signpost::reader::archive
