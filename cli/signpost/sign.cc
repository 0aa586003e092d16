#include "cli/signpost/open.h"
#include "cli/signpost/options.h"
#include "cli/signpost/print.h"
#include "core/shared/signatures/signing_key.h"
#include "crypto/base/file.h"
#include "crypto/note/note.h"

namespace signpost::cli {
namespace {

// A manifest comes as a note (signed by the planner); a policy statement as bare text.
Result<note::Note> ReadNoteOrText(const std::string& path) {
  TRY_ASSIGN(const std::string text, ReadFile(path, 1u << 20));
  if (Result<note::Note> note = note::Note::Parse(text)) return note;
  return note::Note::Of(text);
}

}  // namespace

Result<void> RunSign(const Options& options) {
  TRY_ASSIGN(note::Note note, ReadNoteOrText(options.files.front()));
  if (!note.text().starts_with("signpost-manifest/v1\n") &&
      !note.text().starts_with("signpost-policy/v1\n")) {
    return Fail(Code::kInput, "is neither a manifest nor a policy statement",
                options.files.front());
  }
  TRY_ASSIGN(const note::NoteSigner signer, signatures::ReadSigningKey(options.key_file));
  // Whoever signs should have read it.
  Out(note.text());
  note.Sign(signer);
  TRY(WriteFileAtomic(options.out, note.Encode()));
  Say("Signed as " + signer.verifier().name() + ".");
  return {};
}

}  // namespace signpost::cli
