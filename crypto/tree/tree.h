// Implements the RFC 6962 / RFC 9162 Merkle tree: hashes, a compact range to append to, inclusion
// and consistency proofs, and their verification (RFC 9162 2.1.3.2 and 2.1.4.2).
//
// leaf = SHA-256(0x00 || entry), node = SHA-256(0x01 || left || right), the empty tree's root is
// SHA-256(""). Proof building takes all leaf hashes: ledgers here have thousands of entries.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

namespace signpost::tree {

Digest LeafHash(std::string_view entry);
Digest NodeHash(const Digest& left, const Digest& right);

// The roots of the perfect subtrees of a growing tree: at most 64 hashes.
class CompactRange {
 public:
  void Append(const Digest& leaf);
  uint64_t size() const { return size_; }
  Digest Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> roots_;  // largest first
};

Digest RootOf(std::span<const Digest> leaves);
// kInput when index >= leaves.size().
Result<std::vector<Digest>> InclusionProof(std::span<const Digest> leaves, uint64_t index);
// kInput when old_size is 0 or larger than leaves.size().
Result<std::vector<Digest>> ConsistencyProof(std::span<const Digest> leaves, uint64_t old_size);

bool VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf,
                     std::span<const Digest> proof, const Digest& root);
// old_size 0 is false (use the checkpoint alone): see transparency-dev/merkle.
bool VerifyConsistency(uint64_t old_size, uint64_t new_size, std::span<const Digest> proof,
                       const Digest& old_root, const Digest& new_root);

// c2sp.org/tlog-tiles paths: "tile/0/x001/x234/067", "tile/entries/000.p/5" for partial width.
// A width of 256 is a full tile. Aborts on a level above 63 or a width outside 1..256.
std::string TilePath(unsigned level, uint64_t n, unsigned width);
std::string EntriesPath(uint64_t n, unsigned width);

}  // namespace signpost::tree
