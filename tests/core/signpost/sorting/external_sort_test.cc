#include "core/signpost/sorting/external_sort.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

namespace signpost::sorting {
namespace {

constexpr size_t kKey = 10, kRecord = 14;

class ExternalSortTest : public ::testing::Test {
 protected:
  ExternalSortTest() {
    std::string pattern = ::testing::TempDir() + "/sort-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~ExternalSortTest() override { std::filesystem::remove_all(folder_); }

  // A record whose key differs early, late or not at all; behind it, when it was added.
  static Bytes Record(uint32_t key, uint32_t added) {
    Bytes record(kRecord);
    record[0] = static_cast<uint8_t>(key >> 4);
    record[kKey - 1] = static_cast<uint8_t>(key & 0xf);
    PutLe<uint32_t>(std::span(record).last<4>(), added);
    return record;
  }
  static Result<std::vector<Bytes>> Drain(ExternalSort& sort) {
    std::vector<Bytes> all;
    for (;;) {
      TRY_ASSIGN(const uint8_t* record, sort.Next());
      if (record == nullptr) return all;
      all.emplace_back(record, record + kRecord);
    }
  }
  size_t FilesInFolder() const {
    const std::filesystem::directory_iterator all(folder_);
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }

  std::string folder_;
};

TEST_F(ExternalSortTest, NothingIsLostAddedOrOutOfOrderWhateverTheBlocks) {
  EXPECT_TRUE(rc::check([&] {
    const auto keys = *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange(0u, 200u));
    const auto block = *rc::gen::inRange<size_t>(1, 40);
    ExternalSort sort({kRecord, kKey, block}, folder_);
    std::vector<Bytes> expected;
    for (uint32_t i = 0; i < keys.size(); ++i) {
      expected.push_back(Record(keys[i], i));
      RC_ASSERT(sort.Add(expected.back().data()).has_value());
    }
    // Stable: those of one key as they came.
    std::stable_sort(expected.begin(), expected.end(), [](const Bytes& a, const Bytes& b) {
      return std::lexicographical_compare(a.begin(), a.begin() + kKey, b.begin(), b.begin() + kKey);
    });
    RC_ASSERT(sort.Sort().has_value());
    RC_ASSERT(sort.size() == keys.size());
    const auto sorted = Drain(sort);
    RC_ASSERT(sorted.has_value());
    RC_ASSERT(*sorted == expected);
    RC_ASSERT(*sort.Next() == nullptr);
  }));
}

TEST_F(ExternalSortTest, ASpillHasNoNameAndLeavesNoFile) {
  ExternalSort sort({kRecord, kKey, 8}, folder_);
  for (uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(sort.Add(Record(i * 7 % 256, i).data()));
  EXPECT_GT(sort.runs(), 100u);
  EXPECT_EQ(FilesInFolder(), 0u);
  ASSERT_TRUE(sort.Sort());
  EXPECT_EQ(Drain(sort)->size(), 1000u);
}

TEST_F(ExternalSortTest, WhatFitsInABlockNeedsNoFolder) {
  ExternalSort sort({kRecord, kKey, 8}, folder_ + "/missing");
  for (uint32_t i = 0; i < 8; ++i) ASSERT_TRUE(sort.Add(Record(8 - i, i).data()));
  ASSERT_TRUE(sort.Sort());
  EXPECT_EQ(sort.runs(), 0u);
  EXPECT_EQ(Drain(sort)->size(), 8u);
}

TEST_F(ExternalSortTest, AFolderThatCannotBeWrittenIsAnErrorNotALoss) {
  ExternalSort sort({kRecord, kKey, 8}, folder_ + "/missing");
  for (uint32_t i = 0; i < 8; ++i) ASSERT_TRUE(sort.Add(Record(i, i).data()));
  EXPECT_FALSE(sort.Add(Record(8, 8).data()));
}

}  // namespace
}  // namespace signpost::sorting
