#include "crypto/memory/secret.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "crypto/base/fd.h"
#include "tests/crypto/memory/flags_of.h"
#include "tests/crypto/vector_file.h"

namespace signpost::memory {
namespace {

using test::FlagsOf;
using test::kLocksMemory;

TEST(SecretBuffer, IsNotSwappedOrDumped) {
  const SecretBuffer buffer = *SecretBuffer::Create(32);
  const std::string flags = test::FlagsOf(buffer.Expose(ExposeSecret{}).data());
  ASSERT_FALSE(flags.empty());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  if (test::kLocksMemory) {
    EXPECT_NE(flags.find(" lo "), std::string::npos) << flags;
  }
}

TEST(SecretBuffer, UnlockableMemoryIsRefused) {
  if (!test::kLocksMemory) {
    std::printf("left out: this sanitizer replaces mlock\n");
    return;
  }
  EXPECT_EXIT(
      {
        rlimit none{};
        if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) std::_Exit(2);
        // root may lock whatever the limit says
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) std::_Exit(3);
        const auto buffer = SecretBuffer::Create(32);
        if (buffer || buffer.error().code != Code::kSandbox) std::_Exit(4);
        std::_Exit(buffer.error().hint.find("ulimit -l") == std::string::npos ? 5 : 0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST(SecretBuffer, StartsAsZeros) {
  for (const size_t size : {1, 32, 4096, 10000}) {
    const SecretBuffer buffer = *SecretBuffer::Create(size);
    const auto bytes = buffer.Expose(ExposeSecret{});
    EXPECT_EQ(bytes.size(), size);
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; }));
  }
  EXPECT_EQ(SecretBuffer::Create(0).error().code, Code::kInternal);
}

TEST(SecretBuffer, MovedFromHoldsNothing) {
  SecretBuffer first = *SecretBuffer::Create(8);
  first.Expose(ExposeSecret{})[0] = 7;
  SecretBuffer second = std::move(first);
  EXPECT_EQ(first.size(), 0u);  // NOLINT: moved from is empty by contract
  EXPECT_TRUE(first.Expose(ExposeSecret{}).empty());
  EXPECT_EQ(second.Expose(ExposeSecret{})[0], 7);
  first = std::move(second);
  EXPECT_EQ(second.size(), 0u);  // NOLINT
  EXPECT_EQ(first.Expose(ExposeSecret{})[0], 7);
}

TEST(SecretBufferDeath, WriteBehindTheEndEndsTheProcess) {
  EXPECT_DEATH(
      {
        SecretBuffer buffer = *SecretBuffer::Create(32);
        volatile uint8_t* end = buffer.Expose(ExposeSecret{}).data() + 32;
        *end = 1;
      },
      "");
}

TEST(SecretBufferDeath, FreedMemoryIsGone) {
  EXPECT_DEATH(
      {
        const volatile uint8_t* stale = nullptr;
        {
          SecretBuffer buffer = *SecretBuffer::Create(32);
          stale = buffer.Expose(ExposeSecret{}).data();
        }
        std::_Exit(*stale);
      },
      "");
}

TEST(SecretKey, TakenBytesAreWipedAtTheSource) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(0xa5);
  const SecretKey key = *SecretKey::Take(bytes);
  EXPECT_EQ(bytes, (std::array<uint8_t, 32>{}));
  const auto exposed = key.Expose(ExposeSecret{});
  EXPECT_TRUE(std::all_of(exposed.begin(), exposed.end(), [](uint8_t b) { return b == 0xa5; }));
}

TEST(SecretKey, RandomKeysDiffer) {
  const SecretKey a = *SecretKey::Random();
  const SecretKey b = *SecretKey::Random();
  EXPECT_NE(ToHex(a.Expose(ExposeSecret{})), ToHex(b.Expose(ExposeSecret{})));
}

TEST(SecretKeyDeath, MovedFromKeyIsNotUsed) {
  EXPECT_DEATH(
      {
        SecretKey key = *SecretKey::Random();
        const SecretKey other = std::move(key);
        key.Expose(ExposeSecret{});  // NOLINT
      },
      "");
}

