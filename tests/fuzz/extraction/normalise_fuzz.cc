// The first byte chooses the rules; the rest is one cell. An accepted number is one that the rules
// take, and is read as itself.
#include <cstdlib>

#include "core/reader/number/normaliser.h"

namespace {

using signpost::Mode;
using signpost::number::ExposeNumber;
using signpost::reader::number::Normaliser;
using signpost::reader::number::Verdict;
using signpost::wire::reader::Purpose;
using signpost::wire::reader::Reason;

const Normaliser& Rules(uint8_t choice) {
  static const std::vector<Normaliser> all = [] {
    std::vector<Normaliser> made;
    for (const Mode mode : {Mode::kLive, Mode::kRehearsal}) {
      for (const Purpose purpose : {Purpose::kImport, Purpose::kAnyNumber}) {
        for (const char* region : {"GB", "DE", "US"}) {
          signpost::reader::number::NormaliserRules rules;
          rules.mode = mode;
          rules.purpose = purpose;
          rules.default_region = region;
          rules.regions = {"GB", region};
          made.push_back(*Normaliser::Create(rules));
        }
      }
    }
    return made;
  }();
  return all[choice % all.size()];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Normaliser& normaliser = Rules(data[0]);
  const Verdict verdict = normaliser.Classify({reinterpret_cast<const char*>(data) + 1, size - 1});
  if ((verdict.reason == Reason::kAccepted) != verdict.number.has_value()) std::abort();
  if (!verdict.number) return 0;
  const bool rehearsal = data[0] % 12 >= 6;
  if (verdict.number->IsFictional() != rehearsal) std::abort();
  const Verdict again = normaliser.Classify(verdict.number->ExposeText(ExposeNumber{}));
  if (!again.number) std::abort();
  if (again.number->ExposeText(ExposeNumber{}) != verdict.number->ExposeText(ExposeNumber{})) {
    std::abort();
  }
  return 0;
}
