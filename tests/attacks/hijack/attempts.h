// What code that took a sealed process over would try, by name: one system call each, with
// arguments that would do something.
#pragma once

#include <functional>
#include <string>

namespace signpost::test {

enum AttemptExit : int {
  kCould = 41,
  kRefusedByKernel = 40,
  kNoSuchAttempt = 42,
};

// Tries it and does not return: the exit code says what came of it, where the filter did not kill.
[[noreturn]] void Try(const std::string& name);

// Every one of them, each in a copy of this process that first locks itself down: standard output
// gets a line for each, "<exit code, or minus the signal> <name>".
void TryEverything(const std::function<bool()>& lock_down);

}  // namespace signpost::test
