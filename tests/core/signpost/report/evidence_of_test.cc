#include "core/signpost/report/evidence_of.h"

#include <sstream>

#include "crypto/tree/tree.h"
#include "tests/core/signpost/batch/batch_home.h"

namespace signpost::test {
namespace {

class EvidenceOfTest : public BatchHome {
 protected:
  EvidenceOfTest() {
    Import(People(0, 20));
    batch_ = Plan().batch;
  }
  // Reads a proof as somebody would who has nothing but the text, and checks it for `entry`.
  bool Proves(const std::string& proof, const std::string& entry) {
    std::istringstream text(proof);
    std::string line;
    EXPECT_TRUE(std::getline(text, line) && line == "c2sp.org/tlog-proof@v1") << line;
    EXPECT_TRUE(std::getline(text, line) && line.starts_with("index ")) << line;
    const uint64_t index = std::stoull(line.substr(6));
    std::vector<Digest> hashes;
    while (std::getline(text, line) && !line.empty()) {
      const Bytes bytes = FromBase64(line).value();
      Digest hash{};
      EXPECT_EQ(bytes.size(), hash.size());
      std::copy(bytes.begin(), bytes.end(), hash.begin());
      hashes.push_back(hash);
    }
    const std::string rest(proof.substr(static_cast<size_t>(text.tellg())));
    const note::Note note = note::Note::Parse(rest).value();
    EXPECT_EQ(note.VerifiedBy(std::vector{home_.ledger_signer->verifier()}).value().size(), 1U);
    const note::Checkpoint tree = note::Checkpoint::Parse(note.text()).value();
    return tree::VerifyInclusion(index, tree.size, tree::LeafHash(entry), hashes, tree.root);
  }
  BatchId batch_;
};

TEST_F(EvidenceOfTest, ProofOfEachEntryVerifiesAndOfNoOther) {
  const std::vector<std::string> entries = home_.store->Entries().value();
  for (uint64_t i = 0; i < entries.size(); ++i) {
    const std::string proof = report::ProofOf(home_, i).value();
    EXPECT_TRUE(Proves(proof, entries[i])) << i;
    EXPECT_FALSE(Proves(proof, entries[(i + 1) % entries.size()])) << i;
  }
}

TEST_F(EvidenceOfTest, EntryThatIsNotThereHasNoProof) {
  const auto proof = report::ProofOf(home_, home_.store->Entries().value().size());
  ASSERT_FALSE(proof.has_value());
  EXPECT_EQ(proof.error().code, Code::kNotFound);
}

TEST_F(EvidenceOfTest, EvidenceIsWholeAndHoldsNoToken) {
  OptOut(50);
  const ledger::Evidence evidence = report::EvidenceOf(home_).value();
  EXPECT_EQ(evidence.entries, home_.store->Entries().value());
  EXPECT_NE(evidence.Document("manifest", batch_.Hex()), nullptr);
  const note::Checkpoint tree =
      note::Checkpoint::Parse(note::Note::Parse(evidence.checkpoint).value().text()).value();
  EXPECT_EQ(tree.size, evidence.entries.size());
  for (uint64_t i = 0; i < evidence.entries.size(); ++i) {
    const ledger::Event event = ledger::DecodeEvent(evidence.entries[i]).value();
    const ledger::Commitment* commitment = ledger::CommitmentOf(event.body);
    ASSERT_EQ(evidence.openings.count(i), commitment == nullptr ? 0U : 1U) << i;
    if (commitment != nullptr) {
      EXPECT_EQ(ledger::Commit(evidence.openings.at(i)), *commitment);
    }
    for (const int person : {0, 7, 50}) {
      EXPECT_EQ(evidence.entries[i].find(ToHex(ContactOf(person).bytes)), std::string::npos);
      EXPECT_EQ(evidence.entries[i].find(ToHex(OptOutOf(person).bytes)), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace signpost::test
