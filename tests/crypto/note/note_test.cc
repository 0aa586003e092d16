#include "crypto/note/note.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "tests/crypto/vector_file.h"

namespace signpost::note {
namespace {

const std::string kDash = "\u2014 ";

std::string TextOf(const memory::SecretBuffer& buffer) {
  return std::string(AsText(buffer.Expose(memory::ExposeSecret{})));
}

// A skey or vkey from raw parts, with the right id unless told otherwise.
std::string KeyText(std::string_view start, const std::string& name, ByteView public_key,
                    ByteView material) {
  Bytes typed(AsBytes(name).begin(), AsBytes(name).end());
  typed.insert(typed.end(), {'\n', 1});
  typed.insert(typed.end(), public_key.begin(), public_key.end());
  const std::string id = ToHex(ByteView(Sha256(ByteView(typed))).first(4));
  Bytes value{1};
  value.insert(value.end(), material.begin(), material.end());
  return std::string(start) + name + "+" + id + "+" + ToBase64(value);
}

class NoteTest : public testing::Test {
 protected:
  static Note SignedBy(const std::string& text, std::initializer_list<const NoteSigner*> signers) {
    Note note = *Note::Of(text);
    for (const NoteSigner* signer : signers) note.Sign(*signer);
    return note;
  }
  NoteSigner alice_ = *NoteSigner::Generate("alice");
  NoteSigner bob_ = *NoteSigner::Generate("bob");
};

TEST_F(NoteTest, Ed25519DoesNotDepartFromRfc8032) {
  for (const VectorCase& vector : ReadVectors("ed25519.vec")) {
    const auto signer =
        NoteSigner::Parse(KeyText("PRIVATE+KEY+", "v", vector.Hex("public"), vector.Hex("seed")));
    ASSERT_TRUE(signer) << vector.Text("case");
    const Bytes message = vector.Hex("message");
    EXPECT_EQ(ToHex(signer->Sign(AsText(message))), vector.Text("signature"));
    EXPECT_TRUE(signer->verifier().Verify(AsText(message), vector.Hex("signature")));
    EXPECT_EQ(signer->verifier().Text(),
              KeyText("", "v", vector.Hex("public"), vector.Hex("public")));
  }
}

TEST_F(NoteTest, NoteOfAnotherImplementationIsRead) {
  const VectorCase vector = ReadVectors("signed_note.vec").at(0);
  std::string text;
  for (const char c : vector.Text("text")) {
    if (c == 'n' && text.ends_with('\\')) {
      text.back() = '\n';
    } else {
      text += c;
    }
  }
  const std::string encoded = text + "\n" + vector.Text("line") + "\n";
  const auto note = Note::Parse(encoded);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->text(), text);
  const auto verifier = NoteVerifier::Parse(vector.Text("vkey"));
  ASSERT_TRUE(verifier);
  EXPECT_EQ(*note->VerifiedBy(std::vector{*verifier}), std::vector<size_t>{0});
  // Ed25519 is deterministic: our signature of it is the same line.
  const auto signer = NoteSigner::Parse(vector.Text("skey"));
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->verifier(), *verifier);
  EXPECT_EQ(SignedBy(text, {&*signer}).Encode(), encoded);
}

TEST_F(NoteTest, NothingIsLostInTheRoundTrip) {
  EXPECT_TRUE(rc::check([this] {
    const auto lines = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab +\xe2\x80\x94=\n"))));
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    const auto unsigned_note = Note::Of(text);
    if (!unsigned_note) return;  // cut dashes are not UTF-8
    Note note = *unsigned_note;
    note.Sign(alice_);
    note.Sign(bob_);
    const auto read = Note::Parse(note.Encode());
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->text() == text);
    RC_ASSERT(read->signatures() == note.signatures());
    RC_ASSERT(read->Encode() == note.Encode());
    const std::vector known{bob_.verifier(), alice_.verifier()};
    RC_ASSERT((*read->VerifiedBy(known) == std::vector<size_t>{0, 1}));
  }));
}