TEST(SecretKey, PurposesDoNotShareAKey) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(1);
  const SecretKey root = *SecretKey::Take(bytes);
  const SecretKey contact = *root.Derive("signpost/v1/contact-token/1");
  const SecretKey again = *root.Derive("signpost/v1/contact-token/1");
  const SecretKey opt_out = *root.Derive("signpost/v1/opt-out-token/1");
  EXPECT_EQ(ToHex(contact.Expose(ExposeSecret{})), ToHex(again.Expose(ExposeSecret{})));
  EXPECT_NE(ToHex(contact.Expose(ExposeSecret{})), ToHex(opt_out.Expose(ExposeSecret{})));
  // An empty salt, and the purpose as info: tokens outlive this code, so this must not move.
  Bytes expected(32);
  ASSERT_TRUE(HkdfSha256(root.Expose(ExposeSecret{}), {}, AsBytes("signpost/v1/contact-token/1"),
                         expected));
  EXPECT_EQ(ToHex(contact.Expose(ExposeSecret{})), ToHex(expected));
}

TEST(Hkdf, DoesNotDepartFromRfc5869) {
  for (const VectorCase& vector : ReadVectors("hkdf_sha256.vec")) {
    Bytes out(vector.Hex("okm").size());
    ASSERT_TRUE(HkdfSha256(vector.Hex("ikm"), vector.Hex("salt"), vector.Hex("info"), out));
    EXPECT_EQ(ToHex(out), vector.Text("okm")) << vector.Text("case");
  }
}

TEST(Hkdf, RefusesWhatTheRfcRefuses) {
  const Bytes key(32);
  Bytes too_long(255 * 32 + 1);
  EXPECT_FALSE(HkdfSha256(key, {}, {}, too_long));
  EXPECT_FALSE(HkdfSha256(key, {}, {}, {}));
  Bytes out(32);
  EXPECT_FALSE(HkdfSha256({}, {}, {}, out));
}

TEST(Wipe, LeavesNothing) {
  std::array<uint8_t, 64> bytes;
  bytes.fill(0xff);
  Wipe(bytes);
  EXPECT_EQ(bytes, (std::array<uint8_t, 64>{}));
  Wipe({});
}

class Passphrase : public ::testing::Test {
 protected:
  // What ReadPassphrase makes of `content` on a pipe; the rest of it stays in `rest_`.
  Result<SecretBuffer> Read(std::string_view content) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const OwnedFd read_end(ends[0]);
    {
      const OwnedFd write_end(ends[1]);
      EXPECT_TRUE(WriteAll(write_end.get(), AsBytes(content), "pipe"));
    }
    auto passphrase = ReadPassphrase(read_end.get());
    rest_.resize(5000);
    rest_.resize(*ReadUpTo(read_end.get(), {reinterpret_cast<uint8_t*>(rest_.data()), rest_.size()},
                           "pipe"));
    return passphrase;
  }
  static std::string Exposed(const Result<SecretBuffer>& buffer) {
    return std::string(AsText(buffer->Expose(ExposeSecret{})));
  }
  std::string rest_;
};

TEST_F(Passphrase, NextLineIsNotTaken) {
  const auto first = Read("one two\nthree\n");
  EXPECT_EQ(Exposed(first), "one two");
  EXPECT_EQ(rest_, "three\n");
}

TEST_F(Passphrase, MissingNewlineLosesNothing) {
  EXPECT_EQ(Exposed(Read("no newline")), "no newline");
  EXPECT_EQ(Exposed(Read(" kept \r\n")), " kept \r");
}

TEST_F(Passphrase, EmptyIsRefused) {
  EXPECT_EQ(Read("").error().code, Code::kInput);
  EXPECT_EQ(Read("\nsecond").error().code, Code::kInput);
}

TEST_F(Passphrase, IsNotCutShort) {
  const std::string longest(1024, 'p');
  EXPECT_EQ(Exposed(Read(longest + "\n")), longest);
  EXPECT_EQ(Exposed(Read(longest)), longest);
  EXPECT_EQ(Read(longest + "q\n").error().code, Code::kInput);
}

}  // namespace
}  // namespace signpost::memory
