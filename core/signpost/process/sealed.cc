#include "core/signpost/process/sealed.h"

#include <sys/socket.h>
#include <sys/time.h>

namespace signpost::process {

Result<SealedProcess> StartSealed(const std::string& binary, std::span<const wire::Rule> send,
                                  std::span<const wire::Rule> receive, ChildFds others) {
  TRY_ASSIGN(wire::SocketPair control, wire::MakeSocketPair());
  // A sealed process waits for signpost as long as that lives: it may be waiting for the store.
  const timeval for_ever{};
  if (setsockopt(control.theirs.get(), SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof for_ever) != 0) {
    return FailErrno("setsockopt", binary);
  }
  others.Put(wire::kControlFd, std::move(control.theirs));
  TRY_ASSIGN(Child child, Spawn(binary, std::move(others)));
  SealedProcess process{std::move(child),
                        wire::Channel(std::move(control.ours), send, receive, binary)};
  process.control.SetLimits(wire::kAnswerSeconds * 1000);
  return process;
}

tl::unexpected<Error> WhyItEnded(SealedProcess& process, Error else_, int64_t end_within_ms) {
  process.control.Close();
  const Result<Exit> exit = process.child.WaitForExit(end_within_ms);
  if (exit && exit->how != Exit::How::kOverdue) {
    if (Result<void> ended = process.child.Judge(*exit); !ended) {
      return tl::unexpected(ended.error());
    }
  }
  return tl::unexpected(std::move(else_));
}

}  // namespace signpost::process