TEST_F(NoteTest, TextThatLooksLikeANoteIsStillText) {
  // Somebody signs a note that quotes a signed note: the last empty line divides.
  const std::string inner = SignedBy("inner\n", {&alice_}).Encode();
  const auto outer = Note::Parse(SignedBy(inner, {&bob_}).Encode());
  ASSERT_TRUE(outer);
  EXPECT_EQ(outer->text(), inner);
  const std::vector known{alice_.verifier(), bob_.verifier()};
  EXPECT_EQ(*outer->VerifiedBy(known), std::vector<size_t>{1});
  for (const std::string text : {"\n", "\n\n", "a\n\n", "\n\na\n"}) {
    EXPECT_EQ(Note::Parse(SignedBy(text, {&alice_}).Encode())->text(), text);
  }
}

TEST_F(NoteTest, TamperedNoteIsNotVerified) {
  const std::string encoded = SignedBy("count 12\nuntil 2026-11-30\n", {&alice_}).Encode();
  const std::vector known{alice_.verifier()};
  ASSERT_EQ(*Note::Parse(encoded)->VerifiedBy(known), std::vector<size_t>{0});
  for (size_t bit = 0; bit < encoded.size() * 8; ++bit) {
    std::string tampered = encoded;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    const auto note = Note::Parse(tampered);
    if (!note) continue;
    // Another name or id is somebody unknown; nobody has signed, or the signature fails.
    const auto verified = note->VerifiedBy(known);
    EXPECT_TRUE(!verified || verified->empty()) << bit;
  }
}

TEST_F(NoteTest, MalformedNoteIsRefused) {
  const std::string line = kDash + "alice AAAAAAE=\n";  // an id and one byte
  ASSERT_TRUE(Note::Parse("text\n\n" + line));
  const std::string bad[] = {
      "",
      "text\n",
      "text\n\n",
      "text\n" + line,                               // no empty line
      "\n" + line,                                   // no text
      "text\n\n" + line.substr(0, line.size() - 1),  // no last newline
      "text\n\n" + line + "\n",                      // an empty line at the end
      "text\n\n" + line + "more\n",                  // not a signature line
      "text\n\n" + kDash + "alice AAAAAA==\n",       // no signature behind the id
      "text\n\n" + kDash + "alice AAAAAAE\n",        // no padding
      "text\n\n" + kDash + "alice AAAAAAF=\n",       // bits that would be dropped
      "text\n\n" + kDash + "alice  AAAAAAE=\n",      // two spaces
      "text\n\n" + kDash + "alice AAAAAAE= \n",      // a space at the end
      "text\n\n" + kDash + "alice AAAAAAE=\r\n",     // another line end
      "text\n\n" + kDash + " AAAAAAE=\n",            // no name
      "text\n\n" + kDash + "al+ice AAAAAAE=\n",      // not a name
      "text\n\n- alice AAAAAAE=\n",                  // another dash
      "text\n\n\xe2\x80\x93 alice AAAAAAE=\n",       // an en dash
      "te\txt\n\n" + line,                           // a control character
      std::string("te\0xt\n\n", 7) + line,           // a NUL
      "te\xffxt\n\n" + line,                         // not UTF-8
      "text\r\n\r\n" + line,                         // another line end
  };
  for (const std::string& bytes : bad) {
    const auto note = Note::Parse(bytes);
    ASSERT_FALSE(note) << bytes;
    EXPECT_EQ(note.error().code, Code::kInput);
  }
}

TEST_F(NoteTest, MoreThanAHundredSignaturesAreRefused) {
  std::string encoded = "text\n\n";
  for (int i = 0; i < 100; ++i) encoded += kDash + "n" + std::to_string(i) + " AAAAAAE=\n";
  auto full = Note::Parse(encoded);
  ASSERT_TRUE(full);
  EXPECT_FALSE(Note::Parse(encoded + kDash + "alice AAAAAAE=\n"));
  const Note one_more = SignedBy("text\n", {&alice_});
  EXPECT_EQ(full->Merge(one_more).error().code, Code::kInput);
  EXPECT_EQ(full->signatures().size(), 100u);
}

