#include "core/signpost/batch/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/shared/sms/alphabet.h"
#include "core/signpost/batch/view.h"
#include "core/signpost/hours/hours.h"
#include "core/signpost/ingest/sealed_folder.h"
#include "policy/manifest.h"

namespace signpost::batch {
namespace {

static_assert(static_cast<int>(policy::ManifestAlphabet::kUcs2) ==
              static_cast<int>(sms::Alphabet::kUcs2));
static_assert(static_cast<int>(policy::ManifestAlphabet::kLatin1) ==
              static_cast<int>(sms::Alphabet::kLatin1));

constexpr int64_t kDaySeconds = 86400;

struct Candidate {
  RecordId id;
  uint32_t file = 0;  // index of its intake
  SectionId section;
};

// Unbiased, from the kernel's generator: who is texted first, and who not at all, must not be for
// anybody to guess or to steer.
uint64_t RandomBelow(uint64_t bound) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::array<uint8_t, 8> bytes;
    RandomBytes(bytes);
    const auto value = GetLe<uint64_t>(bytes);
    if (value < limit) return value % bound;
  }
}

// The eligible of all intakes, the others by reason, and then those who were drawn.
class Selection {
 public:
  Selection(home::Home& home, Day today) : home_(home), today_(today) {}

  Result<void> Survey();
  void Draw(size_t at_most);

  const std::vector<store::SealedFileRow>& intakes() const { return intakes_; }
  const std::vector<Candidate>& drawn() const { return drawn_; }
  const ledger::Counts& withheld_counts() const { return withheld_counts_; }
  uint64_t left() const { return eligible_.size() - drawn_.size(); }
  bool IsDrawn(const RecordId& id) const { return drawn_ids_.count(id) != 0; }
  bool IsWithheld(const RecordId& id) const { return withheld_.count(id) != 0; }
  const std::set<RecordId>& withheld() const { return withheld_; }
  bool Touches(uint32_t file) const { return touched_.count(file) != 0; }
  bool GaveTo(uint32_t file) const { return gave_.count(file) != 0; }

 private:
  Result<void> Decide(uint32_t file, const seal::SealedFileHeader& header,
                      const std::vector<seal::FileRecord>& block);

  home::Home& home_;
  Day today_;
  std::vector<store::SealedFileRow> intakes_;
  std::vector<Candidate> eligible_, drawn_;
  std::set<RecordId> withheld_, drawn_ids_;
  ledger::Counts withheld_counts_;
  std::set<uint32_t> touched_, gave_;  // files with a record that goes; with one that was drawn
};

Result<void> Selection::Survey() {
  TRY_ASSIGN(const std::vector<store::SealedFileRow> files, home_.store->SealedFiles());
  for (const store::SealedFileRow& file : files) {
    if (file.kind == seal::SealedKind::kIntake) intakes_.push_back(file);
  }
  for (uint32_t i = 0; i < intakes_.size(); ++i) {
    TRY(ingest::ForEachRecord(home_, intakes_[i],
                              [&](const seal::SealedFileHeader& header, const auto& block) {
                                return Decide(i, header, block);
                              }));
  }
  return {};
}

Result<void> Selection::Decide(uint32_t file, const seal::SealedFileHeader& header,
                               const std::vector<seal::FileRecord>& block) {
  std::vector<RecordId> ids;
  for (const seal::FileRecord& record : block) ids.push_back(record.record.id);
  TRY_ASSIGN(const std::vector<policy::ContactFacts> facts, home_.store->Facts(ids));
  if (facts.size() != ids.size()) return Fail(Code::kInternal, "facts are missing");
  for (size_t i = 0; i < block.size(); ++i) {
    policy::ContactFacts fact = facts[i];
    const seal::SectionHeader& section = header.sections[block[i].section];
    fact.expiry = section.expiry;  // what the opener goes by
    const policy::Withheld reason = policy::MayPlan(fact, home_.policy.contacts, today_);
    if (reason == policy::Withheld::kNo) {
      eligible_.push_back({ids[i], file, section.section});
      continue;
    }
    ++withheld_counts_["withheld." + std::string(policy::WithheldName(reason))];
    withheld_.insert(ids[i]);
    touched_.insert(file);
  }
  return {};
}

