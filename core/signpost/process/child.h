// Starts a sealed process: one binary a privilege, exec'd fresh for one job, with nothing but the
// descriptors of its boundary, no arguments, no environment, and /dev/null as its standard streams,
// in a session of its own (so a Ctrl-C is signpost's alone to handle). When its parent dies the end
// of its control channel tells it (PR_SET_PDEATHSIG is not used: the sender can still collect
// answers).
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "crypto/base/fd.h"
#include "crypto/base/result.h"

namespace signpost::process {

// The end of a process.
struct Exit {
  enum class How {
    kExited,     // by itself: `value` is its exit code
    kSignalled,  // `value` is the signal
    kOverdue,    // it did not end when it was due, and was killed
  };
  How how = How::kExited;
  int value = 0;
};

class Child;

// The descriptors that a process is given, each under the name that its boundary has for it:
// Put(wire::opener::kStateFd, ...). What lies between and is not put becomes /dev/null.
class ChildFds {
 public:
  void Put(int as, OwnedFd fd);  // 3 or more; an empty one is /dev/null, too

 private:
  friend Result<Child> Spawn(const std::string& binary, ChildFds fds);
  std::vector<OwnedFd> from_first_;
};

class Child {
 public:
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), name_(std::move(other.name_)) {}
  Child& operator=(Child&& other) noexcept;
  ~Child();  // kills and reaps one that is still running

  // For a process whose work is done or whose channel is closed. One that does not end in that time
  // is killed: nobody waits for ever for a process that was taken over.
  Result<Exit> WaitForExit(int64_t end_within_ms = 60'000);
  // Success when it exited with 0. kSandbox when it could not lock itself down (exit codes of
  // core/shared/wire/lock_step.h), with what is missing and the fix; else kInternal with the exit
  // code or the signal ("was ended by signal 31").
  Result<void> Judge(const Exit& exit) const;
  // Both.
  Result<void> Wait(int64_t end_within_ms = 60'000);
  void Kill();  // SIGKILL, and reaps
  pid_t pid() const { return pid_; }
  const std::string& name() const { return name_; }

 private:
  friend Result<Child> Spawn(const std::string& binary, ChildFds fds);
  Child(pid_t pid, std::string name) : pid_(pid), name_(std::move(name)) {}
  pid_t pid_ = -1;
  std::string name_;
};

// Where `binary` is, if it is there: beside the running executable.
Result<std::string> PathBeside(const std::string& binary);

// `binary` is found beside the running executable.
Result<Child> Spawn(const std::string& binary, ChildFds fds);

}  // namespace signpost::process
