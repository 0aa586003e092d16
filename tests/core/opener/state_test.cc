#include "core/opener/state.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "tests/core/opener/site.h"

namespace signpost::opener {
namespace {

using test::Again;
using test::EmptyStateFile;

const Day kToday = *Day::Parse("2026-11-23");
const Digest kRoot = Sha256("root");

token::HmacSha256 Mac(uint8_t key = 1) {
  return token::HmacSha256::Create(std::array<uint8_t, 32>{key}).value();
}

// A state file, and what may happen to it between two runs.
struct StateFile {
  OwnedFd fd = test::EmptyStateFile();

  OpenerState Create() { return OpenerState::CreateFresh(test::Again(fd), Mac()).value(); }
  OpenerState Load() { return OpenerState::Load(test::Again(fd), Mac()).value(); }
  bool Loads(uint8_t key = 1) { return OpenerState::Load(test::Again(fd), Mac(key)).has_value(); }
  Bytes Content() {
    Bytes bytes(OpenerState::kFileBytes);
    EXPECT_EQ(pread(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return bytes;
  }
  void Restore(const Bytes& content) {
    EXPECT_EQ(pwrite(fd.get(), content.data(), content.size(), 0),
              static_cast<ssize_t>(content.size()));
  }
  void FlipBit(size_t at) {
    Bytes bytes = Content();
    bytes[at] ^= 4;
    Restore(bytes);
  }
  // A crash in the middle of writing that copy.
  void Tear(unsigned copy) {
    Bytes bytes = Content();
    for (size_t i = 0; i < 4096; ++i) bytes[copy * OpenerState::kCopyBytes + i] ^= 0xff;
    Restore(bytes);
  }
  // Which copy the newest write went to.
  unsigned ChangedSince(const Bytes& before) {
    const Bytes after = Content();
    const size_t half = OpenerState::kCopyBytes;
    return std::equal(after.begin(), after.begin() + half, before.begin()) ? 1 : 0;
  }
};

TEST(OpenerState, RemembersWhatItSaw) {
  StateFile file;
  const BatchId a = BatchId::Random(), b = BatchId::Random();
  {
    OpenerState state = file.Create();
    EXPECT_EQ(state.NextRecord(a), 0u);
    ASSERT_TRUE(state.SawLedger(7, kRoot, Sha256("opt-outs")).has_value());
    ASSERT_TRUE(state.Advance(a, 10, kToday + 3, kToday).has_value());
    ASSERT_TRUE(state.Advance(b, 20, kToday + 3, kToday).has_value());
    ASSERT_TRUE(state.Advance(a, 30, kToday + 3, kToday).has_value());
  }
  OpenerState state = file.Load();
  EXPECT_EQ(state.ledger_size(), 7u);
  EXPECT_EQ(state.ledger_root(), kRoot);
  EXPECT_EQ(state.opt_out_hash(), Sha256("opt-outs"));
  EXPECT_EQ(state.NextRecord(a), 30u);
  EXPECT_EQ(state.NextRecord(b), 20u);
  EXPECT_EQ(state.NextRecord(BatchId::Random()), 0u);
}

TEST(OpenerState, FileKeepsItsSize) {
  StateFile file;
  OpenerState state = file.Create();
  for (uint32_t i = 1; i < 20; ++i) {
    ASSERT_TRUE(state.Advance(BatchId::Random(), i, kToday, kToday).has_value());
  }
  struct stat s {};
  ASSERT_EQ(fstat(file.fd.get(), &s), 0);
  EXPECT_EQ(static_cast<size_t>(s.st_size), wire::opener::kStateBytes);
}

TEST(OpenerState, EmptyFileIsNoState) {
  StateFile file;
  EXPECT_FALSE(file.Loads());
  StateFile short_file;
  ASSERT_EQ(ftruncate(short_file.fd.get(), 100), 0);
  EXPECT_FALSE(short_file.Loads());
}

TEST(OpenerState, AFreshOneIsNotMadeOverAnother) {
  StateFile file;
  file.Create();
  const auto again = OpenerState::CreateFresh(test::Again(file.fd), Mac());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, Code::kRefused);
}

TEST(OpenerState, StateOfAnotherKeyIsRefused) {
  StateFile file;
  file.Create();
  EXPECT_TRUE(file.Loads(1));
  EXPECT_FALSE(file.Loads(2));
}

TEST(OpenerState, CopiesAreWrittenInTurn) {
  StateFile file;
  OpenerState state = file.Create();
  std::vector<unsigned> written;
  for (uint32_t i = 1; i <= 4; ++i) {
    const Bytes before = file.Content();
    ASSERT_TRUE(state.SawLedger(i, kRoot, {}).has_value());
    written.push_back(file.ChangedSince(before));
  }
  EXPECT_EQ(written[0], written[2]);
  EXPECT_EQ(written[1], written[3]);
  EXPECT_NE(written[0], written[1]);
}

TEST(OpenerState, TornWriteLeavesTheOneBefore) {
  StateFile file;
  OpenerState state = file.Create();
  ASSERT_TRUE(state.SawLedger(5, kRoot, {}).has_value());
  const Bytes before = file.Content();
  ASSERT_TRUE(state.SawLedger(6, kRoot, {}).has_value());
  const unsigned newest = file.ChangedSince(before);
  file.Tear(newest);
  OpenerState loaded = file.Load();
  EXPECT_EQ(loaded.ledger_size(), 5u);
  // And it goes on from there, over the torn copy.
  const Bytes torn = file.Content();
  ASSERT_TRUE(loaded.SawLedger(8, kRoot, {}).has_value());
  EXPECT_EQ(file.ChangedSince(torn), newest);
  EXPECT_EQ(file.Load().ledger_size(), 8u);
}

TEST(OpenerState, DamageToTheOlderCopyChangesNothing) {
  StateFile file;
  OpenerState state = file.Create();
  const Bytes before = file.Content();
  ASSERT_TRUE(state.SawLedger(6, kRoot, {}).has_value());
  file.Tear(file.ChangedSince(before) ^ 1);
  EXPECT_EQ(file.Load().ledger_size(), 6u);
}

TEST(OpenerState, NoFlippedBitOfTheNewestCopyIsRead) {
  StateFile file;
  OpenerState state = file.Create();
  const BatchId batch = BatchId::Random();
  const Bytes before = file.Content();
  ASSERT_TRUE(state.Advance(batch, 100, kToday + 3, kToday).has_value());
  const Bytes whole = file.Content();
  const size_t base = file.ChangedSince(before) * OpenerState::kCopyBytes;
  for (const size_t at : {0u, 8u, 12u, 16u, 24u, 40u, 70u, 127u, 130u, 144u, 148u, 155u, 9000u,
                          20447u, 20448u, 20479u}) {
    file.FlipBit(base + at);
    EXPECT_EQ(file.Load().NextRecord(batch), 0u) << "byte " << at << ": the older copy counts";
    file.Restore(whole);
  }
  EXPECT_EQ(file.Load().NextRecord(batch), 100u);
}

TEST(OpenerState, BothCopiesDamagedIsARefusal) {
  StateFile file;
  file.Create();
  file.Tear(0);
  file.Tear(1);
  EXPECT_FALSE(file.Loads());
}

TEST(OpenerState, NeverGoesBack) {
  StateFile file;
  OpenerState state = file.Create();
  const BatchId batch = BatchId::Random();
  ASSERT_TRUE(state.SawLedger(9, kRoot, {}).has_value());
  ASSERT_TRUE(state.Advance(batch, 50, kToday, kToday).has_value());
  EXPECT_FALSE(state.SawLedger(8, kRoot, {}).has_value());
  EXPECT_FALSE(state.SawLedger(9, Sha256("another"), {}).has_value());
  EXPECT_FALSE(state.Advance(batch, 49, kToday, kToday).has_value());
  EXPECT_TRUE(state.Advance(batch, 50, kToday, kToday).has_value());
  OpenerState loaded = file.Load();
  EXPECT_EQ(loaded.ledger_size(), 9u);
  EXPECT_EQ(loaded.ledger_root(), kRoot);
  EXPECT_EQ(loaded.NextRecord(batch), 50u);
}

TEST(OpenerState, SlotsOfExpiredBatchesAreUsedAgainAndNoOthers) {
  StateFile file;
  OpenerState state = file.Create();
  std::vector<BatchId> batches;
  for (size_t i = 0; i < OpenerState::kSlots; ++i) {
    batches.push_back(BatchId::Random());
    const int days = i == 7 ? 1 : i == 9 ? 2 : 40;
    ASSERT_TRUE(state.Advance(batches[i], 1, kToday + days, kToday).has_value());
  }
  const BatchId late = BatchId::Random();
  const auto full = OpenerState(file.Load()).Advance(late, 1, kToday + 9, kToday);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code, Code::kStorage);
  OpenerState loaded = file.Load();
  EXPECT_FALSE(OpenerState(file.Load()).Advance(late, 1, kToday + 9, kToday + 1).has_value())
      << "on its last day a batch can still be opened";
  ASSERT_TRUE(loaded.Advance(late, 1, kToday + 9, kToday + 3).has_value());
  EXPECT_EQ(loaded.NextRecord(batches[7]), 0u) << "expired longest ago";
  EXPECT_EQ(loaded.NextRecord(batches[9]), 1u);
  EXPECT_EQ(loaded.NextRecord(batches[10]), 1u);
}

TEST(OpenerState, EmptySlotsGoFirst) {
  StateFile file;
  OpenerState state = file.Create();
  const BatchId old = BatchId::Random();
  ASSERT_TRUE(state.Advance(old, 33, kToday, kToday).has_value());
  ASSERT_TRUE(state.Advance(BatchId::Random(), 1, kToday + 9, kToday + 5).has_value());
  EXPECT_EQ(state.NextRecord(old), 33u) << "a clock that runs ahead must not wipe a mark";
}

TEST(OpenerState, TwoProcessesCannotUndoEachOther) {
  StateFile file;
  file.Create();
  OpenerState one = file.Load();
  OpenerState other = file.Load();
  const BatchId a = BatchId::Random(), b = BatchId::Random();
  ASSERT_TRUE(one.Advance(a, 10, kToday, kToday).has_value());
  EXPECT_FALSE(other.Advance(b, 10, kToday, kToday).has_value());
  EXPECT_EQ(file.Load().NextRecord(a), 10u);
}

TEST(OpenerState, FailedWriteIsNotForgotten) {
  StateFile file;
  OpenerState state = file.Create();
  const BatchId batch = BatchId::Random();
  ASSERT_EQ(fcntl(file.fd.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT_FALSE(state.Advance(batch, 10, kToday, kToday).has_value());
  EXPECT_FALSE(state.Advance(batch, 10, kToday, kToday).has_value()) << "it is not durable";
  EXPECT_EQ(file.Load().NextRecord(batch), 0u);
}

}  // namespace
}  // namespace signpost::opener
