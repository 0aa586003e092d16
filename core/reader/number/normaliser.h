// Makes an E.164 number that may be texted of a cell, or gives a reason why not: total and
// exclusive, so that reasons can be counted. The oracle for what is valid, and of what kind, is
// libphonenumber; this is the only folder that links it.
//
// How it decides. core/reader/number/spelling.h makes digits of the cell. The digits have one or
// more readings: as dialled in the default region, with a lost plus, with a zero too many. A
// reading is plausible when libphonenumber calls it valid, or when it is in Ofcom's drama range
// (which libphonenumber calls invalid). One plausible reading is the number; two different ones are
// kAmbiguous; none is the reason why the first fails. Only where national numbers are written
// without a trunk prefix (Spain, Italy, North America) does the national reading win over a lost
// plus: there nothing needs to be lost.
//
// A number with an extension reaches a switchboard, so on import it is refused (kOtherKind); as an
// opt-out or for the protected list the extension is dropped, since withholding too much is safe.
// Fictional numbers are kFictional on a live home; in a rehearsal all others are kNotFictional.
//
// How fast. A reading is made by numbering.h, which computes what libphonenumber would say from the
// library's own data and says there why the two agree; where it cannot, libphonenumber is asked
// (oracle.h). The decision is the same code for both, so equal readings are equal verdicts.
//
// One thread. What it does not protect: see oracle.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"
#include "crypto/number/phone_number.h"

namespace signpost::reader::number {

class NumberingPlan;
class Spelling;
struct Region;
struct Reading;

struct NormaliserRules {
  Mode mode = Mode::kLive;
  wire::reader::Purpose purpose = wire::reader::Purpose::kImport;
  bool allow_mobile = true;
  bool allow_fixed_line_or_mobile = false;  // regions whose numbers cannot be told apart
  std::string default_region = "GB";        // how national numbers are read
  std::vector<std::string> regions = {"GB"};

  // kCorrupt when a field is out of its range.
  static Result<NormaliserRules> FromStart(const wire::reader::Start& start);
};

struct Verdict {
  wire::reader::Reason reason = wire::reader::Reason::kNotANumber;
  std::optional<signpost::number::PhoneNumber> number;  // when kAccepted, and only then
};

class Normaliser {
 public:
  // kInput when libphonenumber does not know a region.
  static Result<Normaliser> Create(NormaliserRules rules);
  // Reads by libphonenumber alone, slowly: what tests compare with.
  static Result<Normaliser> CreateOnOracle(NormaliserRules rules);

  // `region`: where national digits were dialled, as phone databases say ("GB", "gb"). It changes
  // how they are read and nothing else. Empty, unknown or malformed: the rules' default region.
  Verdict Classify(std::string_view utf8, std::string_view region = {}) const;

  // The value as a number of any kind and region, fictional or not, in either mode; as in
  // Purpose::kAnyNumber it need only be possible, and an extension is dropped. For the numbers of
  // a phone's owner, which others are compared with. Empty: no number, or two.
  std::optional<signpost::number::PhoneNumber> AnyNumber(std::string_view utf8,
                                                         std::string_view region = {}) const;

 private:
  enum class Taking { kByTheRules, kAnything };

  Normaliser(NormaliserRules rules, const Region& region, const NumberingPlan* numbering);
  static Result<Normaliser> Create(NormaliserRules rules, const NumberingPlan* numbering);
  Verdict Classify(std::string_view utf8, std::string_view region, Taking taking) const;
  Verdict Decide(const Spelling& spelling, const Region& region, Taking taking) const;
  void Read(bool plus, std::string_view digits, const Region& region, Reading& out) const;
  bool ReadAgain(std::string_view digits, const Region& region, Reading& out) const;
  wire::reader::Reason ReasonFor(const Reading& reading, Taking taking) const;
  static wire::reader::Reason ReasonForImplausible(const Reading& reading, bool rehearsal,
                                                   bool any);

  NormaliserRules rules_;
  const Region* default_;           // static
  const NumberingPlan* numbering_;  // static; null: the oracle reads everything
};

// Loads whatever libphonenumber and ICU load at their first use, and forbids ICU to open files
// from then on. To be called before a process locks itself down.
void PrepareNormaliser();

// Of libphonenumber, as it was built with: "8.12.57". At most 15 characters.
std::string_view NumberLibraryVersion();

}  // namespace signpost::reader::number
