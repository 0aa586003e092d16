// This executable is linked as the sealed binaries are: its own free is what every library here
// calls. What a block held is read back through /proc/self/mem, after it was freed.
#include "core/shared/wiping/wiping.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/buffer.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "core/shared/wire/lock_step.h"
#include "crypto/base/fd.h"
#include "crypto/base/file.h"
#include "tests/sanitized.h"

namespace signpost::wiping {
namespace {

const std::string kBin = SIGNPOST_BIN_DIR;

TEST(WipingBinaries, ThoseThatSeeNumbersWipeAndSanitizerBuildsDoNot) {
  const std::string marker = std::string("signpost-wiping:") + "freed-memory-is-zeroed";
  const auto has = [&](const std::string& binary) {
    return ReadFile(kBin + "/" + binary, 512u << 20).value().find(marker) != std::string::npos;
  };
  for (const char* binary :
       {"signpost-reader", "signpost-sealer", "signpost-opener", "signpost-sender"}) {
    EXPECT_EQ(has(binary), !kSanitized) << binary;
  }
  EXPECT_FALSE(has("signpost"));  // sees none
}

TEST(WipingBinaries, RefuseAnAllocatorThatDoesNotLeaveZeros) {
  if (kSanitized) return;  // nothing is claimed there
  for (const char* binary :
       {"signpost-reader", "signpost-sealer", "signpost-opener", "signpost-sender"}) {
    const std::string command =
        "GLIBC_TUNABLES=glibc.malloc.perturb=85:glibc.malloc.tcache_count=0 '" + kBin + "/" +
        binary + "' 6</dev/null";
    const int status = std::system(command.c_str());  // NOLINT: no thread here
    EXPECT_TRUE(WIFEXITED(status)) << binary;
    EXPECT_EQ(WEXITSTATUS(status), wire::ExitCodeOf(wire::LockStep::kWiping)) << binary;
  }
}

TEST(Wiping, IsThereWhereItIsLinked) { EXPECT_TRUE(CheckWiping().has_value()); }

#ifndef SIGNPOST_SANITIZED

constexpr char kPattern[] = "what stood here";

// How often the pattern is still at `at`. Memory that was unmapped holds nothing.
size_t Left(uintptr_t at, size_t bytes) {
  static const OwnedFd memory(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  std::string read(bytes, '\0');
  const ssize_t n = pread(memory.get(), read.data(), bytes, static_cast<off_t>(at));
  if (n < 0) return 0;
  size_t found = 0;
  for (size_t i = 0; (i = read.find(kPattern, i)) != std::string::npos; ++i) ++found;
  return found;
}

void Fill(void* block, size_t bytes) {
  auto* const to = static_cast<char*>(block);
  for (size_t i = 0; i < bytes; ++i) to[i] = kPattern[i % sizeof kPattern];
}

uintptr_t At(const void* block) { return reinterpret_cast<uintptr_t>(block); }

TEST(Wiping, SearchFindsWhatIsThere) {
  const std::unique_ptr<char[]> block(new char[4096]);
  Fill(block.get(), 4096);
  EXPECT_GT(Left(At(block.get()), 4096), 200u);
}

TEST(Wiping, FreedBlocksHoldNothing) {
  for (const size_t bytes : {16u, 40u, 64u, 200u, 1000u, 2000u, 30000u, 100000u, 1000000u}) {
    void* const plain = std::malloc(bytes);
    char* const object = new char[bytes];
    void* const aligned = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    const uintptr_t at[] = {At(plain), At(object), At(aligned)};
    for (const uintptr_t one : at) Fill(reinterpret_cast<void*>(one), bytes);
    std::free(plain);
    delete[] object;
    std::free(aligned);
    for (const uintptr_t one : at) EXPECT_EQ(Left(one, bytes), 0u) << bytes;
  }
}

TEST(Wiping, ReallocLeavesNoOldCopy) {
  for (const size_t bytes : {64u, 1000u, 30000u, 200000u}) {
    void* const block = std::malloc(bytes);
    Fill(block, bytes);
    const uintptr_t old = At(block);
    void* const wall = std::malloc(64);  // so that it is not simply made longer
    void* const grown = std::realloc(block, bytes * 3);
    ASSERT_NE(grown, nullptr);
    EXPECT_GT(Left(At(grown), bytes), 0u);
    if (At(grown) != old) {
      EXPECT_EQ(Left(old, bytes), 0u) << bytes;
    }
    void* const shrunk = std::realloc(grown, 32);
    EXPECT_EQ(Left(At(shrunk) + 32, bytes - 32), 0u) << bytes;
    EXPECT_EQ(std::memcmp(shrunk, kPattern, sizeof kPattern), 0);
    std::free(shrunk);
    std::free(wall);
  }
}

TEST(Wiping, ReallocKeepsItsContract) {
  void* const block = std::realloc(nullptr, 24);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(std::realloc(block, 0), nullptr);
  // One that cannot be had leaves the old one alone. (The compiler knows better than to use it
  // then.)
  void* const kept = std::malloc(24);
  Fill(kept, 24);
  const uintptr_t at = At(kept);
  EXPECT_EQ(std::realloc(kept, SIZE_MAX / 2), nullptr);
  EXPECT_EQ(Left(at, 24), 1u);
  std::free(nullptr);
}

TEST(Wiping, LibrariesFreeThroughUs) {
  // libstdc++: a string that outgrew its place.
  std::string text;
  for (int i = 0; i < 40; ++i) text += kPattern;
  const uintptr_t before = At(text.data());
  const size_t held = text.size();
  text.reserve(10 * text.capacity());
  ASSERT_NE(At(text.data()), before);
  EXPECT_EQ(Left(before, held), 0u);
  // OpenSSL.
  BUF_MEM* const buffer = BUF_MEM_new();
  ASSERT_EQ(BUF_MEM_grow(buffer, 2000), 2000u);
  Fill(buffer->data, 2000);
  const uintptr_t at = At(buffer->data);
  BUF_MEM_free(buffer);  // does not cleanse: that is BUF_MEM_grow_clean's business
  EXPECT_EQ(Left(at, 2000), 0u);
  // libc: the buffer of a stream, and a line.
  FILE* const stream = tmpfile();
  ASSERT_NE(stream, nullptr);
  for (int i = 0; i < 50; ++i) std::fputs(kPattern, stream);
  std::rewind(stream);
  char* line = nullptr;
  size_t size = 0;
  ASSERT_GT(getline(&line, &size, stream), 0);
  const uintptr_t line_at = At(line);
  EXPECT_GT(Left(line_at, size), 0u);
  std::free(line);
  std::fclose(stream);
  EXPECT_EQ(Left(line_at, size), 0u);
}

#endif

}  // namespace
}  // namespace signpost::wiping
