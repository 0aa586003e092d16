#include "crypto/seal/format/sealed_file.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace signpost::seal {
namespace {

constexpr std::string_view kMagic = "SGNPSEAL";
constexpr uint16_t kVersion = 1;
constexpr size_t kMaxSections = 65535;

// Appends fields in the order of the layout.
class Writer {
 public:
  explicit Writer(size_t bytes) { out_.reserve(bytes); }
  void Put(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  template <class T>
  void PutNumber(T value) {
    std::array<uint8_t, sizeof(T)> field;
    PutLe<T>(field, value);
    Put(field);
  }
  Bytes Take() { return std::move(out_); }

 private:
  Bytes out_;
};

// Takes fields in the order of the layout; the caller has checked the length.
class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  ByteView Take(size_t bytes) {
    const ByteView field = in_.first(bytes);
    in_ = in_.subspan(bytes);
    return field;
  }
  template <size_t N>
  void TakeInto(std::array<uint8_t, N>& out) {
    const ByteView field = Take(N);
    std::copy(field.begin(), field.end(), out.begin());
  }
  template <class T>
  T TakeNumber() {
    return GetLe<T>(std::span<const uint8_t, sizeof(T)>(Take(sizeof(T)).data(), sizeof(T)));
  }

 private:
  ByteView in_;
};

template <class T>
bool HasTwice(std::vector<T> ids) {
  std::sort(ids.begin(), ids.end());
  return std::adjacent_find(ids.begin(), ids.end()) != ids.end();
}

tl::unexpected<Error> Corrupt(std::string message) {
  return Fail(Code::kCorrupt, "sealed file: " + std::move(message));
}

}  // namespace

Day SealedFileHeader::expiry() const {
  if (sections.empty()) std::abort();
  return std::min_element(
             sections.begin(), sections.end(),
             [](const SectionHeader& a, const SectionHeader& b) { return a.expiry < b.expiry; })
      ->expiry;
}

Bytes EncodeHeader(const SealedFileHeader& header) {
  if (header.sections.empty() || header.sections.size() > kMaxSections) std::abort();
  Writer out(header.EncodedBytes());
  out.Put(AsBytes(kMagic));
  out.PutNumber(kVersion);
  out.PutNumber(static_cast<uint16_t>(header.kind));
  out.PutNumber(static_cast<uint32_t>(header.sections.size()));
  out.Put(header.file.bytes);
  out.PutNumber(header.expiry().days);
  out.PutNumber(uint32_t{0});
  for (const SectionHeader& section : header.sections) {
    out.Put(section.section.bytes);
    out.Put(section.epoch.bytes);
    out.PutNumber(section.expiry.days);
    out.Put(section.sealed_key);
  }
  return out.Take();
}

Result<size_t> HeaderBytes(ByteView fixed) {
  if (fixed.size() < SealedFileHeader::kFixedBytes) return Corrupt("shorter than its header");
  Reader in(fixed);
  if (AsText(in.Take(kMagic.size())) != kMagic) return Corrupt("not a sealed file");
  if (in.TakeNumber<uint16_t>() != kVersion) return Corrupt("a version not known here");
  const auto kind = in.TakeNumber<uint16_t>();
  if (kind != static_cast<uint16_t>(SealedKind::kIntake) &&
      kind != static_cast<uint16_t>(SealedKind::kBatch)) {
    return Corrupt("neither intake nor batch");
  }
  const size_t sections = in.TakeNumber<uint32_t>();
  if (sections == 0 || sections > kMaxSections) return Corrupt("the section count is out of range");
  in.Take(16 + 4);
  if (in.TakeNumber<uint32_t>() != 0) return Corrupt("a reserved field is set");
  return SealedFileHeader::kFixedBytes + SealedFileHeader::kSectionBytes * sections;
}

Result<SealedFileHeader> DecodeHeader(ByteView bytes) {
  TRY_ASSIGN(const size_t length, HeaderBytes(bytes));
  if (bytes.size() != length) return Corrupt("the header's length does not fit");
  Reader in(bytes);
  in.Take(kMagic.size() + 2);
  SealedFileHeader header;
  header.kind = static_cast<SealedKind>(in.TakeNumber<uint16_t>());
  header.sections.resize(in.TakeNumber<uint32_t>());
  in.TakeInto(header.file.bytes);
  const Day expiry{in.TakeNumber<int32_t>()};
  in.Take(4);
  std::vector<SectionId> ids;
  ids.reserve(header.sections.size());
  for (SectionHeader& section : header.sections) {
    in.TakeInto(section.section.bytes);
    in.TakeInto(section.epoch.bytes);
    section.expiry = Day{in.TakeNumber<int32_t>()};
    in.TakeInto(section.sealed_key);
    ids.push_back(section.section);
  }
  if (expiry != header.expiry()) return Corrupt("the expiry is not its sections' earliest");
  if (HasTwice(std::move(ids))) return Corrupt("a section appears twice");
  return header;
}

void EncodeRecord(const FileRecord& record, std::span<uint8_t, FileRecord::kBytes> out) {
  PutLe<uint32_t>(out.first<4>(), record.section);
  std::copy(record.record.id.bytes.begin(), record.record.id.bytes.end(), out.begin() + 4);
  std::copy(record.record.box.begin(), record.record.box.end(), out.begin() + 20);
}

FileRecord DecodeRecord(std::span<const uint8_t, FileRecord::kBytes> in) {
  FileRecord record;
  Reader fields(in);
  record.section = fields.TakeNumber<uint32_t>();
  fields.TakeInto(record.record.id.bytes);
  fields.TakeInto(record.record.box);
  return record;
}

Result<SealedFile> SealedFile::Decode(ByteView bytes) {
  TRY_ASSIGN(const size_t header_bytes, HeaderBytes(bytes));
  if (bytes.size() < header_bytes) return Corrupt("shorter than its header");
  SealedFile file;
  TRY_ASSIGN(file.header, DecodeHeader(bytes.first(header_bytes)));
  ByteView rest = bytes.subspan(header_bytes);
  if (rest.size() % FileRecord::kBytes != 0) return Corrupt("ends inside a record");
  std::vector<RecordId> ids;
  ids.reserve(rest.size() / FileRecord::kBytes);
  file.records.reserve(rest.size() / FileRecord::kBytes);
  for (; !rest.empty(); rest = rest.subspan(FileRecord::kBytes)) {
    file.records.push_back(DecodeRecord(rest.first<FileRecord::kBytes>()));
    if (file.records.back().erased()) {
      if (file.header.kind == SealedKind::kBatch || file.records.back() != FileRecord()) {
        return Corrupt("a record is erased that may not be");
      }
      continue;
    }
    if (file.records.back().section >= file.header.sections.size()) {
      return Corrupt("a record names a section that is not there");
    }
    ids.push_back(file.records.back().record.id);
  }
  if (HasTwice(std::move(ids))) return Corrupt("a record appears twice");
  return file;
}

Bytes SealedFile::Encode() const {
  Bytes out = EncodeHeader(header);
  size_t at = out.size();
  out.resize(at + records.size() * FileRecord::kBytes);
  for (const FileRecord& record : records) {
    EncodeRecord(record,
                 std::span<uint8_t, FileRecord::kBytes>(out.data() + at, FileRecord::kBytes));
    at += FileRecord::kBytes;
  }
  return out;
}

}  // namespace signpost::seal
