// Notes, checkpoints and key texts: what parses encodes to the same bytes, and no key that never
// signed is found to have signed.
#include <vector>

#include "crypto/note/note.h"
#include "tests/fuzz/crypto/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  static const note::NoteSigner signer = *note::NoteSigner::Generate("fuzz");
  const std::string_view input = AsText({data, size});

  if (const auto note = note::Note::Parse(input)) {
    FUZZ_CHECK(note->Encode() == input);
    FUZZ_CHECK(!note->signatures().empty() && note->signatures().size() <= 100);
    // Its key was made a moment ago: an input that it signed does not exist.
    const auto verified = note->VerifiedBy(std::vector{signer.verifier()});
    FUZZ_CHECK(!verified || verified->empty());
  }
  if (auto note = note::Note::Of(std::string(input))) {
    note->Sign(signer);
    const auto read = note::Note::Parse(note->Encode());
    FUZZ_CHECK(read && read->text() == input && read->signatures().size() == 1);
    FUZZ_CHECK(read->VerifiedBy(std::vector{signer.verifier()})->size() == 1);
  }
  if (const auto checkpoint = note::Checkpoint::Parse(input))
    FUZZ_CHECK(checkpoint->Text() == input);
  if (const auto verifier = note::NoteVerifier::Parse(input)) FUZZ_CHECK(verifier->Text() == input);
  if (const auto parsed = note::NoteSigner::Parse(input)) {
    const memory::SecretBuffer text = *parsed->ExposeText(memory::ExposeSecret{});
    FUZZ_CHECK(AsText(text.Expose(memory::ExposeSecret{})).starts_with(input));
  }
  return 0;
}
