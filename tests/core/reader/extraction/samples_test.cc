// The sample extractions of cli/samples: they show what they promise, and hold nobody's number.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/reader/number/normaliser.h"
#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::Purpose;
using wire::reader::Reason;

std::string Sample(const std::string& name) {
  std::ifstream file(SIGNPOST_SOURCE_DIR "/cli/samples/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

number::Normaliser Make(Mode mode, Purpose purpose) {
  number::NormaliserRules rules;
  rules.mode = mode;
  rules.purpose = purpose;
  return *number::Normaliser::Create(rules);
}

struct Read {
  std::set<std::string> people;
  std::map<Reason, int> reasons;
};

Read ReadSample(const std::string& name) {
  const number::Normaliser normaliser = Make(Mode::kRehearsal, Purpose::kImport);
  const Extracted got = Extract(Sample(name));
  EXPECT_EQ(got.refusal, wire::reader::FileRefusal::kNone) << name;
  Read read;
  read.reasons[Reason::kBadRow] = static_cast<int>(got.found.bad.size());
  for (const std::string& value : got.found.values) {
    const number::Verdict verdict = normaliser.Classify(value);
    ++read.reasons[verdict.reason];
    if (verdict.number)
      read.people.emplace(verdict.number->ExposeText(signpost::number::ExposeNumber{}));
  }
  return read;
}

// By the rules of a live home: whatever is a valid number of any kind or region has such a reason.
TEST(Samples, HoldNobodysNumber) {
  const std::set<Reason> valid = {Reason::kAccepted, Reason::kLandline, Reason::kPremium,
                                  Reason::kTollFree, Reason::kVoip,     Reason::kOtherKind,
                                  Reason::kForeign};
  const number::Normaliser live = Make(Mode::kLive, Purpose::kImport);
  for (const char* name : {"case-a.csv", "case-a-second.csv", "case-b.vcf", "case-b.csv",
                           "optouts.txt", "protected.txt"}) {
    for (const std::string& value : Extract(Sample(name)).found.values) {
      EXPECT_FALSE(valid.contains(live.Classify(value).reason)) << name << ": " << value;
    }
  }
}

TEST(Samples, ManyPeopleAreInBothCases) {
  Read kestrel = ReadSample("case-a.csv"), heron = ReadSample("case-b.vcf");
  kestrel.people.merge(ReadSample("case-a-second.csv").people);
  heron.people.merge(ReadSample("case-b.csv").people);
  EXPECT_GT(kestrel.people.size(), 270u);
  EXPECT_GT(heron.people.size(), 200u);
  size_t both = 0;
  for (const std::string& person : heron.people) both += kestrel.people.count(person);
  EXPECT_GT(both, 80u);
}

TEST(Samples, EveryReasonOfARehearsalIsShown) {
  std::map<Reason, int> reasons;
  for (const char* name : {"case-a.csv", "case-a-second.csv", "case-b.vcf", "case-b.csv"}) {
    for (const auto& [reason, count] : ReadSample(name).reasons) reasons[reason] += count;
  }
  for (const Reason reason :
       {Reason::kNotANumber, Reason::kTooShort, Reason::kTooLong, Reason::kShortCode,
        Reason::kScientific, Reason::kPager, Reason::kOtherKind, Reason::kNotFictional,
        Reason::kAmbiguous, Reason::kBadRow}) {
    EXPECT_GT(reasons[reason], 0) << static_cast<int>(reason);
  }
}

TEST(Samples, OptOutsAndProtectedNumbersAreAllRead) {
  EXPECT_EQ(ReadSample("optouts.txt").people.size(), 12u);
  EXPECT_EQ(ReadSample("protected.txt").people.size(), 9u);
}

TEST(Samples, TheMessageIsOneSegmentOfPlainCharacters) {
  std::string text = Sample("message.txt");
  ASSERT_TRUE(text.ends_with('\n'));
  text.pop_back();
  EXPECT_LE(text.size(), 160u);
  EXPECT_EQ(text.find_first_of("^{}[]~\\|`\n"), std::string::npos) << "would cost two septets";
  for (const char c : text) EXPECT_TRUE(c >= ' ' && c < 0x7f);
}

}  // namespace
}  // namespace signpost::reader::extraction
