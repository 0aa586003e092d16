#include "core/signpost/batch/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/shared/sms/alphabet.h"
#include "core/signpost/batch/selection.h"
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

// The batch file, from the ciphertext of the intakes.
Result<ingest::WrittenFile> WriteBatchFile(const home::Home& home, const Selection& selection) {
  TRY_ASSIGN(ingest::SealedWriter writer, ingest::SealedWriter::Create(home, selection.header));
  for (const seal::FileRecord& record : selection.records) TRY(writer.Append(record));
  return writer.Commit();
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
  const policy::SmppProfile& profile = gateway->profile;
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
  for (const auto& [name, count] : selection.withheld) {
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
                          Selection&& selection, const store::SealedFileRow& file) {
  PlanReport report;
  report.batch = manifest.batch;
  report.manifest = manifest.Encode();
  // What the opener will read must be what was meant.
  TRY_ASSIGN(const policy::Manifest reread, policy::Manifest::Parse(report.manifest));
  if (reread != manifest) return Fail(Code::kInternal, "a manifest that reads differently");
  TRY_ASSIGN(note::Note note, note::Note::Of(report.manifest));
  note.Sign(planner);
  report.note = note.Encode();
  report.counts = selection.withheld;
  report.counts["records"] = manifest.records;
  report.counts["left"] = selection.left;
  report.missing = policy::MissingApprovals(home.policy, manifest.planner, {});
  report.in_the_clear = policy::LeavesInTheClear(manifest);
  store::PlanCommit commit;
  commit.batch = {
      manifest.batch,   store::BatchState::kPlanned, file.file, manifest.records, manifest.planned,
      manifest.expires, manifest.gateway.name};
  commit.batch_file = file;
  commit.shares = std::move(selection.shares);
  commit.documents = {{"manifest", manifest.batch.Hex(), report.note},
                      {"message", ToHex(manifest.message_hash), message}};
  ledger::BatchPlanned planned;
  planned.batch = manifest.batch;
  planned.manifest = Sha256(report.manifest);
  planned.policy = home.policy_hash;
  planned.sections = Ids(selection.header.sections);
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
  TRY(home.store->FlushStaging(request.on_flush));
  const auto most = static_cast<uint32_t>(home.policy.batches.max_records);
  TRY_ASSIGN(Selection selection, DrawPeople(home, manifest.planned.day(),
                                             std::min(request.limit.value_or(most), most)));
  if (selection.records.empty()) return NobodyEligible(home, selection);
  selection.header.kind = seal::SealedKind::kBatch;
  selection.header.file = FileId::Random();
  manifest.records = static_cast<uint32_t>(selection.records.size());
  manifest.budget = manifest.records * manifest.segments;
  TRY(SetExpiryAndHours(home, selection.header.sections, manifest));
  TRY_ASSIGN(const ingest::WrittenFile file, WriteBatchFile(home, selection));
  manifest.file_hash = file.hash;
  std::vector<store::SealedFileRow> emptied;
  for (const store::IntakeShare& share : selection.shares) {
    if (share.left == 0) emptied.push_back({share.intake, seal::SealedKind::kIntake, {}, 0, {}});
  }
  // What was written is an orphan until the commit, and goes at the next start.
  TRY_ASSIGN(PlanReport report,
             Commit(home, manifest, message, planner, std::move(selection), file.row));
  Result<void> erased = ingest::RemoveSealed(home, emptied);
  if (erased) erased = ingest::EraseTaken(home);
  if (!erased) report.not_erased = erased.error();
  return report;
}

}  // namespace signpost::batch