void Selection::Draw(size_t at_most) {
  std::set<SectionId> sections;
  for (size_t i = 0; i < eligible_.size() && drawn_.size() < at_most; ++i) {
    std::swap(eligible_[i], eligible_[i + RandomBelow(eligible_.size() - i)]);
    const Candidate& candidate = eligible_[i];
    if (sections.count(candidate.section) == 0 && sections.size() == ledger::kMaxSections) continue;
    sections.insert(candidate.section);
    drawn_.push_back(candidate);
    drawn_ids_.insert(candidate.id);
    touched_.insert(candidate.file);
    gave_.insert(candidate.file);
  }
  // Ids are random, so their order is a shuffle, too; and it is the order of the store's rows: a
  // range of the dispatch finds its records side by side.
  std::sort(drawn_.begin(), drawn_.end(),
            [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
}

// The batch file in the drawn order, from the ciphertext of the intakes.
struct BatchFile {
  ingest::WrittenFile written;
  std::vector<seal::SectionHeader> sections;
};

Result<BatchFile> WriteBatchFile(const home::Home& home, const Selection& selection) {
  std::map<RecordId, uint32_t> places;
  for (const Candidate& candidate : selection.drawn()) {
    places.emplace(candidate.id, static_cast<uint32_t>(places.size()));
  }
  seal::SealedFileHeader header;
  header.kind = seal::SealedKind::kBatch;
  header.file = FileId::Random();
  std::map<SectionId, uint32_t> numbers;
  std::vector<seal::FileRecord> records(places.size());
  for (uint32_t i = 0; i < selection.intakes().size(); ++i) {
    if (!selection.GaveTo(i)) continue;
    const auto take = [&](const seal::SealedFileHeader& from, const auto& block) -> Result<void> {
      for (const seal::FileRecord& record : block) {
        const auto place = places.find(record.record.id);
        if (place == places.end()) continue;
        const seal::SectionHeader& section = from.sections[record.section];
        const auto next = static_cast<uint32_t>(header.sections.size());
        const auto [number, fresh] = numbers.emplace(section.section, next);
        if (fresh) header.sections.push_back(section);
        records[place->second] = {number->second, record.record};
      }
      return {};
    };
    TRY(ingest::ForEachRecord(home, selection.intakes()[i], take));
  }
  TRY_ASSIGN(ingest::SealedWriter writer, ingest::SealedWriter::Create(home, header));
  for (const seal::FileRecord& record : records) TRY(writer.Append(record));
  TRY_ASSIGN(ingest::WrittenFile written, writer.Commit());
  return BatchFile{std::move(written), std::move(header.sections)};
}

// Who stays, in new intakes, and what the transaction has to know of all that moved.
Result<void> RewriteIntakes(const home::Home& home, const Selection& selection,
                            store::PlanCommit& commit,
                            std::vector<store::SealedFileRow>& superseded) {
  const ingest::Keep stays = [&](const seal::SectionHeader&, const seal::FileRecord& record) {
    return !selection.IsDrawn(record.record.id) && !selection.IsWithheld(record.record.id);
  };
  for (uint32_t i = 0; i < selection.intakes().size(); ++i) {
    if (!selection.Touches(i)) continue;
    const store::SealedFileRow& old = selection.intakes()[i];
    TRY_ASSIGN(std::optional<ingest::WrittenFile> rest,
               ingest::RewriteSealed(home, old, seal::SealedKind::kIntake, stays, commit.moved));
    if (rest) {
      if (!selection.GaveTo(i)) rest->row.case_ref = old.case_ref;
      commit.rewritten.push_back(std::move(rest->row));
    }
    commit.superseded.push_back(old.file);
    superseded.push_back(old);
  }
  for (const Candidate& candidate : selection.drawn()) {
    commit.moved.emplace_back(candidate.id, commit.batch_file.file);
  }
  commit.withheld.assign(selection.withheld().begin(), selection.withheld().end());
  return {};
}

Result<const home::GatewayConfig*> ChooseGateway(const home::Home& home, const std::string& asked) {
  const std::string& name = asked.empty() ? home.site.default_gateway : asked;
  if (const home::GatewayConfig* gateway = home.site.FindGateway(name)) return gateway;
  if (name.empty()) {
    return Fail(Code::kInput, "no gateway is named", "signpost.toml",
                "add [gateway.NAME] and default_gateway, or use --gateway");
  }
  return Fail(Code::kNotFound, "signpost.toml has no such gateway", name);
}

Result<void> CheckPlanner(const home::Home& home, const note::NoteVerifier& planner) {
  for (const policy::Planner& known : home.policy.planners) {
    if (known.name == planner.name() && known.vkey == planner.Text()) return {};
  }
  return Fail(Code::kRefused, "the policy does not name this planner", planner.name(),
              "planners are listed in policy.toml; a change of policy needs its approvals");
}

// Line ends as "\n", none at the end. No other control character: a handset may act on one, and who
// approves a text must see all of it.
Result<std::string> CleanMessage(std::string_view text) {
  std::string message;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) != "\r\n") message += text[i];
  }
  message.resize(message.find_last_not_of("\r\n") + 1);
  std::string_view rest = message;
  while (const std::optional<char32_t> c = sms::TakeCodePoint(rest)) {
    const bool control = *c < 0x20 || (*c >= 0x7f && *c < 0xa0);
    if (!control || *c == U'\n') continue;
    return Fail(Code::kInput, "the message holds a control character", "--message",
                "write it as plain text: only line breaks are allowed");
  }
  return message;  // what is not UTF-8 is refused when it is measured
}

