// The cases of the hostile message centre, as cases.txt tells them: what it does, and how a run
// against it may end. One list for the gateway's own test (in one process, with a clock that the
// test moves) and for whole runs of the binaries (tests/attacks/hostile_centre.py reads the same
// file).
//
// Nothing here or in centre.h uses the project's codec: what judges must not share the mistakes of
// what is judged. Test code: a list that cannot be read ends the process with the line's number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::hostile {

struct Action {
  std::string verb;
  std::vector<std::string> arguments;
};

enum class On : uint8_t { kConnect, kBind, kSubmit, kEnquire, kUnbind };

struct Rule {
  On on = On::kConnect;
  // Which of its kind since the case began: "5", "1-9", "*10" (each tenth), or all.
  unsigned first = 1, last = UINT32_MAX, every = 1;
  std::vector<Action> actions;

  bool Is(On event, unsigned nth) const {
    return event == on && nth >= first && nth <= last && nth % every == 0;
  }
};

// "sent", "sent=40", "unknown>=9": an outcome that may occur, and how often.
struct Allowed {
  std::string outcome;  // sent, refused, unknown, unsent
  unsigned at_least = 0;
  unsigned at_most = UINT32_MAX;
};

struct Case {
  std::string name;
  std::string from;  // who tests it, or why it is here
  std::vector<Rule> rules;
  std::vector<int> exits;  // of `signpost dispatch`: 0 finished, 6 the gateway's fault
  std::vector<Allowed> allowed;
  unsigned parts = 1;        // segments of the text
  bool moved_clock = false;  // takes too long for a real one

  bool MayExit(int code) const;
  // Why `count` records with this outcome are against the case; empty when they are not.
  std::string Against(std::string_view outcome, unsigned count) const;
};

std::vector<Case> ParseCases(std::string_view text);
std::vector<Case> ReadCases(const std::string& path);

}  // namespace signpost::hostile
