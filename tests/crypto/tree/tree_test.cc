#include "crypto/tree/tree.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <string>

#include "tests/crypto/vector_file.h"

namespace signpost::tree {
namespace {

constexpr size_t kMaxLeaves = 70;

std::vector<Digest> Leaves(size_t count) {
  std::vector<Digest> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash("entry " + std::to_string(i)));
  return leaves;
}

Digest FlipBit(Digest hash, size_t bit) {
  hash[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  return hash;
}

// RFC 6962 2.1, word for word, to hold the quick code against.
Digest SlowRoot(std::span<const Digest> leaves) {
  if (leaves.empty()) return Sha256(std::string_view());
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return NodeHash(SlowRoot(leaves.first(split)), SlowRoot(leaves.subspan(split)));
}

TEST(Tree, DoesNotDepartFromRfc6962) {
  std::vector<Digest> leaves;
  std::vector<Digest> roots;
  size_t proofs = 0;
  for (const VectorCase& vector : ReadVectors("rfc6962.vec")) {
    const std::string name = vector.Text("case");
    if (vector.Has("entry")) {
      leaves.push_back(LeafHash(AsText(vector.Hex("entry"))));
      EXPECT_EQ(leaves.back(), vector.Hash("leaf")) << name;
    } else if (vector.Has("root")) {
      roots.push_back(vector.Hash("root"));
      EXPECT_EQ(RootOf(std::span(leaves).first(vector.Number("size"))), roots.back()) << name;
    } else {
      const uint64_t size = vector.Number("size");
      const auto tree = std::span<const Digest>(leaves).first(size);
      const auto proof = vector.Hashes("proof");
      ++proofs;
      if (vector.Has("index")) {
        const uint64_t index = vector.Number("index");
        EXPECT_EQ(*InclusionProof(tree, index), proof) << name;
        EXPECT_TRUE(VerifyInclusion(index, size, leaves[index], proof, roots[size])) << name;
      } else {
        const uint64_t old = vector.Number("old");
        EXPECT_EQ(*ConsistencyProof(tree, old), proof) << name;
        EXPECT_TRUE(VerifyConsistency(old, size, proof, roots[old], roots[size])) << name;
      }
    }
  }
  EXPECT_EQ(leaves.size(), 8u);
  EXPECT_EQ(roots.size(), 9u);
  EXPECT_EQ(proofs, 72u);
}

TEST(Tree, RootDoesNotDependOnHowItGrew) {
  const auto leaves = Leaves(kMaxLeaves);
  CompactRange range;
  for (size_t size = 0; size <= kMaxLeaves; ++size) {
    EXPECT_EQ(range.size(), size);
    EXPECT_EQ(range.Root(), SlowRoot(std::span(leaves).first(size))) << size;
    if (size < kMaxLeaves) range.Append(leaves[size]);
  }
}

TEST(Tree, EveryEntryIsProvenAndNoOther) {
  const auto leaves = Leaves(kMaxLeaves);
  for (size_t size = 1; size <= kMaxLeaves; ++size) {
    const auto tree = std::span<const Digest>(leaves).first(size);
    const Digest root = RootOf(tree);
    for (size_t index = 0; index < size; ++index) {
      const auto proof = *InclusionProof(tree, index);
      ASSERT_TRUE(VerifyInclusion(index, size, leaves[index], proof, root)) << index << " " << size;
      const size_t other = (index + 1) % size;
      if (other == index) continue;
      EXPECT_FALSE(VerifyInclusion(other, size, leaves[index], proof, root));
      EXPECT_FALSE(VerifyInclusion(index, size, leaves[other], proof, root));
    }
    EXPECT_FALSE(InclusionProof(tree, size));
  }
  EXPECT_FALSE(InclusionProof({}, 0));
}

TEST(Tree, EveryEarlierTreeIsProvenAndNoOther) {
  const auto leaves = Leaves(kMaxLeaves);
  for (size_t size = 1; size <= kMaxLeaves; ++size) {
    const auto tree = std::span<const Digest>(leaves).first(size);
    const Digest root = RootOf(tree);
    for (size_t old = 1; old <= size; ++old) {
      const Digest old_root = RootOf(tree.first(old));
      const auto proof = *ConsistencyProof(tree, old);
      ASSERT_TRUE(VerifyConsistency(old, size, proof, old_root, root)) << old << " " << size;
      EXPECT_FALSE(VerifyConsistency(old, size, proof, FlipBit(old_root, 0), root));
      EXPECT_FALSE(VerifyConsistency(old, size, proof, old_root, FlipBit(root, 255)));
      EXPECT_FALSE(VerifyConsistency(old - 1, size, proof, old_root, root));
    }
    EXPECT_FALSE(ConsistencyProof(tree, 0));
    EXPECT_FALSE(ConsistencyProof(tree, size + 1));
  }
}

// A bit, a hash too many at either end, one too few.
void RequireTamperingIsSeen(const std::vector<Digest>& proof,
                            const std::function<bool(const std::vector<Digest>&)>& verifies,
                            const Digest& in_front, const Digest& behind) {
  RC_ASSERT(verifies(proof));
  auto tampered = proof;
  auto& hash = tampered[*rc::gen::inRange<size_t>(0, proof.size())];
  hash = FlipBit(hash, *rc::gen::inRange<size_t>(0, 256));
  RC_ASSERT(!verifies(tampered));
  tampered = proof;
  tampered.push_back(behind);
  RC_ASSERT(!verifies(tampered));
  tampered = proof;
  tampered.insert(tampered.begin(), in_front);
  RC_ASSERT(!verifies(tampered));
  tampered = proof;
  tampered.pop_back();
  RC_ASSERT(!verifies(tampered));
}

TEST(Tree, TamperedInclusionProofIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<size_t>(2, kMaxLeaves + 1);
    const auto index = *rc::gen::inRange<size_t>(0, size);
    const auto leaves = Leaves(size);
    const Digest root = RootOf(leaves);
    const auto proof = *InclusionProof(leaves, index);
    const auto verifies = [&](const std::vector<Digest>& p) {
      return VerifyInclusion(index, size, leaves[index], p, root);
    };
    RequireTamperingIsSeen(proof, verifies, leaves[index], root);
  }));
}

TEST(Tree, TamperedConsistencyProofIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<size_t>(2, kMaxLeaves + 1);
    const auto old = *rc::gen::inRange<size_t>(1, size);
    const auto leaves = Leaves(size);
    const Digest root = RootOf(leaves);
    const Digest old_root = RootOf(std::span(leaves).first(old));
    const auto proof = *ConsistencyProof(leaves, old);
    const auto verifies = [&](const std::vector<Digest>& p) {
      return VerifyConsistency(old, size, p, old_root, root);
    };
    RequireTamperingIsSeen(proof, verifies, old_root, root);
  }));
}

TEST(Tree, RewrittenHistoryIsNotConsistent) {
  auto leaves = Leaves(20);
  const Digest old_root = RootOf(std::span(leaves).first(12));
  leaves[5] = LeafHash("another");
  EXPECT_FALSE(VerifyConsistency(12, 20, *ConsistencyProof(leaves, 12), old_root, RootOf(leaves)));
}

TEST(Tree, NothingIsProvenFromTheEmptyTree) {
  const auto leaves = Leaves(3);
  const Digest empty = RootOf({});
  EXPECT_FALSE(VerifyConsistency(0, 3, {}, empty, RootOf(leaves)));
  EXPECT_FALSE(VerifyConsistency(0, 0, {}, empty, empty));
  EXPECT_FALSE(VerifyConsistency(4, 3, {}, empty, RootOf(leaves)));
  EXPECT_FALSE(VerifyInclusion(0, 0, leaves[0], {}, leaves[0]));
}

TEST(Tree, HugeSizesAreNotMistaken) {
  const Digest hash = LeafHash("x");
  const std::vector<Digest> proof(64, hash);
  EXPECT_FALSE(VerifyInclusion(UINT64_MAX, UINT64_MAX, hash, proof, hash));
  EXPECT_FALSE(VerifyInclusion(UINT64_MAX - 1, UINT64_MAX, hash, proof, hash));
  EXPECT_FALSE(VerifyConsistency(UINT64_MAX - 1, UINT64_MAX, proof, hash, hash));
  EXPECT_FALSE(VerifyConsistency(uint64_t{1} << 63, UINT64_MAX, proof, hash, hash));
}

TEST(Tree, LeafIsNotTakenForANode) {
  const Digest a = LeafHash("a");
  const Digest b = LeafHash("b");
  std::string joined(AsText(a));
  joined += AsText(b);
  EXPECT_NE(LeafHash(joined), NodeHash(a, b));
  EXPECT_NE(NodeHash(a, b), NodeHash(b, a));
}

}  // namespace
}  // namespace signpost::tree
