#include "crypto/base/result.h"

#include <cerrno>
#include <cstring>

#include "crypto/base/redact.h"

namespace signpost {

tl::unexpected<Error> Fail(Code code, std::string message, std::string place, std::string hint) {
  return tl::unexpected(Error{code, std::move(message), std::move(place), std::move(hint)});
}

tl::unexpected<Error> FailErrno(std::string_view call, std::string place) {
  const int e = errno;
  std::string message(call);
  message += ": ";
  message += std::strerror(e);
  switch (e) {
    case ENOSPC:
    case EDQUOT:
      return Fail(Code::kStorage, std::move(message), std::move(place), "free some disk space");
    case EIO:
    case EFBIG:
    case EROFS:
      return Fail(Code::kStorage, std::move(message), std::move(place));
    case EACCES:
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return Fail(Code::kInput, std::move(message), std::move(place));
    case ENOENT:
      return Fail(Code::kNotFound, std::move(message), std::move(place));
    default:
      return Fail(Code::kInternal, std::move(message), std::move(place));
  }
}

int ExitCode(Code code) {
  switch (code) {
    case Code::kInternal:
      return 1;
    case Code::kUsage:
      return 2;
    case Code::kInput:
    case Code::kNotFound:
      return 3;
    case Code::kRefused:
      return 4;
    case Code::kStorage:
    case Code::kCorrupt:
      return 5;
    case Code::kGateway:
      return 6;
    case Code::kSandbox:
      return 7;
  }
  return 1;
}

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kInternal:
      return "internal";
    case Code::kUsage:
      return "usage";
    case Code::kInput:
      return "input";
    case Code::kNotFound:
      return "not-found";
    case Code::kRefused:
      return "refused";
    case Code::kStorage:
      return "storage";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kGateway:
      return "gateway";
    case Code::kSandbox:
      return "sandbox";
  }
  return "internal";
}

std::string ErrorText(std::string_view program, const Error& error) {
  std::string out(program);
  out += ": ";
  if (!error.place.empty()) {
    out += OneLine(WithoutNumbers(error.place));
    out += ": ";
  }
  out += OneLine(WithoutNumbers(error.message));
  out += '\n';
  if (!error.hint.empty()) {
    out += program;
    out += ": hint: ";
    out += OneLine(WithoutNumbers(error.hint));
    out += '\n';
  }
  return out;
}

}  // namespace signpost
