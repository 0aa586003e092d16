// Makes errors values.
//
// A function that can fail returns Result<T>. An Error has a stable code, a message, the place
// (file, row, field) and a hint for the person who reads it. It never holds content: no number, no
// name, no text of a message, no cell of a file. Whoever builds an Error must keep that promise;
// the leak tests hold them to it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace signpost {

// Stable: each maps to one exit code (see ExitCode) and is documented in README.md.
enum class Code {
  kInternal,  // a bug, or a system call that must not fail failed
  kUsage,     // the command line is wrong
  kInput,     // a file, row or field is not what it claims
  kNotFound,  // no such file, batch, home
  kRefused,   // a rule says no: policy, approval, opener, clock, rehearsal or live
  kStorage,   // busy, full disk, I/O error
  kCorrupt,   // stored data fails its own check
  kGateway,   // the carrier cannot be reached or refuses the bind
  kSandbox,   // the kernel cannot give a lock-down that is required
};

struct Error {
  Code code = Code::kInternal;
  std::string message;  // lower case, no full stop
  std::string place;    // "calls.csv:17 column 3", or empty
  std::string hint;     // what to do, or empty
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

// return Fail(Code::kInput, "row is longer than 1 MiB", place, "...");
tl::unexpected<Error> Fail(Code code, std::string message, std::string place = {},
                           std::string hint = {});
// The failed system call's name and errno's text; kStorage for ENOSPC, EIO, EDQUOT, EFBIG, EROFS.
tl::unexpected<Error> FailErrno(std::string_view call, std::string place = {});

// Process exit code for an error: 1 internal, 2 usage, 3 input or not found, 4 refused,
// 5 storage or corrupt, 6 gateway, 7 sandbox. 0 is success.
int ExitCode(Code code);
std::string_view CodeName(Code code);
// "signpost: place: message\nsignpost: hint: ...\n", escaped; its first line WithoutNumbers.
std::string ErrorText(std::string_view program, const Error& error);

}  // namespace signpost

#define SIGNPOST_CONCAT_INNER(a, b) a##b
#define SIGNPOST_CONCAT(a, b) SIGNPOST_CONCAT_INNER(a, b)
// TRY(f()): returns f's error from this function.
#define TRY(expr)                                                            \
  do {                                                                       \
    auto&& try_result_ = (expr);                                             \
    if (!try_result_) return tl::unexpected(std::move(try_result_).error()); \
  } while (false)
// TRY_ASSIGN(auto x, f()): x is f's value, or f's error is returned.
#define TRY_ASSIGN(decl, expr) TRY_ASSIGN_INNER(SIGNPOST_CONCAT(try_, __LINE__), decl, expr)
#define TRY_ASSIGN_INNER(tmp, decl, expr)                  \
  auto&& tmp = (expr);                                     \
  if (!tmp) return tl::unexpected(std::move(tmp).error()); \
  decl = *std::move(tmp)
