// Writes the seeds of tests/fuzz/extraction/database_fuzz.cc into a folder: each kind of database,
// and the ways in which a phone leaves one.
//   cmake --build build/dev --target write_database_corpus
//   build/dev/bin/write_database_corpus tests/fuzz/extraction/corpus/database
#include <cstdio>
#include <fstream>

#include "crypto/base/bytes.h"
#include "tests/core/reader/database/fixture.h"
#include "tests/core/reader/database/phones.h"

namespace signpost::reader::database {
namespace {

void Write(const std::string& folder, std::string name, const Files& files) {
  for (char& c : name) {
    if (c == ' ' || c == ',') c = '_';
  }
  uint8_t sizes[8];
  PutLe<uint32_t>(std::span(sizes).first<4>(), static_cast<uint32_t>(files.main.size()));
  PutLe<uint32_t>(std::span(sizes).last<4>(), static_cast<uint32_t>(files.wal.size()));
  std::ofstream out(folder + "/" + name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(sizes), sizeof sizes);
  out << files.main << files.wal << files.journal;
}

void WriteSeeds(const std::string& folder) {
  for (const Phone& phone : Phones()) Write(folder, phone.file, WriteDatabase(phone.script));
  const std::string& script = ScriptOf("calllog.db");
  Files in_wal = WriteDatabase(script, Left::kInWal);
  Write(folder, "in_wal", in_wal);
  in_wal.main.clear();
  Write(folder, "in_wal_beside_nothing", in_wal);
  const std::string more = "CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(2000));";
  Write(folder, "hot",
        WriteDatabase(script + more, Left::kInterrupted,
                      "DELETE FROM calls; UPDATE t SET a=zeroblob(9000);"));
  Files cut = WriteDatabase(script);
  cut.main.resize(cut.main.size() / 2);
  Write(folder, "cut", cut);
}

}  // namespace
}  // namespace signpost::reader::database

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_database_corpus FOLDER\n");
    return 2;
  }
  signpost::reader::database::WriteSeeds(argv[1]);
  return 0;
}
