#include "cli/signpost/open.h"

#include "core/signpost/recovery/recovery.h"

namespace signpost::cli {

Result<home::Home> Open(const Options& options, Locks locks) {
  home::HomeOptions open;
  open.path = options.home;
  while (open.path.size() > 1 && open.path.back() == '/') open.path.pop_back();
  if (options.at) open.clock = Clock::StartingAt(*options.at);
  open.by = options.by;
  open.moves_files = locks == Locks::kFiles || locks == Locks::kBoth;
  open.dispatches = locks == Locks::kDispatch || locks == Locks::kBoth;
  return recovery::OpenAndRecover(open);
}

Result<store::BatchRow> FindBatch(home::Home& home, const std::string& digits) {
  TRY_ASSIGN(const std::vector<store::BatchRow> rows, home.store->Batches());
  std::vector<store::BatchRow> fitting;
  for (const store::BatchRow& row : rows) {
    if (!digits.empty() && row.batch.Hex().starts_with(digits)) fitting.push_back(row);
  }
  if (fitting.empty()) {
    return Fail(Code::kNotFound, "there is no such batch", digits, "signpost show lists them");
  }
  if (fitting.size() > 1) {
    return Fail(Code::kUsage, "these digits fit several batches", digits, "give more of them");
  }
  return fitting.front();
}

}  // namespace signpost::cli
