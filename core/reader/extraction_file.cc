#include "core/reader/extraction_file.h"

#include <functional>
#include <optional>
#include <string_view>

#include "core/reader/archive/archive.h"
#include "core/reader/database/database.h"
#include "core/reader/extraction/extractor.h"
#include "core/reader/extraction/known_only.h"
#include "crypto/base/file.h"
#include "crypto/memory/secret.h"

namespace signpost::reader {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

// The next bytes of a stream; fewer than asked for only at its end, nullopt when it breaks.
using ReadNext = std::function<std::optional<size_t>(std::span<uint8_t> into)>;

enum class Container { kText, kDatabase, kZip };

Container ContainerOf(ByteView head) {
  const std::string_view text = AsText(head);
  using namespace std::string_view_literals;
  if (text.starts_with("SQLite format 3\0"sv)) return Container::kDatabase;
  if (text.starts_with("PK\x03\x04"sv) || text.starts_with("PK\x05\x06"sv)) return Container::kZip;
  return Container::kText;
}

// `head` bytes of `buffer` are read already.
ReadingEnd ReadText(const ReadNext& next, size_t head, Format wanted, bool known_only,
                    std::span<uint8_t> buffer, extraction::Sink& sink) {
  extraction::KnownOnly known(sink);
  extraction::Extractor extractor(wanted,
                                  known_only ? static_cast<extraction::Sink&>(known) : sink);
  uint64_t bytes = 0;
  FileRefusal refusal = FileRefusal::kNone;
  const auto at = [&](FileRefusal why) {
    if (known_only && !known.known() && why != FileRefusal::kProtected) {
      return ReadingEnd{FileRefusal::kUnknownFormat};
    }
    return ReadingEnd{why, extractor.line(), extractor.rows()};
  };
  for (size_t size = head; size > 0;) {
    refusal = extractor.Feed(ByteView(buffer).first(size));
    memory::Wipe(buffer.first(size));
    if (refusal != FileRefusal::kNone) return at(refusal);
    bytes += size;
    // One that has begun and is none of those is not read to its end.
    if (known_only && extractor.begun() && !known.known()) return at(FileRefusal::kUnknownFormat);
    if (!sink.Walked(bytes, extractor.rows())) return at(FileRefusal::kReadError);
    if (size < buffer.size()) break;
    const std::optional<size_t> more = next(buffer);
    if (!more) return at(FileRefusal::kReadError);
    size = *more;
  }
  refusal = extractor.Finish();
  if (refusal != FileRefusal::kNone) return at(refusal);
  if (known_only && !known.known()) return at(FileRefusal::kUnknownFormat);
  sink.Ended({extractor.rows(), extractor.warnings(), FileRefusal::kNone});
  return {};
}

}  // namespace

ReadingEnd ReadExtractionFile(const extraction::ExtractionFile& file, Format wanted,
                              std::span<uint8_t> buffer, extraction::Sink& sink) {
  uint64_t offset = 0;
  const ReadNext next = [&](std::span<uint8_t> into) {
    const std::optional<size_t> n = file.main->ReadAt(offset, into);
    offset += n.value_or(0);
    return n;
  };
  const std::optional<size_t> head = next(buffer);
  if (!head) return {FileRefusal::kReadError};
  const Container container = ContainerOf(ByteView(buffer).first(*head));
  // A database that was never checkpointed: everything is in its log, and the file is empty.
  const bool all_in_wal = *head == 0 && file.wal != nullptr && file.wal->size() > 0;
  if (container == Container::kText && !all_in_wal) {
    return ReadText(next, *head, wanted, file.known_only, buffer, sink);
  }
  memory::Wipe(buffer.first(*head));
  if (container == Container::kZip)
    return {archive::ReadZip(file, wanted, sink, database::ReadDatabase)};
  if (wanted != Format::kAuto) return {FileRefusal::kWrongFormat};
  return {database::ReadDatabase(file, sink)};
}

ReadingEnd ReadExtractionPipe(int fd, Format wanted, std::span<uint8_t> buffer,
                              extraction::Sink& sink) {
  const ReadNext next = [&](std::span<uint8_t> into) -> std::optional<size_t> {
    const Result<size_t> n = ReadUpTo(fd, into, "extraction");
    return n ? std::optional(*n) : std::nullopt;
  };
  const std::optional<size_t> head = next(buffer);
  if (!head) return {FileRefusal::kReadError};
  if (ContainerOf(ByteView(buffer).first(*head)) != Container::kText) {
    memory::Wipe(buffer.first(*head));
    return {FileRefusal::kNeedsFile};
  }
  return ReadText(next, *head, wanted, false, buffer, sink);
}

}  // namespace signpost::reader
