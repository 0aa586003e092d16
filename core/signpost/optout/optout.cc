#include "core/signpost/optout/optout.h"

#include <algorithm>

#include "core/signpost/optout/optout_log.h"
#include "crypto/base/file.h"
#include "crypto/custody/header/key_file_header.h"

namespace signpost::optout {
namespace {

constexpr size_t kMaxPlaces = 1000;

std::string LogPath(const home::Home& home) { return home.Path("optouts.log"); }

// Into the store, with its ledger entry; the log is at `bytes` and `hash` with them.
Result<void> RecordInStore(home::Home& home, const OptOutLog& log,
                           std::span<const token::OptOutToken> tokens, const std::string& source,
                           const ledger::Counts& rejected, ledger::Counts& counts) {
  const auto describe = [&](const ledger::Counts& recorded) {
    counts = recorded;
    counts.insert(rejected.begin(), rejected.end());
    ledger::OptOutsRecorded event;
    event.source = source;
    event.log_hash = log.hash();
    return std::vector<store::NewEntry>{home.Counted(event, counts)};
  };
  return home.store->RecordOptOuts(tokens, home.clock.Now().day(), log.bytes(), log.hash(),
                                   describe);
}

// What an earlier process appended and did not live to record.
Result<uint64_t> CatchUp(home::Home& home, const OptOutLog& log) {
  if (log.behind().empty()) return 0;
  std::vector<token::OptOutToken> tokens;
  for (const OptOutLine& line : log.behind()) tokens.push_back(line.token);
  ledger::Counts counts;
  TRY(RecordInStore(home, log, tokens, "log", {}, counts));
  return tokens.size();
}

// Log first, store second.
Result<ledger::Counts> Record(home::Home& home, std::span<const token::OptOutToken> tokens,
                              const std::string& source, const ledger::Counts& rejected) {
  TRY_ASSIGN(OptOutLog log, OptOutLog::Open(LogPath(home), *home.store, OptOutLog::Check::kTail));
  TRY(CatchUp(home, log));
  TRY(log.Append(tokens, home.clock.Now().day()));
  ledger::Counts counts;
  TRY(RecordInStore(home, log, tokens, source, rejected, counts));
  return counts;
}

struct TokenKey {
  std::string file;  // wrapped
  uint16_t generation = 1;
};

Result<TokenKey> ReadTokenKey(const home::Home& home, const std::string& name) {
  TokenKey key;
  TRY_ASSIGN(key.file, ReadFile(home.Path("keys/" + name), wire::sealer::kKeyFileMax));
  TRY_ASSIGN(const custody::KeyFileHeader header, custody::ReadKeyFileHeader(key.file));
  key.generation = header.generation;
  return key;
}

template <class AnyToken>
struct Collected {
  std::vector<AnyToken> tokens;
  ingest::PipelineReport numbers;
};

template <class AnyToken>
Result<Collected<AnyToken>> Collect(const home::Home& home, wire::sealer::Job job_kind,
                                    const TokenKey& key, ingest::OpenedFile list,
                                    const std::string& name,
                                    const ingest::OnProgress& on_progress) {
  Collected<AnyToken> collected;
  ingest::PipelineJob job;
  TRY_ASSIGN(job.reader, ingest::ReaderStart(home, wire::reader::Purpose::kAnyNumber,
                                             formats::Format::kList, {}));
  job.sealer.job = job_kind;
  job.key_files = {key.file};
  job.extraction.files = {{name, name}};
  job.opened = std::move(list);
  job.max_places = kMaxPlaces;
  job.on_progress = on_progress;
  job.on_frames = [&](const wire::Frames& frames) -> Result<void> {
    for (uint32_t i = 0; i < frames.count; ++i) {
      AnyToken& token = collected.tokens.emplace_back();
      token.bytes = frames.As<std::array<uint8_t, 32>>(i);
      token.generation = key.generation;
    }
    return {};
  };
  TRY_ASSIGN(collected.numbers, ingest::RunPipeline(home, std::move(job)));
  return collected;
}

ListReport ReportOf(ingest::PipelineReport& numbers) {
  ListReport report;
  report.rows = numbers.totals.rows;
  if (!numbers.sources.empty()) report.places = std::move(numbers.sources[0].places);
  ingest::AddRejected(numbers.totals, report.counts);
  return report;
}

}  // namespace

Result<ListReport> AddOptOuts(home::Home& home, ingest::OpenedFile list, const std::string& name,
                              const ingest::OnProgress& on_progress) {
  TRY_ASSIGN(const TokenKey key, ReadTokenKey(home, "opt-out-token.key"));
  TRY_ASSIGN(auto collected, Collect<token::OptOutToken>(home, wire::sealer::Job::kOptOut, key,
                                                         std::move(list), name, on_progress));
  ListReport report = ReportOf(collected.numbers);
  if (collected.tokens.empty()) return report;
  const ledger::Counts rejected = report.counts;
  TRY_ASSIGN(report.counts, Record(home, collected.tokens, "operator", rejected));
  return report;
}

Result<ListReport> AddProtected(home::Home& home, ingest::OpenedFile list, const std::string& name,
                                const ingest::OnProgress& on_progress) {
  TRY_ASSIGN(const TokenKey key, ReadTokenKey(home, "contact-token.key"));
  TRY_ASSIGN(auto collected, Collect<token::ContactToken>(home, wire::sealer::Job::kProtect, key,
                                                          std::move(list), name, on_progress));
  ListReport report = ReportOf(collected.numbers);
  if (collected.tokens.empty()) return report;
  const auto describe = [&](const ledger::Counts& recorded) {
    report.counts.insert(recorded.begin(), recorded.end());
    return std::vector<store::NewEntry>{home.Counted(ledger::ProtectedRecorded{}, report.counts)};
  };
  TRY(home.store->RecordProtected(collected.tokens, home.clock.Now().day(), describe));
  return report;
}

Result<void> RecordReplyOptOuts(home::Home& home, std::span<const token::OptOutToken> tokens) {
  if (tokens.empty()) return {};
  TRY(Record(home, tokens, "reply", {}));
  return {};
}

Result<uint16_t> OptOutGeneration(const home::Home& home) {
  TRY_ASSIGN(const TokenKey key, ReadTokenKey(home, "opt-out-token.key"));
  return key.generation;
}

Result<uint64_t> ReplayOptOutLog(home::Home& home) {
  TRY_ASSIGN(const OptOutLog log,
             OptOutLog::Open(LogPath(home), *home.store, OptOutLog::Check::kWhole));
  return CatchUp(home, log);
}

}  // namespace signpost::optout
