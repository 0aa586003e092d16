#include "core/signpost/optout/optout.h"

#include <algorithm>

#include "core/signpost/optout/optout_log.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"

namespace signpost {
namespace {

constexpr size_t kMaxPlaces = 1000;

std::string LogPath(const Home& home) { return home.Path("optouts.log"); }

// Into the store, with its ledger entry; the log is at `bytes` and `hash` with them.
Result<void> RecordInStore(Home& home, const OptOutLog& log, std::span<const OptOutToken> tokens,
                           const std::string& source, const Counts& rejected, Counts& counts) {
  const auto describe = [&](const Counts& recorded) {
    counts = recorded;
    counts.insert(rejected.begin(), rejected.end());
    OptOutsRecorded event;
    event.source = source;
    event.log_hash = log.hash();
    return std::vector<LedgerNote>{home.Counted(event, counts)};
  };
  return home.store->RecordOptOuts(tokens, home.clock.Now().day(), log.bytes(), log.hash(),
                                   describe);
}

// What an earlier process appended and did not live to record.
Result<uint64_t> CatchUp(Home& home, const OptOutLog& log) {
  if (log.behind().empty()) return 0;
  std::vector<OptOutToken> tokens;
  for (const OptOutLine& line : log.behind()) tokens.push_back(line.token);
  Counts counts;
  TRY(RecordInStore(home, log, tokens, "log", {}, counts));
  return tokens.size();
}

// Log first, store second.
Result<Counts> Record(Home& home, std::span<const OptOutToken> tokens, const std::string& source,
                      const Counts& rejected) {
  TRY_ASSIGN(OptOutLog log, OptOutLog::Open(LogPath(home), *home.store, OptOutLog::Check::kTail));
  TRY(CatchUp(home, log));
  TRY(log.Append(tokens, home.clock.Now().day()));
  Counts counts;
  TRY(RecordInStore(home, log, tokens, source, rejected, counts));
  return counts;
}

struct TokenKey {
  std::string file;  // wrapped
  uint16_t generation = 1;
};

Result<TokenKey> ReadTokenKey(const Home& home, const std::string& name) {
  TokenKey key;
  TRY_ASSIGN(key.file, ReadFile(home.Path("keys/" + name), sealer::kKeyFileMax));
  TRY_ASSIGN(const KeyFileHeader header, ReadKeyFileHeader(key.file));
  key.generation = header.generation;
  return key;
}

template <class AnyToken>
struct Collected {
  std::vector<AnyToken> tokens;
  NumbersReport numbers;
};

template <class AnyToken>
Result<Collected<AnyToken>> Collect(const Home& home, sealer::Job job_kind, const TokenKey& key,
                                    OpenedEvidence list, const std::string& name,
                                    const OnProgress& on_progress) {
  Collected<AnyToken> collected;
  NumbersJob job;
  TRY_ASSIGN(job.reader, ReaderStart(home, reader::Purpose::kAnyNumber, reader::Format::kList, {}));
  job.sealer.job = static_cast<uint8_t>(job_kind);
  job.key_files = {key.file};
  job.evidence.files = {{name, name}};
  job.opened = std::move(list);
  job.max_places = kMaxPlaces;
  job.on_progress = on_progress;
  job.on_frames = [&](const Frames& frames) -> Result<void> {
    for (uint32_t i = 0; i < frames.count; ++i) {
      AnyToken& token = collected.tokens.emplace_back();
      token.bytes = frames.As<std::array<uint8_t, 32>>(i);
      token.generation = key.generation;
    }
    return {};
  };
  TRY_ASSIGN(collected.numbers, RunNumbers(home, std::move(job)));
  return collected;
}

ListReport ReportOf(NumbersReport& numbers) {
  ListReport report;
  report.rows = numbers.totals.rows;
  if (!numbers.sources.empty()) report.places = std::move(numbers.sources[0].places);
  AddRejected(numbers.totals, report.counts);
  return report;
}

}  // namespace

Result<ListReport> AddOptOuts(Home& home, OpenedEvidence list, const std::string& name,
                              const OnProgress& on_progress) {
  TRY_ASSIGN(const TokenKey key, ReadTokenKey(home, "opt-out-token.key"));
  TRY_ASSIGN(auto collected, Collect<OptOutToken>(home, sealer::Job::kOptOut, key, std::move(list),
                                                  name, on_progress));
  ListReport report = ReportOf(collected.numbers);
  if (collected.tokens.empty()) return report;
  const Counts rejected = report.counts;
  TRY_ASSIGN(report.counts, Record(home, collected.tokens, "operator", rejected));
  return report;
}

Result<ListReport> AddProtected(Home& home, OpenedEvidence list, const std::string& name,
                                const OnProgress& on_progress) {
  TRY_ASSIGN(const TokenKey key, ReadTokenKey(home, "contact-token.key"));
  TRY_ASSIGN(auto collected, Collect<ContactToken>(home, sealer::Job::kProtect, key,
                                                   std::move(list), name, on_progress));
  ListReport report = ReportOf(collected.numbers);
  if (collected.tokens.empty()) return report;
  const auto describe = [&](const Counts& recorded) {
    report.counts.insert(recorded.begin(), recorded.end());
    return std::vector<LedgerNote>{home.Counted(ProtectedRecorded{}, report.counts)};
  };
  TRY(home.store->RecordProtected(collected.tokens, home.clock.Now().day(), describe));
  return report;
}

Result<void> RecordReplyOptOuts(Home& home, std::span<const OptOutToken> tokens) {
  if (tokens.empty()) return {};
  TRY(Record(home, tokens, "reply", {}));
  return {};
}

Result<uint16_t> OptOutGeneration(const Home& home) {
  TRY_ASSIGN(const TokenKey key, ReadTokenKey(home, "opt-out-token.key"));
  return key.generation;
}

Result<uint64_t> ReplayOptOutLog(Home& home) {
  TRY_ASSIGN(const OptOutLog log,
             OptOutLog::Open(LogPath(home), *home.store, OptOutLog::Check::kWhole));
  return CatchUp(home, log);
}

}  // namespace signpost
