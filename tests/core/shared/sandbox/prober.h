// One thing that a locked-down process must not be able to do. The byte on descriptor 3 names it;
// the exit code says what came of it.
#pragma once

namespace signpost::test {

enum class Attempt : char {
  kNothing = 'a',
  kOpenRead,
  kOpenNew,
  kSocket,
  kConnect,
  kExec,
  kFork,
  kUnshare,
  kPtrace,
  kKillParent,
  kReadUndeclared,
  kReadStdin,
  kWriteFile,
  kExecutableMemory,
  kMakeExecutable,
  kReadEnvironment,       // inspects with a few more calls: environment, dumpable, limits
  kPathsUnderLandlock,    // with open and its kind allowed by seccomp
  kNetworkUnderLandlock,  // likewise with socket, bind and connect
  kSignalUnderLandlock,   // likewise with kill
  kMapFile,               // the file that was open before, as memory
  kWait,                  // answers on descriptor 3 and waits for its end: for a look from outside
};

enum Exit : int {
  kDone = 0,      // it could
  kRefused = 40,  // the kernel answered with an error
  kNoSandbox = 7,
  kWrong = 41,  // an inspection found something else than it must
};

// Descriptors: 3 the request, 4 a file that was open before, 5 an unconnected socket; 9 undeclared.
constexpr int kRequestFd = 3;
constexpr int kFileFd = 4;
constexpr int kSocketFd = 5;
constexpr int kUndeclaredFd = 9;

}  // namespace signpost::test
