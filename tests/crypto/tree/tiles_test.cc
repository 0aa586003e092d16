#include <gtest/gtest.h>

#include <cstdint>

#include "crypto/tree/tree.h"

namespace signpost::tree {
namespace {

TEST(Tiles, PathsDoNotDepartFromC2sp) {
  EXPECT_EQ(TilePath(0, 0, 256), "tile/0/000");
  EXPECT_EQ(TilePath(0, 0, 1), "tile/0/000.p/1");
  EXPECT_EQ(TilePath(1, 999, 255), "tile/1/999.p/255");
  EXPECT_EQ(TilePath(0, 1000, 256), "tile/0/x001/000");
  EXPECT_EQ(TilePath(0, 1234067, 256), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath(63, 1234067, 8), "tile/63/x001/x234/067.p/8");
  EXPECT_EQ(TilePath(2, UINT64_MAX, 256), "tile/2/x018/x446/x744/x073/x709/x551/615");
  EXPECT_EQ(EntriesPath(0, 5), "tile/entries/000.p/5");
  EXPECT_EQ(EntriesPath(273, 112), "tile/entries/273.p/112");
  EXPECT_EQ(EntriesPath(1234067, 256), "tile/entries/x001/x234/067");
}

TEST(TilesDeath, TileThatCannotExistIsNotNamed) {
  EXPECT_DEATH(TilePath(0, 0, 0), "");
  EXPECT_DEATH(TilePath(0, 0, 257), "");
  EXPECT_DEATH(TilePath(64, 0, 1), "");
  EXPECT_DEATH(EntriesPath(0, 0), "");
}

}  // namespace
}  // namespace signpost::tree
