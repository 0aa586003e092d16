#include "core/reader/database/database_reader.h"

#include <algorithm>

#include "core/reader/database/page_count.h"
#include "core/reader/extraction/value.h"

namespace signpost::reader::database {
namespace {

using wire::reader::FileRefusal;
using wire::reader::Reason;

constexpr uint64_t kRowsBetweenCalls = 1000;
// An honest file costs a page or two for each that it has, and a few for a row that is looked up.
constexpr uint64_t kPagesFree = 100000, kBytesPerPage = 64, kPagesPerRow = 32;

bool AreDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Two letters, in upper case, into `out`; else empty.
std::string_view Region(std::string_view text, std::array<char, 2>& out) {
  if (text.size() != 2) return {};
  for (size_t i = 0; i < 2; ++i) {
    const char upper = static_cast<char>(text[i] & ~0x20);
    if (upper < 'A' || upper > 'Z') return {};
    out[i] = upper;
  }
  return {out.data(), out.size()};
}

}  // namespace

DatabaseReader::DatabaseReader(extraction::Sink& to, const ExtractionVfs& from, Connection& over,
                               uint64_t total_bytes, uint32_t readings)
    : sink(to),
      vfs(from),
      connection(over),
      total_bytes_(total_bytes),
      page_limit_(PagesFetched() + kPagesFree + total_bytes / kBytesPerPage),
      readings_(readings) {
  connection.go_on = [this] { return TellWalked(); };
}

bool DatabaseReader::TellWalked() {
  if (!stopped_ && !sink.Walked(std::min(vfs.bytes_read(), total_bytes_), done.rows)) {
    stopped_ = true;
  }
  return !stopped_;
}

bool DatabaseReader::StillAllowed() {
  if (PagesFetched() > page_limit_ + kPagesPerRow * walked_) {
    Damaged(FileRefusal::kBroken);
    stopped_ = true;
  }
  return !stopped_;
}

bool DatabaseReader::CountRow() {
  ++row_;
  if (reading_ != 0) ++done.rows;
  if (++walked_ % kRowsBetweenCalls == 0 && !TellWalked()) return false;
  return StillAllowed();
}

void DatabaseReader::Damaged(FileRefusal why) {
  if (done.damage == FileRefusal::kNone) done.damage = why;
}

void DatabaseReader::BadRow() {
  if (reading_ == 0) {
    done.warnings |= wire::reader::kDaysUnread;
    return;
  }
  Bad(Reason::kBadRow);
}

void DatabaseReader::BadPage() {
  BadRow();
  if (reading_ != 0) Damaged(FileRefusal::kBroken);
}

void DatabaseReader::Tell(const Cell& cell, extraction::Seen seen) {
  switch (cell.kind) {
    case Cell::Kind::kNone:
      return;
    case Cell::Kind::kTooLong:
      return Bad(Reason::kNotANumber);
    case Cell::Kind::kBroken:
      return Bad(Reason::kBadRow);
    case Cell::Kind::kText:
      break;
  }
  std::array<char, 2> region;
  seen.region = Region(seen.region, region);
  if (cell.plain) return sink.Value(row_, reading_, cell.text, seen);
  extraction::TellValues(sink, row_, reading_, cell.text, seen);
}

bool DatabaseReader::IsJid(std::string_view text) {
  constexpr std::string_view kServers[] = {"s.whatsapp.net", "c.us", "g.us", "broadcast",
                                           "newsletter",     "lid",  "bot",  "hosted",
                                           "hosted.lid",     "call", "temp", "status_me"};
  const size_t at = text.rfind('@');
  return at != std::string_view::npos && std::find(std::begin(kServers), std::end(kServers),
                                                   text.substr(at + 1)) != std::end(kServers);
}

bool DatabaseReader::NumberOfJid(std::string_view jid, std::string& number) {
  const size_t at = jid.rfind('@');
  if (at == std::string_view::npos) return false;
  const std::string_view server = jid.substr(at + 1);
  if (server != "s.whatsapp.net" && server != "c.us") return false;
  std::string_view user = jid.substr(0, at);
  user = user.substr(0, user.find(':'));  // the device
  user = user.substr(0, user.find('.'));  // the agent
  if (!AreDigits(user) || user.size() > 15) return false;
  number.assign(1, '+').append(user);
  return true;
}

void DatabaseReader::TellJid(const Cell& cell, extraction::Seen seen) {
  if (cell.kind != Cell::Kind::kText || !IsJid(cell.text)) return Tell(cell, seen);
  if (!NumberOfJid(cell.text, number_)) return Bad(Reason::kNoPerson);
  seen.region = {};
  sink.Value(row_, reading_, number_, seen);
}

void DatabaseReader::Owner(const Cell& cell, std::string_view region) {
  if (cell.kind != Cell::Kind::kText) return;
  std::string_view value = cell.text;
  if (value.size() > 2 && value[1] == ':') {
    if (value[0] != 'P' && value[0] != 'p') return;  // "E:" is an e-mail address
    value.remove_prefix(2);
  }
  for (const std::string_view scheme : {"tel:", "sms:"}) {
    if (value.starts_with(scheme)) value.remove_prefix(scheme.size());
  }
  std::string jid;
  if (value.find('@') != std::string_view::npos) {
    if (!NumberOfJid(value, jid)) return;
    value = jid;
  }
  if (extraction::CountDigits(value) == 0 || extraction::IsBlank(value)) return;
  if (std::find(owners_.begin(), owners_.end(), value) != owners_.end()) return;
  if (owners_.size() >= extraction::kMaxOwners) return;  // no phone had that many numbers
  owners_.emplace_back(value);
  std::array<char, 2> letters;
  sink.Owner(value, Region(region, letters));
}

std::optional<Day> DatabaseReader::DayOf(sqlite3_stmt* row, int column, Epoch epoch) {
  if (sqlite3_column_type(row, column) == SQLITE_NULL) return std::nullopt;
  const double time = sqlite3_column_double(row, column);
  if (time == 0) return std::nullopt;
  const std::optional<Day> day = DayFromTime(time, epoch);
  if (!day) done.warnings |= wire::reader::kDaysUnread;
  return day;
}

}  // namespace signpost::reader::database
