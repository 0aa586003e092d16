// Reads numbers by the world's numbering plan as libphonenumber has it, with automata instead of
// ICU's regular expressions: the same readings (reading.h) in 0.1 us instead of 20 to 100.
//
// Why it agrees with libphonenumber, which stays the oracle:
//
// 1. The data are the library's own. metadata_get() of the library that is linked at run time is
//    parsed into the library's own PhoneMetadata type, as the library itself does when it starts.
//    No table of ours can go stale.
// 2. A pattern matches or does not. The metadata use regular expressions of the plainest kind
//    (pattern.h takes those and refuses the rest), on which backtracking and automata decide the
//    same language (automaton.h). Where it matters how much is matched, at the front of a number
//    (prefixes for abroad, trunk prefixes), a backtracking matcher of the same order is used.
// 3. What is done with the matches is the library's algorithm, step by step, each function of
//    numbering.cc and country.cc naming the one that it follows, for input of ASCII digits with or
//    without one plus, three to twenty digits: for those the library's steps for extensions,
//    letters, punctuation and RFC 3966 do nothing, since each needs a character that is not there.
// 4. The algorithm may change with the library's release, though rarely. So it is used with
//    releases only whose source was compared with it; which release it is, the metadata themselves
//    say: every release brings others (their SHA-256 is in numbering_data.cc). With any other,
//    Load() says no and every number takes the slow path, so that an upgrade costs speed and not a
//    verdict. A test fails then, to say so.
// 5. A country whose data have anything that is not understood here is left to the oracle, too.
// 6. tests/core/reader/number/agreement_test.cc and tests/fuzz/extraction/agreement_fuzz.cc
//    compare.
//
// An automaton is built when its country code is first met (7 ms for North America, 1 ms for +44,
// all of them 30 ms) and as a whole, from patterns alone: it holds no number, and all that memory
// can tell afterwards is which country codes there were. Nothing is opened for it. One thread.
#pragma once

#include <memory>
#include <string_view>

#include "core/reader/number/oracle.h"
#include "core/reader/number/reading.h"

namespace signpost::reader::number {

class NumberingPlan {
 public:
  // Null when the library is of no release that is known here.
  static const NumberingPlan* Load();
  ~NumberingPlan();

  // As ReadByOracle, or false: ask that one. `out` must be fresh.
  bool Read(bool plus, std::string_view digits, const Region& region, Reading& out) const;

  // Builds the automaton of a country code now.
  void Prepare(int country_code) const;

 private:
  struct Parts;
  explicit NumberingPlan(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace signpost::reader::number