// What does not depend on who is drawn.
Result<policy::Manifest> Draft(const home::Home& home, const PlanRequest& request,
                               const std::string& message, const note::NoteSigner& planner) {
  TRY(CheckPlanner(home, planner.verifier()));
  TRY_ASSIGN(const home::GatewayConfig* gateway, ChooseGateway(home, request.gateway));
  const policy::GatewayProfile& profile = gateway->profile;
  TRY_ASSIGN(const sms::Segmentation segmentation,
             sms::Measure(message, {profile.WritesGsm(), profile.WritesLatin1()}));
  if (segmentation.segments > static_cast<unsigned>(home.policy.batches.max_segments)) {
    return Fail(Code::kRefused,
                fmt::format("the message takes {} segments, the policy allows {}",
                            segmentation.segments, home.policy.batches.max_segments),
                "--message", "shorten it; characters outside GSM 03.38 halve what fits");
  }
  policy::Manifest manifest;
  manifest.batch = BatchId::Random();
  manifest.mode = home.site.mode;
  manifest.planner = planner.verifier().name();
  manifest.planned = home.clock.Now();
  if (!request.basis.empty()) manifest.basis = request.basis;
  if (!request.dpia.empty()) manifest.dpia = request.dpia;
  manifest.message_hash = Sha256(message);
  manifest.alphabet = static_cast<policy::ManifestAlphabet>(segmentation.alphabet);
  manifest.segments = segmentation.segments;
  manifest.sender = gateway->sender;
  const auto or_none = [](const std::string& word) { return word.empty() ? "-" : word; };
  manifest.gateway = {gateway->name, gateway->host, gateway->port, or_none(gateway->tls_name),
                      or_none(gateway->tls_pin)};
  for (const home::GatewayConfig::Address& other : gateway->hosts) {
    policy::ManifestGateway& next = manifest.failover.emplace_back(manifest.gateway);
    next.host = other.host;
    next.port = other.port;
  }
  manifest.kind = gateway->kind;
  manifest.profile = profile;
  manifest.window = gateway->window;
  manifest.pace = static_cast<uint32_t>(home.policy.sending.messages_per_second);
  manifest.range = static_cast<uint32_t>(home.policy.sending.range_records);
  manifest.policy_hash = home.policy_hash;
  return manifest;
}

// Counted from the plan, and never longer than the keys and the numbers in the batch may live.
Result<void> SetExpiryAndHours(const home::Home& home,
                               const std::vector<seal::SectionHeader>& sections,
                               policy::Manifest& manifest) {
  manifest.expires = manifest.planned + home.policy.sending.batch_expiry_days * kDaySeconds;
  TRY_ASSIGN(const std::vector<store::EpochRow> epochs, home.store->LiveEpochs());
  for (const seal::SectionHeader& section : sections) {
    manifest.expires = std::min(manifest.expires, Instant::StartOf(section.expiry + 1));
    const auto epoch = std::ranges::find_if(
        epochs, [&](const store::EpochRow& e) { return e.epoch == section.epoch; });
    if (epoch == epochs.end()) {
      return Fail(Code::kRefused, "an intake's epoch key is destroyed already", "sealed",
                  "run: signpost sweep");
    }
    manifest.expires = std::min(manifest.expires, Instant::StartOf(epoch->deadline + 1));
  }
  TRY_ASSIGN(manifest.hours,
             hours::SendingHours(home.policy.sending, manifest.planned, manifest.expires));
  if (!manifest.hours.empty()) return {};
  return Fail(Code::kRefused, "there are no sending hours before this batch would expire",
              manifest.expires.Text(), "the numbers in it are about to expire");
}

