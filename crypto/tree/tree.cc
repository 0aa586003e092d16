#include "crypto/tree/tree.h"

#include <algorithm>
#include <bit>

namespace signpost::tree {
namespace {

// The largest power of two below n, for n >= 2: where RFC 6962 splits.
size_t SplitOf(size_t n) { return std::bit_floor(n - 1); }

void AppendInclusion(std::span<const Digest> leaves, size_t index, std::vector<Digest>& proof) {
  if (leaves.size() <= 1) return;
  const size_t split = SplitOf(leaves.size());
  const auto left = leaves.first(split);
  const auto right = leaves.subspan(split);
  if (index < split) {
    AppendInclusion(left, index, proof);
    proof.push_back(RootOf(right));
  } else {
    AppendInclusion(right, index - split, proof);
    proof.push_back(RootOf(left));
  }
}

// SUBPROOF(m, D, known) of RFC 6962 2.1.2: `known` while the old tree is all on this path's left.
void AppendConsistency(std::span<const Digest> leaves, size_t old_size, bool known,
                       std::vector<Digest>& proof) {
  if (old_size == leaves.size()) {
    if (!known) proof.push_back(RootOf(leaves));
    return;
  }
  const size_t split = SplitOf(leaves.size());
  const auto left = leaves.first(split);
  const auto right = leaves.subspan(split);
  if (old_size <= split) {
    AppendConsistency(left, old_size, known, proof);
    proof.push_back(RootOf(right));
  } else {
    AppendConsistency(right, old_size - split, false, proof);
    proof.push_back(RootOf(left));
  }
}

}  // namespace

Digest LeafHash(std::string_view entry) {
  static constexpr uint8_t kPrefix[] = {0};
  Sha256Stream hash;
  hash.Update(kPrefix);
  hash.Update(AsBytes(entry));
  return hash.Finish();
}

Digest NodeHash(const Digest& left, const Digest& right) {
  std::array<uint8_t, 65> node;
  node[0] = 1;
  std::copy(left.begin(), left.end(), node.begin() + 1);
  std::copy(right.begin(), right.end(), node.begin() + 33);
  return Sha256(ByteView(node));
}

void CompactRange::Append(const Digest& leaf) {
  Digest root = leaf;
  // As many merges as the size has trailing ones: a binary counter.
  for (uint64_t size = size_; (size & 1) != 0; size >>= 1) {
    root = NodeHash(roots_.back(), root);
    roots_.pop_back();
  }
  roots_.push_back(root);
  ++size_;
}

Digest CompactRange::Root() const {
  if (roots_.empty()) return Sha256(std::string_view());
  Digest root = roots_.back();
  for (size_t i = roots_.size() - 1; i > 0; --i) root = NodeHash(roots_[i - 1], root);
  return root;
}

Digest RootOf(std::span<const Digest> leaves) {
  CompactRange range;
  for (const Digest& leaf : leaves) range.Append(leaf);
  return range.Root();
}

Result<std::vector<Digest>> InclusionProof(std::span<const Digest> leaves, uint64_t index) {
  if (index >= leaves.size()) return Fail(Code::kInput, "there is no such entry in the tree");
  std::vector<Digest> proof;
  AppendInclusion(leaves, static_cast<size_t>(index), proof);
  return proof;
}

Result<std::vector<Digest>> ConsistencyProof(std::span<const Digest> leaves, uint64_t old_size) {
  if (old_size == 0 || old_size > leaves.size()) {
    return Fail(Code::kInput, "the old size is not one that this tree had");
  }
  std::vector<Digest> proof;
  AppendConsistency(leaves, static_cast<size_t>(old_size), true, proof);
  return proof;
}

bool VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf,
                     std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  uint64_t node = index;
  uint64_t last = size - 1;  // the rightmost node of the level
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      // A rightmost node without a sibling moves up until it has one.
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(uint64_t old_size, uint64_t new_size, std::span<const Digest> proof,
                       const Digest& old_root, const Digest& new_root) {
  if (old_size == 0 || old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (proof.empty()) return false;
  // When the old tree is perfect its root is the first node of the path and is not sent.
  const bool perfect = std::has_single_bit(old_size);
  const Digest& first = perfect ? old_root : proof.front();
  uint64_t node = old_size - 1;
  uint64_t last = new_size - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  Digest old_hash = first;
  Digest new_hash = first;
  for (const Digest& sibling : proof.subspan(perfect ? 0 : 1)) {
    if (last == 0) return false;
    if ((node & 1) != 0 || node == last) {
      old_hash = NodeHash(sibling, old_hash);
      new_hash = NodeHash(sibling, new_hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = NodeHash(new_hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace signpost::tree
