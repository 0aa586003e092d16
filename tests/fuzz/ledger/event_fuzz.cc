// DecodeEvent, DecodeCounts, DecodeOpening: what they accept has one spelling; and a ledger of the
// lines folds without a crash, a refused entry changing nothing.
#include <cstdlib>

#include "core/shared/ledger/ledger_state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  std::string_view rest = AsText({data, size});
  ledger::LedgerState facts;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (const auto event = ledger::DecodeEvent(line)) {
      if (ledger::EncodeEvent(*event) != line) std::abort();
      const uint64_t before = facts.size();
      const bool added = facts.Add(*event).has_value();
      if (facts.size() != before + (added ? 1 : 0)) std::abort();
    }
    if (const auto counts = ledger::DecodeCounts(line);
        counts && ledger::EncodeCounts(*counts) != line)
      std::abort();
    if (const auto opening = ledger::DecodeOpening(line);
        opening && ledger::EncodeOpening(opening->first, opening->second) != line) {
      std::abort();
    }
  }
  return 0;
}
