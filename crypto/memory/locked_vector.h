// Holds many numbers: a vector of fixed capacity in guarded, locked memory, wiped as elements go.
// For what a sealed process holds many of; one number lives in a PhoneNumber on the stack
// (stack.h). Making one costs about 25 us of system calls: once a range, not once a number. One
// thread.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>
#include <utility>

#include "crypto/memory/secret.h"

namespace signpost::memory {

template <class T>
class LockedVector {
 public:
  // kStorage when it cannot be locked. A capacity of 0 is made as 1.
  static Result<LockedVector> Create(size_t capacity) {
    TRY_ASSIGN(SecretBuffer buffer,
               SecretBuffer::Create(std::max<size_t>(capacity, 1) * sizeof(T)));
    return LockedVector(std::move(buffer));
  }
  LockedVector(LockedVector&& other) noexcept
      : buffer_(std::move(other.buffer_)), size_(std::exchange(other.size_, 0)) {}
  LockedVector& operator=(LockedVector&& other) noexcept {
    if (this != &other) {
      clear();
      buffer_ = std::move(other.buffer_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~LockedVector() { clear(); }

  void push_back(T value) {  // aborts beyond the capacity
    if (size_ >= buffer_.size() / sizeof(T)) std::abort();
    std::construct_at(data() + size_, std::move(value));
    ++size_;
  }
  void clear() {
    std::destroy_n(data(), size_);
    Wipe(buffer_.Expose(ExposeSecret{}).first(size_ * sizeof(T)));
    size_ = 0;
  }
  T& operator[](size_t index) {  // aborts beyond the size
    if (index >= size_) std::abort();
    return data()[index];
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // NOLINTNEXTLINE(google-explicit-constructor): what is passed on as a span, unseen
  operator std::span<const T>() { return {data(), size_}; }

 private:
  explicit LockedVector(SecretBuffer buffer) : buffer_(std::move(buffer)) {}
  // sodium_malloc ends its blocks at a page's end: so aligned for any T whose size its alignment
  // divides, which every size is that sizeof gives.
  T* data() { return reinterpret_cast<T*>(buffer_.Expose(ExposeSecret{}).data()); }

  SecretBuffer buffer_;
  size_t size_ = 0;
};

}  // namespace signpost::memory
