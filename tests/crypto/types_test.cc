// What the types cannot do. Each of these is a compile-time fact; the tests only give them names.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <type_traits>

#include "crypto/memory/secret.h"
#include "crypto/number/phone_number.h"
#include "crypto/token/token.h"

namespace signpost {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Hashes = requires(const T& value) {
  std::hash<T>{}(value);
};
template <class A, class B>
concept Equates = requires(const A& a, const B& b) {
  a == b;
};
template <class A, class B>
concept Orders = requires(const A& a, const B& b) {
  a < b;
};

template <class T>
constexpr bool kKeepsToItself =
    !Streams<T> && !fmt::is_formattable<T>::value && !Hashes<T> && !Equates<T, T> &&
    !Orders<T, T> && !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    !std::is_default_constructible_v<T> && std::is_nothrow_move_constructible_v<T> &&
    std::is_nothrow_move_assignable_v<T>;

// The concepts can be met, so failing them means something.
static_assert(Streams<int> && fmt::is_formattable<int>::value && Hashes<int>);
static_assert(Equates<int, int> && Orders<int, int>);

TEST(Types, NumberCannotBePrintedCopiedOrCompared) {
  static_assert(kKeepsToItself<number::PhoneNumber>);
  static_assert(!std::is_convertible_v<number::PhoneNumber, std::string>);
  static_assert(!std::is_constructible_v<std::string_view, number::PhoneNumber>);
}

TEST(Types, SecretCannotBePrintedCopiedOrCompared) {
  static_assert(kKeepsToItself<memory::SecretBuffer>);
  static_assert(kKeepsToItself<memory::SecretKey>);
  static_assert(!std::is_convertible_v<memory::SecretKey, ByteView>);
  static_assert(!std::is_convertible_v<memory::SecretBuffer, ByteView>);
}

TEST(Types, ContactTokenDoesNotCompareWithOptOutToken) {
  static_assert(Equates<token::ContactToken, token::ContactToken> &&
                Orders<token::ContactToken, token::ContactToken>);
  static_assert(!Equates<token::ContactToken, token::OptOutToken> &&
                !Equates<token::OptOutToken, token::ContactToken>);
  static_assert(!Orders<token::ContactToken, token::OptOutToken> &&
                !Orders<token::OptOutToken, token::ContactToken>);
  static_assert(!std::is_convertible_v<token::ContactToken, token::OptOutToken>);
  static_assert(!std::is_constructible_v<token::ContactToken, token::OptOutToken>);
  static_assert(!std::is_assignable_v<token::ContactToken&, token::OptOutToken>);
  static_assert(!Streams<token::ContactToken> && !Streams<token::OptOutToken>);
}

TEST(Types, IdOfOneThingIsNotTheIdOfAnother) {
  static_assert(Equates<BatchId, BatchId>);
  static_assert(!Equates<BatchId, EpochId> && !std::is_constructible_v<BatchId, EpochId>);
}

}  // namespace
}  // namespace signpost
