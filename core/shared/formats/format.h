// Numbers the formats that can be imported, and says what a descriptor of one is made of.
//
// Each number but kAuto has one descriptor: a database of a phone in databases.h, everything else
// in text_formats.h. Neither compiles while a number has none, or while a field of one is left out.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace signpost::formats {

// Binaries of one build agree on these (core/shared/wire/reader_boundary.h); nothing keeps them.
enum class Format : uint8_t {
  kAuto = 0,
  kCsv,
  kVcard,
  kList,
  kCellebriteXml,  // report.xml, bare or in a UFDR
  kCellebriteXlsx,
  kAxiomXlsx,
  kXlsx,  // another workbook with columns of telephone numbers
  kXryText,
  kSmsBackupXml,
  kAndroidContacts,
  kAndroidCalls,
  kAndroidMessages,
  kAndroidWhatsapp,
  kAndroidWhatsappContacts,
  kIosAddressBook,
  kIosCalls,
  kIosMessages,
  kIosWhatsapp,
  kIosWhatsappContacts,
  kIosWhatsappCalls,
  kIosInteractions,
  kCount
};

// Whose table it is, where its header or shape tells.
enum class Dialect : uint8_t {
  kNone = 0,
  kGoogle,
  kOutlook,
  kThunderbird,
  kImazing,
  kIexplorer,
  kCellebrite,
  kAxiom,
  kCount
};

enum class Sample : uint8_t {
  kPublished,  // written after a format that is published (an RFC, a tool's documented headings)
  kReconstruction,  // written after other people's parsers: no genuine sample could be had
};

// A field that must be given: a descriptor that leaves it out does not compile.
template <class T>
struct Required {
  template <class Given>
  requires std::convertible_to<Given, T>
  constexpr Required(Given&& given) : value(std::forward<Given>(given)) {}
  constexpr operator const T&() const { return value; }
  T value;
};

// Up to kMax values, which may be none but must be given. One more does not compile.
template <class T, size_t kMax>
class List {
 public:
  constexpr List(std::initializer_list<T> given) : size_(given.size()) {
    size_t i = 0;
    for (const T& one : given) values_.at(i++) = one;
  }
  constexpr const T* begin() const { return values_.data(); }
  constexpr const T* end() const { return values_.data() + size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr bool Has(const T& wanted) const {
    for (const T& one : *this) {
      if (one == wanted) return true;
    }
    return false;
  }

 private:
  std::array<T, kMax> values_{};
  size_t size_;
};

}  // namespace signpost::formats
