// Sorts more records than fit in memory: of one width, by the bytes that they begin with, and those
// that are equal in the order in which they were added.
//
// Blocks of records are sorted in memory. A single block stays there; several are written to a
// temporary file, a sorted run each, and merged from it. That file has no name: it is gone with
// this object, however the process ends. (Where the file system cannot make one without a name it
// has one, "sort-*.tmp", for an instant.) What was in it is not erased from the disk: a caller puts
// nothing here that the home does not hold in other files, too.
//
// Memory: one block, an index of it, and kMergeBytes, whatever is added.
// Errors: kStorage when the temporary file cannot be made, written or read. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::sorting {

struct SortShape {
  size_t record_bytes = 0;
  size_t key_bytes = 0;  // a record begins with its key: 8 bytes or more
  size_t block_records = 1u << 17;
};

class ExternalSort {
 public:
  // `folder`: where the temporary file would be; nothing is made there before a block is full.
  ExternalSort(const SortShape& shape, std::string folder);

  // Copies record_bytes bytes. Not after Sort.
  Result<void> Add(const uint8_t* record);
  // All were added.
  Result<void> Sort();
  // The next in order, valid until the next call; null at the end. After Sort.
  Result<const uint8_t*> Next();

  uint64_t size() const { return size_; }
  size_t runs() const { return runs_.size(); }  // in the file

 private:
  struct Run {
    uint64_t offset = 0;  // of what was not read yet
    uint64_t left = 0;    // records that were not read yet
    Bytes buffer;
    size_t at = 0, end = 0;  // bytes
  };
  struct SortKey {  // of a record in the block
    uint64_t prefix;
    uint32_t index;
  };
  struct Head {  // of a run, in the heap
    uint64_t prefix;
    uint32_t run;
  };

  void SortBlock();
  Result<void> Spill();
  Result<void> BeginMerge();
  Result<bool> Advance(Run& run);  // false: it is at its end
  Result<void> Fill(Run& run);
  bool Before(const Head& a, const Head& b) const;
  void SiftDown(size_t at);

  SortShape shape_;
  std::string folder_;
  uint64_t size_ = 0;
  Bytes block_;
  size_t in_block_ = 0;
  std::vector<SortKey> order_;
  size_t next_ = 0;  // of order_, when there is one block only
  OwnedFd file_;
  uint64_t written_ = 0;  // bytes in the file
  std::vector<Run> runs_;
  std::vector<Head> heap_;
  bool taken_ = false;  // the heap's first was returned
};

}  // namespace signpost::sorting