TEST_F(NoteTest, TextThatCannotBeReadBackIsNotANote) {
  EXPECT_TRUE(Note::Of("a\n"));
  for (const char* bad : {"", "a", "a\r\n", "\t\n", "\xff\n"}) EXPECT_FALSE(Note::Of(bad)) << bad;
}

TEST_F(NoteTest, UnknownSignerIsNotCountedAndDoesNoHarm) {
  const Note note = SignedBy("text\n", {&alice_, &bob_});
  EXPECT_EQ(*note.VerifiedBy(std::vector{bob_.verifier()}), std::vector<size_t>{0});
  EXPECT_TRUE(note.VerifiedBy({})->empty());
  EXPECT_TRUE(note.VerifiedBy(std::vector{NoteSigner::Generate("carol")->verifier()})->empty());
}

TEST_F(NoteTest, FailedSignatureOfAKnownKeyRejectsTheWholeNote) {
  // Bob's signature is good, Alice's is of another text.
  std::string encoded = SignedBy("text\n", {&bob_}).Encode();
  const std::string other = SignedBy("other\n", {&alice_}).Encode();
  encoded += other.substr(other.find(kDash));
  const Note note = *Note::Parse(encoded);
  const auto both = note.VerifiedBy(std::vector{alice_.verifier(), bob_.verifier()});
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Code::kRefused);
  EXPECT_TRUE(note.VerifiedBy(std::vector{bob_.verifier()}));
}

TEST_F(NoteTest, SecondLineOfAKeyIsNotLeftUnchecked) {
  // A valid signature first, a failing one of the same key behind it.
  std::string encoded = SignedBy("text\n", {&alice_}).Encode();
  const std::string other = SignedBy("other\n", {&alice_}).Encode();
  encoded += other.substr(other.find(kDash));
  EXPECT_FALSE(Note::Parse(encoded)->VerifiedBy(std::vector{alice_.verifier()}));
  // The same valid line twice counts once.
  std::string twice = SignedBy("text\n", {&alice_}).Encode();
  twice += twice.substr(twice.find(kDash));
  EXPECT_EQ(*Note::Parse(twice)->VerifiedBy(std::vector{alice_.verifier()}),
            std::vector<size_t>{0});
}

TEST_F(NoteTest, SameKeyConfiguredTwiceIsAmbiguous) {
  const Note note = SignedBy("text\n", {&alice_});
  const auto verified = note.VerifiedBy(std::vector{alice_.verifier(), alice_.verifier()});
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::kRefused);
}

TEST_F(NoteTest, SigningTwiceDoesNotCountTwice) {
  Note note = SignedBy("text\n", {&alice_, &bob_, &alice_});
  EXPECT_EQ(note.signatures().size(), 2u);
  note.RemoveSignature(alice_.verifier().key_id(), "bob");
  EXPECT_EQ(note.signatures().size(), 2u);
  note.RemoveSignature(alice_.verifier().key_id(), "alice");
  ASSERT_EQ(note.signatures().size(), 1u);
  EXPECT_EQ(note.signatures()[0].name, "bob");
}

TEST_F(NoteTest, SignatureOfAnotherTextIsNotMerged) {
  Note note = SignedBy("text\n", {&alice_});
  EXPECT_EQ(note.Merge(SignedBy("other\n", {&bob_})).error().code, Code::kInput);
  ASSERT_TRUE(note.Merge(SignedBy("text\n", {&alice_, &bob_})));
  EXPECT_EQ(note.signatures().size(), 2u);
  EXPECT_EQ(note.VerifiedBy(std::vector{alice_.verifier(), bob_.verifier()})->size(), 2u);
}

TEST_F(NoteTest, MergeDoesNotReplaceASignatureThatIsThere) {
  Note note = SignedBy("text\n", {&alice_});
  const auto before = note.signatures();
  std::string forged = note.Encode();
  const size_t at = forged.find(kDash) + kDash.size() + 6 + 20;
  forged[at] = forged[at] == 'A' ? 'B' : 'A';
  ASSERT_TRUE(note.Merge(*Note::Parse(forged)));
  EXPECT_EQ(note.signatures(), before);
}

