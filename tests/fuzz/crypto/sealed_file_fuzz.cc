// Sealed files: what decodes encodes to the same bytes, and its header can be read alone.
#include <algorithm>

#include "crypto/seal/format/sealed_file.h"
#include "tests/fuzz/crypto/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  const ByteView input(data, size);
  const auto file = seal::SealedFile::Decode(input);
  if (file) {
    const Bytes again = file->Encode();
    FUZZ_CHECK(std::equal(again.begin(), again.end(), input.begin(), input.end()));
    for (const seal::FileRecord& record : file->records) {
      FUZZ_CHECK(record.section < file->header.sections.size());
    }
  }
  const auto length = seal::HeaderBytes(input);
  FUZZ_CHECK(length || !file);
  if (length && *length <= size) {
    const auto header = seal::DecodeHeader(input.first(*length));
    FUZZ_CHECK(header || !file);
    if (header) {
      const Bytes again = seal::EncodeHeader(*header);
      FUZZ_CHECK(std::equal(again.begin(), again.end(), input.begin()));
    }
  }
  return 0;
}
