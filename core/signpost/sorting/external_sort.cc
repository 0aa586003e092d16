#include "core/signpost/sorting/external_sort.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace signpost::sorting {
namespace {

constexpr size_t kMergeBytes = 8u << 20;  // for reading all runs
constexpr size_t kMaxAtATime = 64u << 10;
constexpr size_t kWriteBytes = 256u << 10;

// In the order of memcmp.
uint64_t Prefix(const uint8_t* record) {
  uint64_t value;
  std::memcpy(&value, record, sizeof value);
  return __builtin_bswap64(value);
}

Result<OwnedFd> NamelessFile(const std::string& folder) {
  OwnedFd fd(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd) return fd;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return FailErrno("open", folder);
  std::string name = folder + "/sort-XXXXXX.tmp";
  OwnedFd named(mkostemps(name.data(), 4, O_CLOEXEC));
  if (!named) return FailErrno("open", folder);
  if (unlink(name.c_str()) != 0) return FailErrno("unlink", name);
  return named;
}

Result<void> ReadAt(int fd, std::span<uint8_t> out, uint64_t offset, const std::string& place) {
  TRY_ASSIGN(const size_t got, ReadUpToAt(fd, out, offset, place));
  if (got < out.size()) return Fail(Code::kStorage, "a temporary file was cut off", place);
  return {};
}

}  // namespace

ExternalSort::ExternalSort(const SortShape& shape, std::string folder)
    : shape_(shape), folder_(std::move(folder)) {
  if (shape.key_bytes < sizeof(uint64_t) || shape.key_bytes > shape.record_bytes ||
      shape.block_records == 0 || shape.block_records > UINT32_MAX) {
    std::abort();
  }
}

Result<void> ExternalSort::Add(const uint8_t* record) {
  if (in_block_ == shape_.block_records) TRY(Spill());
  // Grows as a vector does: a short list takes little.
  block_.insert(block_.end(), record, record + shape_.record_bytes);
  ++in_block_;
  ++size_;
  return {};
}

void ExternalSort::SortBlock() {
  if (in_block_ == 0) return;  // and no memory yet
  order_.resize(in_block_);
  for (size_t i = 0; i < in_block_; ++i) {
    order_[i] = {Prefix(block_.data() + i * shape_.record_bytes), static_cast<uint32_t>(i)};
  }
  const size_t rest = shape_.key_bytes - sizeof(uint64_t);
  const uint8_t* tails = block_.data() + sizeof(uint64_t);
  std::sort(order_.begin(), order_.end(), [&](const SortKey& a, const SortKey& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int tail = std::memcmp(tails + a.index * shape_.record_bytes,
                                 tails + b.index * shape_.record_bytes, rest);
    return tail != 0 ? tail < 0 : a.index < b.index;
  });
}

Result<void> ExternalSort::Spill() {
  if (!file_) {
    TRY_ASSIGN(file_, NamelessFile(folder_));
  }
  SortBlock();
  Run run;
  run.offset = written_;
  run.left = in_block_;
  Bytes out;
  out.reserve(kWriteBytes + shape_.record_bytes);
  for (size_t i = 0; i < order_.size(); ++i) {
    const uint8_t* record = block_.data() + order_[i].index * shape_.record_bytes;
    out.insert(out.end(), record, record + shape_.record_bytes);
    if (out.size() < kWriteBytes && i + 1 < order_.size()) continue;
    TRY(WriteAll(file_.get(), out, folder_));
    written_ += out.size();
    out.clear();
  }
  runs_.push_back(std::move(run));
  block_.clear();
  in_block_ = 0;
  return {};
}

Result<void> ExternalSort::Sort() {
  if (runs_.empty()) {
    SortBlock();
    return {};
  }
  if (in_block_ > 0) TRY(Spill());
  block_ = Bytes();  // its memory is the merge's
  order_ = std::vector<SortKey>();
  return BeginMerge();
}

Result<void> ExternalSort::BeginMerge() {
  const size_t bytes = std::min(kMaxAtATime, kMergeBytes / runs_.size());
  const size_t records = std::max<size_t>(bytes / shape_.record_bytes, 1);
  for (size_t i = 0; i < runs_.size(); ++i) {
    runs_[i].buffer.resize(records * shape_.record_bytes);
    TRY(Fill(runs_[i]));
    heap_.push_back({Prefix(runs_[i].buffer.data()), static_cast<uint32_t>(i)});
  }
  for (size_t i = heap_.size() / 2; i-- > 0;) SiftDown(i);
  return {};
}

Result<void> ExternalSort::Fill(Run& run) {
  const size_t records = std::min<uint64_t>(run.left, run.buffer.size() / shape_.record_bytes);
  run.at = 0;
  run.end = records * shape_.record_bytes;
  TRY(ReadAt(file_.get(), std::span(run.buffer).first(run.end), run.offset, folder_));
  run.left -= records;
  run.offset += run.end;
  return {};
}

Result<bool> ExternalSort::Advance(Run& run) {
  run.at += shape_.record_bytes;
  if (run.at < run.end) return true;
  if (run.left == 0) return false;
  TRY(Fill(run));
  return true;
}

bool ExternalSort::Before(const Head& a, const Head& b) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  const Run& one = runs_[a.run];
  const Run& other = runs_[b.run];
  const int tail = std::memcmp(one.buffer.data() + one.at + sizeof(uint64_t),
                               other.buffer.data() + other.at + sizeof(uint64_t),
                               shape_.key_bytes - sizeof(uint64_t));
  return tail != 0 ? tail < 0 : a.run < b.run;
}

void ExternalSort::SiftDown(size_t at) {
  for (;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap_.size(); ++child) {
      if (Before(heap_[child], heap_[least])) least = child;
    }
    if (least == at) return;
    std::swap(heap_[at], heap_[least]);
    at = least;
  }
}

Result<const uint8_t*> ExternalSort::Next() {
  if (runs_.empty()) {
    if (next_ == order_.size()) return nullptr;
    return block_.data() + order_[next_++].index * shape_.record_bytes;
  }
  if (taken_) {
    Run& run = runs_[heap_.front().run];
    TRY_ASSIGN(const bool more, Advance(run));
    if (more) {
      heap_.front().prefix = Prefix(run.buffer.data() + run.at);
    } else {
      heap_.front() = heap_.back();
      heap_.pop_back();
    }
    SiftDown(0);
  }
  taken_ = !heap_.empty();
  if (heap_.empty()) return nullptr;
  const Run& run = runs_[heap_.front().run];
  return run.buffer.data() + run.at;
}

}  // namespace signpost::sorting
