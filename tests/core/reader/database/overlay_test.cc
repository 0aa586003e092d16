#include "core/reader/database/overlay.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/reader/database/wal.h"
#include "tests/core/reader/database/fixture.h"

namespace signpost::reader::database {
namespace {

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string ReadAll(Overlay& overlay) {
  std::string out(overlay.size(), 'x');
  const auto read = overlay.ReadAt(0, {reinterpret_cast<uint8_t*>(out.data()), out.size()});
  EXPECT_EQ(read, out.size());
  return out;
}

RC_GTEST_PROP(Overlay, ReadsAsAFileThatWasWrittenAndCutInTheSameWay, ()) {
  std::string file(*rc::gen::inRange<size_t>(0, 20000), 'a');
  for (size_t i = 0; i < file.size(); ++i) file[i] = static_cast<char>('a' + i % 23);
  const std::string evidence = file;
  extraction::MemorySource base(Bytes(evidence));
  Overlay overlay(base, evidence.size());
  for (int step = *rc::gen::inRange(0, 12); step > 0; --step) {
    const size_t at = *rc::gen::inRange<size_t>(0, 24000);
    if (*rc::gen::inRange(0, 3) == 0) {
      if (at < file.size()) file.resize(at);
      overlay.Truncate(at);
      continue;
    }
    const std::string bytes(*rc::gen::inRange<size_t>(1, 9000), static_cast<char>('A' + step));
    if (file.size() < at + bytes.size()) file.resize(at + bytes.size(), '\0');
    file.replace(at, bytes.size(), bytes);
    RC_ASSERT(overlay.Write(at, Bytes(bytes)));
  }
  RC_ASSERT(overlay.size() == file.size());
  RC_ASSERT(ReadAll(overlay) == file);
}

TEST(Overlay, DoesNotGrowBeyondItsBound) {
  const std::string evidence(4096, 'a');
  extraction::MemorySource base(Bytes(evidence));
  Overlay overlay(base, evidence.size());
  const std::string page(4096, 'b');
  uint64_t written = 0;
  while (overlay.Write(written, Bytes(page))) written += page.size();
  EXPECT_EQ(written, kMaxOverlayBytes);
}

TEST(Overlay, FillsUpWithZerosWhatTheFileLacks) {
  const std::string evidence = "abc";
  extraction::MemorySource base(Bytes(evidence));
  Overlay overlay(base, 6);
  EXPECT_EQ(ReadAll(overlay), std::string("abc\0\0\0", 6));
}

TEST(InspectWal, KnowsAWholeTransactionFromACutOne) {
  const Files files = WriteDatabase("CREATE TABLE sms(address)", Left::kInWal);
  extraction::MemorySource whole(Bytes(files.wal));
  EXPECT_EQ(InspectWal(whole).page_size, 512u);
  EXPECT_TRUE(InspectWal(whole).committed);

  const std::string cut = files.wal.substr(0, 32 + 24 + 511);
  extraction::MemorySource short_one(Bytes(cut));
  EXPECT_TRUE(InspectWal(short_one).has_frames);
  EXPECT_FALSE(InspectWal(short_one).committed);

  std::string other = files.wal;
  other[18] = static_cast<char>(other[18] ^ 1);  // its salt
  extraction::MemorySource salted(Bytes(other));
  EXPECT_FALSE(InspectWal(salted).committed);
}

}  // namespace
}  // namespace signpost::reader::database
