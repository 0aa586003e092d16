// Key files: a header that is read is the bytes that are there, and nothing unwraps under a key
// that never wrapped it.
#include "crypto/custody/key_file.h"
#include "tests/fuzz/crypto/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  // One salt for all: an input's own kdf line is refused before a derivation, which would be slow.
  static const custody::Wrapper wrapper =
      *custody::Wrapper::Create(*memory::SecretBuffer::Create(8), custody::KdfCost::kMinimal);
  const std::string_view input = AsText({data, size});
  const auto header = custody::ReadKeyFileHeader(input);
  if (header) {
    const std::string text = custody::EncodeKeyFileHeader(*header);
    FUZZ_CHECK(input.starts_with(text));
    FUZZ_CHECK(input.substr(text.size()).starts_with("kdf "));
    static memory::SecretKey key = *memory::SecretKey::Random();
    const auto wrapped = wrapper.Wrap(*header, key);
    FUZZ_CHECK(wrapped.has_value());
    const auto unwrapped = wrapper.Unwrap(*wrapped);
    FUZZ_CHECK(unwrapped && unwrapped->header == *header);
  }
  const auto unwrapped = wrapper.Unwrap(input);
  FUZZ_CHECK(!unwrapped);
  FUZZ_CHECK(header || unwrapped.error().code == Code::kInput);
  return 0;
}
