// Replays a fuzz target's corpus: every file in the folders given as arguments, once, through the
// same entry point that libFuzzer calls. Prints how many there were; none is a failure, so that a
// corpus that went missing is not taken for one that passed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i], error)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::vector<char> content{std::istreambuf_iterator<char>(file), {}};
      if (!file) {
        std::fprintf(stderr, "cannot read %s\n", entry.path().c_str());
        return 1;
      }
      // A block of exactly the input's size, so that a sanitizer sees the first byte behind it.
      const auto input = std::make_unique<uint8_t[]>(content.size());
      std::copy(content.begin(), content.end(), input.get());
      LLVMFuzzerTestOneInput(input.get(), content.size());
      ++count;
    }
    if (error) {
      std::fprintf(stderr, "cannot read the folder %s\n", argv[i]);
      return 1;
    }
  }
  std::printf("%zu inputs replayed\n", count);
  return count == 0 ? 1 : 0;
}
