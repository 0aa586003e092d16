// Checks what signpost-reader says of an extraction, before it is printed or goes into the ledger.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/shared/wire/reader_boundary.h"
#include "core/signpost/ingest/extraction_files.h"

namespace signpost::ingest {

// A reader that was taken over knows the numbers, and what it says of places and totals is printed
// and goes into the ledger: it must at least be possible of these files. Not more rows than bytes
// (as a zip could hold them), no telephone number's worth of anything, and a version that looks
// like one.
class Plausible {
 public:
  void Opened(const OpenedFile& file) {
    for (const uint64_t bytes : file.bytes) {
      if (bytes != wire::reader::kNoSize) most_ += kMaxInflation * std::min(bytes, kMax);
    }
    if (file.IsPipe()) most_ = kMax;
    most_ = std::min(most_, kMax);
    ++files_;
  }
  bool Holds(const wire::reader::Found& f) const {
    return f.number_columns <= kMaxColumns && f.file < files_ && f.entry <= kMaxEntries;
  }
  bool Holds(const wire::reader::Column& c) const { return c.column <= kMaxColumns; }
  bool Holds(const wire::reader::Reject& r) const {
    return r.row <= most_ && r.column <= kMaxColumns;
  }
  bool Holds(const wire::reader::Progress& p) const {
    return p.rows <= most_ && p.bytes <= kMaxBytes;
  }
  bool Holds(const wire::reader::Refused& r) const { return r.row <= most_; }
  bool Holds(const wire::reader::Skipped& s) const {
    return s.file < files_ && s.entry <= kMaxEntries;
  }
  bool Holds(const wire::reader::SourceEnd& e) const {
    const uint64_t taken = e.values[0];
    return e.rows <= most_ && Holds(e.values) && e.traffic <= taken && e.dated <= taken;
  }
  bool Holds(const wire::reader::Totals& t) const {
    return t.rows <= most_ && Holds(t.values) && IsVersion(t.library_version);
  }

 private:
  static constexpr uint32_t kMaxColumns = 4096;  // more are refused by the reader (FileRefusal)
  static constexpr uint32_t kMaxEntries = 1u << 20;
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 40;
  static constexpr uint64_t kMax = 100'000'000;
  static constexpr uint64_t kMaxInflation = 1032;  // of deflate

  bool Holds(const uint64_t (&values)[wire::reader::kReasons]) const {
    uint64_t all = 0;
    for (const uint64_t n : values) {
      if (n > most_) return false;
      all += n;
    }
    return all <= most_;
  }
  // Up to three numbers of up to three digits each, NUL padded.
  static bool IsVersion(const char (&text)[16]) {
    const std::string_view version(text, strnlen(text, sizeof text));
    size_t digits = 0, dots = 0;
    for (const char c : version) {
      const bool dot = c == '.';
      if (!dot && (c < '0' || c > '9')) return false;
      digits = dot ? 0 : digits + 1;
      dots += dot ? 1 : 0;
      if (digits > 3 || dots > 2) return false;
    }
    return !version.empty();
  }

  uint64_t most_ = 1;
  uint32_t files_ = 0;
};

}  // namespace signpost::ingest
