// How fast a large database is walked, beside what stock SQLite needs for the same columns.
//
//   walk_sqlite make FILE GIB   an mmssms.db of that size: long texts, on overflow pages
//   walk_sqlite stock FILE      SQLite as it comes, read-only: SELECT address, date FROM sms
//   walk_sqlite ours FILE       ReadDatabase, over pread
//
// One process each, so that the peak of memory is its own; each prints rows, seconds of the clock
// and of the processor, and its peak. Figures and how to get them: README.md. Never a test.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/reader/database/database.h"

namespace {

class Nobody : public signpost::reader::extraction::Sink {
 public:
  void Found(const signpost::reader::extraction::Layout&) override {}
  void Ended(const signpost::reader::extraction::SourceDone& done) override { rows = done.rows; }
  void Skipped(uint32_t, signpost::wire::reader::FileRefusal) override {}
  void Value(uint64_t, uint32_t, std::string_view value,
             const signpost::reader::extraction::Seen& seen) override {
    sum += value.size() + (seen.day ? 1 : 0);
  }
  void Bad(uint64_t, uint32_t, signpost::wire::reader::Reason) override {}
  void Owner(std::string_view, std::string_view) override {}
  bool Walked(uint64_t, uint64_t) override { return true; }
  uint64_t rows = 0, sum = 0;
};

int Make(const char* path, double gib) {
  sqlite3* db = nullptr;
  sqlite3_open(path, &db);
  sqlite3_exec(
      db,
      "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE sms(_id INTEGER PRIMARY"
      " KEY, thread_id INTEGER, address TEXT, person INTEGER, date INTEGER, date_sent INTEGER"
      " DEFAULT 0, protocol INTEGER, read INTEGER DEFAULT 0, status INTEGER DEFAULT -1, type"
      " INTEGER, body TEXT); CREATE TABLE canonical_addresses(_id INTEGER PRIMARY KEY,"
      " address TEXT); BEGIN",
      nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(db,
                     "INSERT INTO sms(thread_id,address,date,date_sent,protocol,read,type,body)"
                     " VALUES(?1,?2,?3,?3,0,1,1,?4)",
                     -1, &insert, nullptr);
  const auto bytes = static_cast<uint64_t>(gib * (1u << 30));
  const std::string body(20000, 'x');
  uint64_t written = 0, random = 1;
  for (int64_t i = 0; written < bytes; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    // Nine short ones for each long one, as people write.
    const uint64_t size =
        (random >> 33) % 10 == 0 ? 5000 + (random >> 40) % 15000 : 20 + (random >> 40) % 140;
    char number[32];
    std::snprintf(number, sizeof number, "+447700900%03d", static_cast<int>((random >> 20) % 1000));
    sqlite3_bind_int64(insert, 1, i % 100);
    sqlite3_bind_text(insert, 2, number, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(insert, 3, 1612345678000 + i * 1000);
    sqlite3_bind_text(insert, 4, body.data(), static_cast<int>(size), SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_reset(insert);
    written += size + 40;
  }
  sqlite3_finalize(insert);
  sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  return sqlite3_close(db);
}

uint64_t Stock(const char* path) {
  sqlite3* db = nullptr;
  sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, nullptr);
  sqlite3_stmt* all = nullptr;
  sqlite3_prepare_v2(db, "SELECT address, date FROM sms", -1, &all, nullptr);
  uint64_t rows = 0, sum = 0;
  while (sqlite3_step(all) == SQLITE_ROW) {
    sum += static_cast<uint64_t>(sqlite3_column_bytes(all, 0)) +
           static_cast<uint64_t>(sqlite3_column_int64(all, 1) & 1);
    ++rows;
  }
  sqlite3_finalize(all);
  sqlite3_close(db);
  return sum == 0 ? 0 : rows;
}

uint64_t Ours(const char* path) {
  signpost::reader::database::PrepareDatabase();
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info {};
  fstat(fd, &info);
  signpost::reader::extraction::FdSource main(fd, static_cast<uint64_t>(info.st_size));
  Nobody sink;
  const auto refusal = signpost::reader::database::ReadDatabase(
      {.main = &main, .wal = nullptr, .journal = nullptr, .entry = 0}, sink);
  close(fd);
  return refusal == signpost::wire::reader::FileRefusal::kNone && sink.sum > 0 ? sink.rows : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "make") == 0) return Make(argv[2], std::atof(argv[3]));
  if (argc != 3) {
    std::fprintf(stderr, "usage: walk_sqlite make FILE GIB | stock FILE | ours FILE\n");
    return 2;
  }
  const auto began = std::chrono::steady_clock::now();
  const uint64_t rows = std::strcmp(argv[1], "ours") == 0 ? Ours(argv[2]) : Stock(argv[2]);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  struct rusage used {};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  std::printf("%s: %llu rows, %.2f s (processor %.2f s), peak %ld MB\n", argv[1],
              static_cast<unsigned long long>(rows), seconds, of(used.ru_utime) + of(used.ru_stime),
              used.ru_maxrss / 1024);
  return rows == 0 ? 1 : 0;
}
