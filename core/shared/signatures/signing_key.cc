#include "core/shared/signatures/signing_key.h"

#include "crypto/base/file.h"
#include "crypto/memory/secret.h"

namespace signpost::signatures {

Result<note::NoteSigner> ReadSigningKey(const std::string& path) {
  TRY_ASSIGN(const OwnedFd fd, OpenRead(path));
  TRY_ASSIGN(memory::SecretBuffer buffer, memory::SecretBuffer::Create(4096));
  const std::span<uint8_t> room = buffer.Expose(memory::ExposeSecret{});
  TRY_ASSIGN(const size_t size, ReadUpTo(fd.get(), room, path));
  std::string_view text = AsText(room.first(size));
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  Result<note::NoteSigner> signer = note::NoteSigner::Parse(text);
  if (!signer) {
    return Fail(Code::kInput, "is not a private signing key", path,
                "it should hold the one line that signpost wrote; restore it from a backup");
  }
  return signer;
}

}  // namespace signpost::signatures
