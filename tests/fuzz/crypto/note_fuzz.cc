// Notes, checkpoints and key texts: what parses encodes to the same bytes, and no key that never
// signed is found to have signed.
#include <vector>

#include "crypto/note/note.h"
#include "tests/fuzz/crypto/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  static const NoteSigner signer = *NoteSigner::Generate("fuzz");
  const std::string_view input = AsText({data, size});

  if (const auto note = Note::Parse(input)) {
    FUZZ_CHECK(note->Encode() == input);
    FUZZ_CHECK(!note->signatures().empty() && note->signatures().size() <= 100);
    // Its key was made a moment ago: an input that it signed does not exist.
    const auto verified = note->VerifiedBy(std::vector{signer.verifier()});
    FUZZ_CHECK(!verified || verified->empty());
  }
  if (auto note = Note::Of(std::string(input))) {
    note->Sign(signer);
    const auto read = Note::Parse(note->Encode());
    FUZZ_CHECK(read && read->text() == input && read->signatures().size() == 1);
    FUZZ_CHECK(read->VerifiedBy(std::vector{signer.verifier()})->size() == 1);
  }
  if (const auto checkpoint = Checkpoint::Parse(input)) FUZZ_CHECK(checkpoint->Text() == input);
  if (const auto verifier = NoteVerifier::Parse(input)) FUZZ_CHECK(verifier->Text() == input);
  if (const auto parsed = NoteSigner::Parse(input)) {
    const SecretBuffer text = *parsed->ExposeText(ExposeSecret{});
    FUZZ_CHECK(AsText(text.Expose(ExposeSecret{})).starts_with(input));
  }
  return 0;
}
