#include "crypto/memory/wiped.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::memory {
namespace {

struct Pair {
  uint32_t sequence;
  char number[16];
};

// What is left where a T stood that was made of `from`.
template <class T>
std::array<uint8_t, sizeof(Wiped<T>)> LeftBy(const T& from) {
  alignas(Wiped<T>) std::array<uint8_t, sizeof(Wiped<T>)> storage;
  storage.fill(0xee);
  auto* made = new (storage.data()) Wiped<T>{from};
  std::destroy_at(made);
  // As somebody else would who reads this memory: the compiler may not know what it holds.
  std::array<uint8_t, sizeof(Wiped<T>)> left;
  const volatile uint8_t* at = storage.data();
  for (uint8_t& byte : left) byte = *at++;
  return left;
}

template <class Container>
bool Contains(const Container& bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
}

TEST(Wiped, ArrayOrStructOfWhichBytesAreLeftIsFound) {
  for (const uint8_t byte : LeftBy(std::array<char, 16>{"+447700900123"})) EXPECT_EQ(byte, 0);
  for (const uint8_t byte : LeftBy(Pair{7, "+447700900123"})) EXPECT_EQ(byte, 0);
}

TEST(Wiped, ShortTextIsNotLeftInsideTheString) {
  EXPECT_FALSE(Contains(LeftBy(std::string("07700900123")), "7009"));
}

// Memory that outlives what it was given to.
template <class T>
class Kept {
 public:
  using value_type = T;
  explicit Kept(std::vector<uint8_t>& arena) : arena_(&arena) {}
  T* allocate(size_t n) {
    if (n * sizeof(T) > arena_->size()) std::abort();
    return reinterpret_cast<T*>(arena_->data());
  }
  void deallocate(T*, size_t) {}
  friend bool operator==(const Kept&, const Kept&) = default;

 private:
  std::vector<uint8_t>* arena_;
};

TEST(Wiped, ContentsOfAVectorAreNotLeftOnTheHeap) {
  std::vector<uint8_t> arena(64);
  const std::string digits = "07700900123";
  using Vector = std::vector<char, Kept<char>>;
  {
    Wiped<Vector> kept{Vector(Kept<char>(arena))};
    kept.reserve(64);
    kept.assign(digits.begin(), digits.end());
    EXPECT_TRUE(Contains(arena, digits));
  }
  EXPECT_FALSE(Contains(arena, "7009"));
}

TEST(Wiped, IsOtherwiseWhatItWraps) {
  Wiped<std::string> text;
  text = "abc";
  text += 'd';
  EXPECT_EQ(text, "abcd");
  const Wiped<std::array<char, 4>> array{'a', 'b'};
  EXPECT_EQ(array[1], 'b');
  EXPECT_EQ(sizeof array, 4u);
}

}  // namespace
}  // namespace signpost::memory