TEST_F(NoteTest, KeyTextHasOneSpelling) {
  for (int i = 0; i < 50; ++i) {  // among these many with '+' in their base64
    const NoteSigner signer = *NoteSigner::Generate("example.org/a");
    const std::string secret = TextOf(*signer.ExposeText(memory::ExposeSecret{}));
    EXPECT_TRUE(secret.ends_with('\n'));
    const auto read = NoteSigner::Parse(secret);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->verifier(), signer.verifier());
    EXPECT_EQ(read->Sign("x\n"), signer.Sign("x\n"));
    EXPECT_EQ(TextOf(*read->ExposeText(memory::ExposeSecret{})), secret);
    EXPECT_TRUE(NoteSigner::Parse(secret.substr(0, secret.size() - 1)));
    EXPECT_EQ(NoteVerifier::Parse(signer.verifier().Text())->Text(), signer.verifier().Text());
  }
}

TEST_F(NoteTest, TamperedKeyTextIsRefused) {
  const std::string vkey = alice_.verifier().Text();
  const std::string skey = TextOf(*alice_.ExposeText(memory::ExposeSecret{}));
  for (size_t bit = 0; bit < vkey.size() * 8; ++bit) {
    std::string tampered = vkey;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(NoteVerifier::Parse(tampered)) << bit;
  }
  for (size_t bit = 0; bit < (skey.size() - 1) * 8; ++bit) {
    std::string tampered = skey;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(NoteSigner::Parse(tampered)) << bit;
  }
  for (const std::string& bad : {std::string(), vkey + "\n", " " + vkey, vkey + "+",
                                 std::string("alice"), std::string("alice+00000000+"), skey}) {
    EXPECT_FALSE(NoteVerifier::Parse(bad)) << bad;
  }
  EXPECT_FALSE(NoteSigner::Parse(vkey));
  EXPECT_FALSE(NoteSigner::Parse(skey + "\n"));
}

TEST_F(NoteTest, ByteWithItsHighBitSetIsNotTakenForAnother) {
  // The skey of this vector holds '+', which libsodium would also find in another byte.
  std::string skey = ReadVectors("signed_note.vec").at(0).Text("skey");
  ASSERT_TRUE(NoteSigner::Parse(skey));
  for (char& c : skey) {
    c = static_cast<char>(c ^ 0x80);
    EXPECT_FALSE(NoteSigner::Parse(skey));
    c = static_cast<char>(c ^ 0x80);
  }
}

TEST_F(NoteTest, KeyOfAnotherTypeIsRefused) {
  Bytes cosigner{4};
  cosigner.resize(33, 7);
  Bytes hashed{'w', '\n'};
  hashed.insert(hashed.end(), cosigner.begin(), cosigner.end());
  const std::string id = ToHex(ByteView(Sha256(ByteView(hashed))).first(4));
  EXPECT_FALSE(NoteVerifier::Parse("w+" + id + "+" + ToBase64(cosigner)));
}

TEST_F(NoteTest, NameThatBreaksTheFormatIsRefused) {
  for (const char* bad : {"", "a b", "a+b", "a\n", "\xff"}) {
    EXPECT_EQ(NoteSigner::Generate(bad).error().code, Code::kInput) << bad;
  }
}

TEST_F(NoteTest, SignatureOfAnotherLengthIsNotValid) {
  const auto signature = alice_.Sign("x\n");
  EXPECT_TRUE(alice_.verifier().Verify("x\n", signature));
  EXPECT_FALSE(alice_.verifier().Verify("x\n", ByteView(signature).first(63)));
  EXPECT_FALSE(alice_.verifier().Verify("x\n", {}));
  EXPECT_FALSE(alice_.verifier().Verify("x", signature));
  EXPECT_FALSE(bob_.verifier().Verify("x\n", signature));
}

}  // namespace
}  // namespace signpost::note