tl::unexpected<Error> NobodyEligible(const home::Home& home, const Selection& selection) {
  std::string why;
  for (const auto& [name, count] : selection.withheld_counts()) {
    why += fmt::format("{}{} {}", why.empty() ? ": " : ", ",
                       policy::ReportedCount(count, home.policy.batches.smallest_reported_count),
                       name.substr(sizeof("withheld.") - 1));
  }
  return Fail(Code::kRefused, "nobody is eligible" + why, {},
              why.empty() ? "import an extraction first" : "");
}

std::vector<SectionId> Ids(const std::vector<seal::SectionHeader>& sections) {
  std::vector<SectionId> ids;
  for (const seal::SectionHeader& section : sections) ids.push_back(section.section);
  return ids;
}

// The note, the rows and the ledger entry of a manifest that is complete.
Result<PlanReport> Commit(home::Home& home, const policy::Manifest& manifest,
                          const std::string& message, const note::NoteSigner& planner,
                          const Selection& selection,
                          const std::vector<seal::SectionHeader>& sections,
                          store::PlanCommit& commit) {
  PlanReport report;
  report.batch = manifest.batch;
  report.manifest = manifest.Encode();
  // What the opener will read must be what was meant.
  TRY_ASSIGN(const policy::Manifest reread, policy::Manifest::Parse(report.manifest));
  if (reread != manifest) return Fail(Code::kInternal, "a manifest that reads differently");
  TRY_ASSIGN(note::Note note, note::Note::Of(report.manifest));
  note.Sign(planner);
  report.note = note.Encode();
  report.counts = selection.withheld_counts();
  report.counts["records"] = manifest.records;
  report.counts["left"] = selection.left();
  report.missing = policy::MissingApprovals(home.policy, manifest.planner, {});
  report.in_the_clear = policy::LeavesInTheClear(manifest);
  commit.batch = {manifest.batch,         store::BatchState::kPlanned,
                  commit.batch_file.file, manifest.records,
                  manifest.planned,       manifest.expires,
                  manifest.gateway.name};
  commit.documents = {{"manifest", manifest.batch.Hex(), report.note},
                      {"message", ToHex(manifest.message_hash), message}};
  ledger::BatchPlanned planned;
  planned.batch = manifest.batch;
  planned.manifest = Sha256(report.manifest);
  planned.policy = home.policy_hash;
  planned.sections = Ids(sections);
  planned.expires = manifest.expires;
  TRY(home.store->CommitPlan(commit, home.Counted(planned, report.counts)));
  return report;
}

}  // namespace

Result<PlanReport> PlanBatch(home::Home& home, const PlanRequest& request,
                             const note::NoteSigner& planner) {
  if (!home.files_lock) return Fail(Code::kInternal, "a plan needs the home's lock");
  TRY_ASSIGN(const std::string message, CleanMessage(request.message));
  TRY_ASSIGN(policy::Manifest manifest, Draft(home, request, message, planner));
  Selection selection(home, manifest.planned.day());
  TRY(selection.Survey());
  const auto most = static_cast<uint32_t>(home.policy.batches.max_records);
  selection.Draw(std::min(request.limit.value_or(most), most));
  if (selection.drawn().empty()) return NobodyEligible(home, selection);

  TRY_ASSIGN(const BatchFile file, WriteBatchFile(home, selection));
  store::PlanCommit commit;
  commit.batch_file = file.written.row;
  std::vector<store::SealedFileRow> superseded;
  const auto finish = [&]() -> Result<PlanReport> {
    manifest.records = static_cast<uint32_t>(selection.drawn().size());
    manifest.budget = manifest.records * manifest.segments;
    manifest.file_hash = file.written.hash;
    TRY(SetExpiryAndHours(home, file.sections, manifest));
    // Fails now rather than after the intakes were copied.
    TRY(policy::Manifest::Parse(manifest.Encode()));
    TRY(RewriteIntakes(home, selection, commit, superseded));
    return Commit(home, manifest, message, planner, selection, file.sections, commit);
  };
  Result<PlanReport> report = finish();
  if (!report) return report;  // what was written is an orphan, and goes at the next start
  TRY(ingest::RemoveSealed(home, superseded));
  return report;
}

}  // namespace signpost::batch
