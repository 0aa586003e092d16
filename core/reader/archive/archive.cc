#include "core/reader/archive/archive.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/reader/archive/entry_sink.h"
#include "core/reader/archive/workbook.h"
#include "core/reader/extraction/extractor.h"
#include "core/reader/extraction/known_only.h"
#include "core/reader/extraction/value.h"
#include "core/shared/formats/names.h"
#include "crypto/memory/secret.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::archive {
namespace {

using formats::Format;
using wire::reader::FileRefusal;
using namespace std::string_view_literals;

constexpr size_t kEntryPieceBytes = 64u << 10;

enum class Kind : uint8_t { kNone, kDatabase, kText, kKnownTextOnly, kInnerZip };

struct Candidate {
  uint64_t index;
  Kind kind;
  bool names_owner;
};

std::string_view BaseName(std::string_view name) {
  const size_t slash = name.find_last_of("/\\");
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

Kind KindOf(std::string_view lower) {
  if (formats::IsDatabaseName(lower)) return Kind::kDatabase;
  if (lower.ends_with(".xlsx") || lower.ends_with(".ufdr")) return Kind::kInnerZip;
  if (formats::IsOfMuchElse(lower)) return Kind::kKnownTextOnly;
  return formats::IsTextName(lower) ? Kind::kText : Kind::kNone;
}

class ZipReader {
 public:
  ZipReader(ZipArchive& zip, Format wanted, extraction::Sink& sink,
            const ReadDatabaseFunction& database, const ZipLimits& limits)
      : zip_(zip), wanted_(wanted), sink_(sink), database_(database), limits_(limits) {}

  FileRefusal Read(bool inner);

 private:
  FileRefusal Report(uint64_t index);
  FileRefusal Extraction();
  void One(const Candidate& candidate, EntrySink& sink);
  void Text(uint64_t index, bool known_only, EntrySink& sink);
  void Database(uint64_t index, EntrySink& sink);
  void Inner(uint64_t index, EntrySink& sink);
  FileRefusal Stream(ZipEntry& entry, extraction::Extractor& extractor, extraction::Sink& sink,
                     const std::function<bool()>& wanted);
  FileRefusal Inflate(uint64_t index, uint64_t most, EntrySink& sink, Bytes& out);

  ZipArchive& zip_;
  Format wanted_;
  extraction::Sink& sink_;
  const ReadDatabaseFunction& database_;
  const ZipLimits& limits_;
  uint64_t bytes_ = 0;
};

FileRefusal ZipReader::Read(bool inner) {
  std::optional<uint64_t> report, workbook;
  for (uint64_t i = 0; i < zip_.entries(); ++i) {
    const std::string_view name = zip_.Name(i);
    if (name.size() > 256) continue;
    const std::string lower = extraction::LowerAscii(name);
    if (!workbook && lower == "xl/workbook.xml") workbook = i;
    const auto folders =
        std::count_if(lower.begin(), lower.end(), [](char c) { return c == '/' || c == '\\'; });
    if (!report && folders <= 1 && BaseName(lower) == "report.xml") report = i;
  }
  if (workbook) return ReadWorkbook(zip_, wanted_, sink_);
  if (report) {
    const FileRefusal refusal = Report(*report);
    if (refusal != FileRefusal::kUnknownFormat) return refusal;
  }
  return inner ? FileRefusal::kNothingKnown : Extraction();
}

// All the rest of a UFDR is what the report was made of.
FileRefusal ZipReader::Report(uint64_t index) {
  std::optional<ZipEntry> entry;
  FileRefusal refusal = zip_.Open(index, false, entry);
  if (refusal != FileRefusal::kNone) return refusal;
  EntrySink sink(sink_, static_cast<uint32_t>(index + 1));
  extraction::KnownOnly known(sink);
  extraction::Extractor extractor(wanted_, known);
  refusal = Stream(*entry, extractor, known, [&] { return known.known() || !extractor.begun(); });
  if (refusal != FileRefusal::kNone) return refusal;
  if (!known.known()) return FileRefusal::kUnknownFormat;
  sink.Ended({extractor.rows(), extractor.warnings(), FileRefusal::kNone});
  return FileRefusal::kNone;
}

FileRefusal ZipReader::Stream(ZipEntry& entry, extraction::Extractor& extractor,
                              extraction::Sink& sink, const std::function<bool()>& wanted) {
  Bytes buffer(kEntryPieceBytes);
  while (true) {
    size_t size = 0;
    FileRefusal refusal = entry.Read(buffer, size);
    const FileRefusal fed = extractor.Feed(ByteView(buffer).first(size));
    memory::Wipe(std::span(buffer).first(size));
    if (fed != FileRefusal::kNone) return fed;
    if (refusal != FileRefusal::kNone) return refusal;
    bytes_ += size;
    if (size < buffer.size()) return extractor.Finish();
    if (!wanted()) return FileRefusal::kUnknownFormat;
    if (!sink.Walked(bytes_, extractor.rows())) return FileRefusal::kReadError;
  }
}

FileRefusal ZipReader::Extraction() {
  std::vector<Candidate> candidates;
  for (uint64_t i = 0; i < zip_.entries(); ++i) {
    const std::string name = extraction::LowerAscii(BaseName(zip_.Name(i)));
    const Kind kind = KindOf(name);
    if (kind == Kind::kNone) continue;
    candidates.push_back({i, kind, formats::TellsOwner(name)});
  }
  std::stable_partition(candidates.begin(), candidates.end(),
                        [](const Candidate& c) { return c.names_owner; });
  bool any = false;
  FileRefusal first = FileRefusal::kNone;
  for (const Candidate& candidate : candidates) {
    EntrySink sink(sink_, static_cast<uint32_t>(candidate.index + 1));
    One(candidate, sink);
    if (sink.gave_up()) return FileRefusal::kReadError;
    any = any || sink.found();
    if (first == FileRefusal::kNone) first = sink.skipped();
  }
  if (any) return FileRefusal::kNone;
  return first == FileRefusal::kNone ? FileRefusal::kNothingKnown : first;
}

void ZipReader::One(const Candidate& candidate, EntrySink& sink) {
  if (zip_.Name(candidate.index).ends_with('/')) return;  // a folder of that name
  switch (candidate.kind) {
    case Kind::kDatabase:
      return Database(candidate.index, sink);
    case Kind::kInnerZip:
      return Inner(candidate.index, sink);
    case Kind::kText:
    case Kind::kKnownTextOnly:
      return Text(candidate.index, candidate.kind == Kind::kKnownTextOnly, sink);
    case Kind::kNone:
      return;
  }
}

void ZipReader::Text(uint64_t index, bool known_only, EntrySink& sink) {
  std::optional<ZipEntry> entry;
  if (const FileRefusal refusal = zip_.Open(index, false, entry); refusal != FileRefusal::kNone) {
    if (!known_only) sink.Fail(refusal, 0, 0);
    return;
  }
  extraction::KnownOnly known(sink);
  extraction::Extractor extractor(wanted_,
                                  known_only ? static_cast<extraction::Sink&>(known) : sink);
  // A file that has begun and is none of those is not read to its end.
  const FileRefusal refusal = Stream(
      *entry, extractor, sink, [&] { return !known_only || known.known() || !extractor.begun(); });
  if (known_only && !known.known() &&
      (refusal != FileRefusal::kProtected && refusal != FileRefusal::kInflatesTooMuch)) {
    return;
  }
  if (refusal != FileRefusal::kNone) {
    sink.Fail(refusal, extractor.rows(), extractor.warnings());
  } else {
    sink.Ended({extractor.rows(), extractor.warnings(), FileRefusal::kNone});
  }
}

FileRefusal ZipReader::Inflate(uint64_t index, uint64_t most, EntrySink& sink, Bytes& out) {
  if (zip_.DeclaredSize(index) > most) return FileRefusal::kUnzipFirst;
  std::optional<ZipEntry> entry;
  FileRefusal refusal = zip_.Open(index, false, entry);
  if (refusal != FileRefusal::kNone) return refusal;
  out.reserve(static_cast<size_t>(std::min(zip_.DeclaredSize(index), most)));
  while (true) {
    const size_t before = out.size();
    out.resize(before + kEntryPieceBytes);
    size_t size = 0;
    refusal = entry->Read(std::span(out).subspan(before), size);
    out.resize(before + size);
    bytes_ += size;
    if (refusal != FileRefusal::kNone) return refusal;
    if (out.size() > most) return FileRefusal::kUnzipFirst;
    if (size < kEntryPieceBytes) return FileRefusal::kNone;
    if (!sink.Walked(bytes_, 0)) return FileRefusal::kReadError;
  }
}

void ZipReader::Database(uint64_t index, EntrySink& sink) {
  memory::Wiped<Bytes> main, wal, journal;
  FileRefusal refusal = Inflate(index, kMaxDatabaseBytes, sink, main);
  const std::string name(zip_.Name(index));
  const auto read_sidecar = [&](std::string_view suffix, Bytes& out) {
    const auto at = zip_.Find(name + std::string(suffix));
    if (!at || refusal != FileRefusal::kNone) return false;
    refusal = Inflate(*at, kMaxDatabaseBytes - main.size() - wal.size(), sink, out);
    return true;
  };
  const bool has_wal = read_sidecar("-wal", wal);
  const bool has_journal = read_sidecar("-journal", journal);
  // One that was never checkpointed is empty: everything is in its log.
  const bool all_in_wal = main.empty() && !wal.empty();
  if (refusal == FileRefusal::kNone && !all_in_wal &&
      !AsText(main).starts_with("SQLite format 3\0"sv)) {
    refusal = FileRefusal::kUnknownDatabase;
  }
  if (refusal == FileRefusal::kNone) {
    extraction::MemorySource main_source(main), wal_source(wal), journal_source(journal);
    refusal = database_({&main_source, has_wal ? &wal_source : nullptr,
                         has_journal ? &journal_source : nullptr, sink.entry()},
                        sink);
  }
  if (refusal != FileRefusal::kNone) sink.Fail(refusal, 0, 0);
}

void ZipReader::Inner(uint64_t index, EntrySink& sink) {
  memory::Wiped<Bytes> bytes;
  FileRefusal refusal = Inflate(index, kMaxDatabaseBytes, sink, bytes);
  if (refusal == FileRefusal::kNone) {
    extraction::MemorySource source(bytes);
    std::unique_ptr<ZipArchive> zip;
    refusal = ZipArchive::Open(source, limits_, zip);
    if (refusal == FileRefusal::kNone) {
      refusal = ZipReader(*zip, wanted_, sink, database_, limits_).Read(true);
      zip_.AddInner(*zip);
    }
  }
  if (refusal != FileRefusal::kNone) sink.Fail(refusal, 0, 0);
}

}  // namespace

FileRefusal ReadZip(const extraction::ExtractionFile& file, Format wanted, extraction::Sink& sink,
                    const ReadDatabaseFunction& read_database) {
  return ReadZip(file, wanted, sink, read_database, ZipLimits());
}

FileRefusal ReadZip(const extraction::ExtractionFile& file, Format wanted, extraction::Sink& sink,
                    const ReadDatabaseFunction& read_database, const ZipLimits& limits) {
  std::unique_ptr<ZipArchive> zip;
  const FileRefusal refusal = ZipArchive::Open(*file.main, limits, zip);
  if (refusal != FileRefusal::kNone) return refusal;
  return ZipReader(*zip, wanted, sink, read_database, limits).Read(false);
}

}  // namespace signpost::reader::archive
