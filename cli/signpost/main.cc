// signpost: composes, and holds no logic. Results go to stdout, everything for people to stderr.
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>

#include "cli/signpost/options.h"
#include "cli/signpost/print.h"

int main(int argc, char** argv) {
  using namespace signpost;
  umask(0077);
  signal(SIGPIPE, SIG_IGN);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (sodium_init() < 0) return ExitCode(Code::kInternal);
  const cli::Parsed parsed = cli::ParseCommandLine(argc, argv);
  if (parsed.command == nullptr) return parsed.exit_code;
  const Result<void> done = parsed.command(parsed.options);
  if (done && cli::WroteEverything()) return 0;
  if (done) {
    const Error lost{Code::kStorage, "the output could not be written", "standard output", {}};
    std::fputs(ErrorText("signpost", lost).c_str(), stderr);
    return ExitCode(lost.code);
  }
  std::fputs(ErrorText("signpost", done.error()).c_str(), stderr);
  return ExitCode(done.error().code);
}
