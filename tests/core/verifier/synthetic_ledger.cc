#include "tests/core/verifier/synthetic_ledger.h"

#include "crypto/base/file.h"
#include "crypto/tree/tree.h"
#include "policy/policy_toml.h"

namespace signpost::test {
namespace {

constexpr int64_t kDay = 86400;

ledger::Commitment* MutableCommitment(ledger::EventBody& body) {
  return const_cast<ledger::Commitment*>(ledger::CommitmentOf(body));
}

}  // namespace

SyntheticLedger::SyntheticLedger()
    : signers_(std::make_shared<const Signers>(Signers{
          note::NoteSigner::Generate("signpost-test").value(),
          note::NoteSigner::Generate("pat").value(), note::NoteSigner::Generate("ann").value(),
          note::NoteSigner::Generate("bob").value()})),
      ledger_vkey_(signers_->ledger.verifier().Text()),
      now_(*Instant::Parse("2026-11-23T09:00:00Z")),
      batch_(BatchId::Random()),
      cancelled_(BatchId::Random()),
      section_(SectionId::Random()),
      epoch_(EpochId::Random()) {
  policy_text_ = policy::AppendPeople(
      ReadFile(std::string(SIGNPOST_SOURCE_DIR) + "/policy/rehearsal.toml").value(),
      {{"ann", "", signers_->ann.verifier().Text()}, {"bob", "", signers_->bob.verifier().Text()}},
      {{"pat", signers_->planner.verifier().Text()}});
  next_policy_text_ = policy_text_ + "# the same, and reviewed\n";
  policy_ = policy::ParsePolicy(policy_text_, "policy.toml").value();
  policy_hash_ = Sha256(policy_text_);
  genesis_policy_ = policy_hash_;
}

void SyntheticLedger::Add(ledger::EventBody body, std::optional<ledger::Counts> counts) {
  Entry entry{ledger::Event{now_, "tester", std::move(body)}, std::nullopt};
  if (counts) {
    entry.opening = ledger::FreshOpening(std::move(*counts));
    *MutableCommitment(entry.event.body) = ledger::Commit(*entry.opening);
  }
  entries_.push_back(std::move(entry));
  Sleep(60);
}

void SyntheticLedger::PutNote(const std::string& kind, const std::string& id,
                              const note::Note& note) {
  documents_[{kind, id}] = note.Encode();
}

policy::Manifest SyntheticLedger::ManifestFor(const BatchId& batch, uint32_t records) const {
  policy::Manifest m;
  m.batch = batch;
  m.mode = Mode::kRehearsal;
  m.planner = "pat";
  m.planned = now_;
  m.message_hash = Sha256("message");
  m.sender = "SIGNPOST";
  m.gateway = {"carrier", "127.0.0.1", 2775, "-", "-"};
  m.range = 50;
  m.pace = 100;
  m.records = records;
  m.budget = records;
  for (int day = 0; day < 5; ++day) {
    const Instant midnight = Instant::StartOf(now_.day() + day);
    m.hours.push_back({midnight + 9 * 3600, midnight + 19 * 3600});
  }
  m.expires = now_ + 3 * kDay;
  m.policy_hash = policy_hash_;
  m.file_hash = Sha256("file of " + batch.Hex());
  return m;
}

void SyntheticLedger::Plan(const BatchId& batch, uint32_t records, ledger::Counts counts) {
  const policy::Manifest manifest = ManifestFor(batch, records);
  note::Note note = note::Note::Of(manifest.Encode()).value();
  note.Sign(signers_->planner);
  note.Sign(signers_->ann);
  note.Sign(signers_->bob);
  PutNote("manifest", batch.Hex(), note);
  documents_[{"message", ToHex(Sha256("message"))}] = "message";
  ledger::BatchPlanned planned;
  planned.batch = batch;
  planned.manifest = Sha256(manifest.Encode());
  planned.policy = policy_hash_;
  planned.sections = {section_};
  planned.expires = manifest.expires;
  counts["records"] = records;
  Add(planned, counts);
}

void SyntheticLedger::Approve(const BatchId& batch) {
  const auto manifest = note::Note::Parse(documents_.at({"manifest", batch.Hex()})).value();
  Add(ledger::BatchApproved{batch, Sha256(manifest.text()), "ann"});
  Add(ledger::BatchApproved{batch, Sha256(manifest.text()), "bob"});
}

SyntheticLedger SyntheticLedger::Orderly() {
  SyntheticLedger s;
  s.documents_[{"policy", ToHex(s.policy_hash_)}] = s.policy_text_;
  s.Add(ledger::HomeCreated{Mode::kRehearsal, s.policy_hash_, s.ledger_vkey_, "signpost 0.1.0"});
  const Day from = s.now_.day();
  const Day deadline = policy::EpochDeadline(s.policy_, from);
  const Day expiry = policy::LastDay(from, s.policy_.retention.sealed_number_days);
  s.Add(ledger::EpochCreated{s.epoch_, Sha256("public key"), from, deadline});
  s.Add(
      ledger::ImportDone{
          ImportId::Random(), s.section_, s.epoch_, expiry, "libphonenumber 8.12.57", {}},
      ledger::Counts{{"found", 130},
                     {"new", 120},
                     {"repeated", 5},
                     {"withheld.opted-out", 2},
                     {"rejected.landline", 3}});
  s.Add(ledger::OptOutsRecorded{"operator", Sha256("log 1"), {}},
        ledger::Counts{{"given", 3}, {"new", 3}});
  s.Plan(s.batch_, 100, ledger::Counts{{"withheld.protected", 5}, {"left", 15}});
  s.Approve(s.batch_);
  const RunId run = RunId::Random();
  s.Add(ledger::BatchOpened{s.batch_, run});
  const ledger::Counts sent = {
      {"sent", 90}, {"refused", 2}, {"unknown", 3}, {"withheld.opted-out", 5}};
  s.Add(ledger::BatchRunEnded{s.batch_, run, ledger::RunEnd::kDone, "carrier 127.0.0.1", {}}, sent);
  s.Add(ledger::BatchFinished{s.batch_, false, {}}, sent);
  s.Add(ledger::Swept{{}, {s.epoch_}}, ledger::Counts{{"outstanding", 15}});

  const Digest next = Sha256(s.next_policy_text_);
  note::Note change = note::Note::Of(policy::PolicyChangeText(s.policy_hash_, next)).value();
  change.Sign(s.signers_->ann);
  change.Sign(s.signers_->bob);
  s.PutNote("policy-change", ToHex(next), change);
  s.documents_[{"policy", ToHex(next)}] = s.next_policy_text_;
  s.Add(ledger::PolicyApplied{s.policy_hash_, next, {"ann", "bob"}});
  s.policy_hash_ = next;
  s.Plan(s.cancelled_, 10, ledger::Counts{{"left", 5}});
  s.Add(ledger::BatchCancelled{s.cancelled_, {}}, ledger::Counts{{"returned", 10}});

  for (Day day = from + 1; day <= deadline; day = day + 1) {
    s.now_ = Instant::StartOf(day) + 3 * 3600;
    if (day == deadline) s.Add(ledger::EpochDestroyed{s.epoch_});
    ledger::Swept swept;
    if (day < deadline) swept.epochs_live = {s.epoch_};
    ledger::Counts counts = {{"outstanding", day <= expiry ? 15u : 0u}};
    if (day == expiry + 1) counts["numbers.expired"] = 15;
    s.Add(swept, counts);
  }
  return s;
}

ledger::Evidence SyntheticLedger::Sign() const {
  ledger::Evidence evidence;
  std::vector<Digest> leaves;
  for (const Entry& entry : entries_) {
    if (entry.opening) evidence.openings[evidence.entries.size()] = *entry.opening;
    evidence.entries.push_back(ledger::EncodeEvent(entry.event));
    leaves.push_back(tree::LeafHash(evidence.entries.back()));
  }
  const note::Checkpoint checkpoint{"signpost-test", leaves.size(), tree::RootOf(leaves)};
  note::Note note = note::Note::Of(checkpoint.Text()).value();
  note.Sign(signers_->ledger);
  evidence.checkpoint = note.Encode();
  evidence.documents = documents_;
  return evidence;
}

uint64_t SyntheticLedger::Find(std::string_view event, int nth) const {
  for (uint64_t i = 0; i < entries_.size(); ++i) {
    if (ledger::EventName(entries_[i].event.body) == event && nth-- == 0) return i;
  }
  std::abort();  // a test asks for what is not there
}

void SyntheticLedger::DropEntry(uint64_t index) {
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(index));
}

void SyntheticLedger::SwapBodies(uint64_t a, uint64_t b) {
  std::swap(entries_.at(a), entries_.at(b));
  std::swap(entries_.at(a).event.at, entries_.at(b).event.at);
}

void SyntheticLedger::CutAfter(uint64_t index) { entries_.resize(index + 1, entries_.front()); }

void SyntheticLedger::Recount(uint64_t index, ledger::Counts counts) {
  Entry& entry = entries_.at(index);
  entry.opening = ledger::FreshOpening(std::move(counts));
  *MutableCommitment(entry.event.body) = ledger::Commit(*entry.opening);
}

void SyntheticLedger::OpenWithoutApproval() { DropEntry(Find("batch.approved", 1)); }

void SyntheticLedger::ForgeApproval() {
  const note::NoteSigner mallory = note::NoteSigner::Generate("bob").value();
  note::Note note =
      note::Note::Of(note::Note::Parse(documents_.at({"manifest", batch_.Hex()})).value().text())
          .value();
  note.Sign(signers_->planner);
  note.Sign(signers_->ann);
  note.Sign(mallory);
  PutNote("manifest", batch_.Hex(), note);
}

void SyntheticLedger::ForgeSignatureBytes() {
  // bob's line from another manifest under this one.
  const std::string other = documents_.at({"manifest", cancelled_.Hex()});
  const size_t line = other.find("\xe2\x80\x94 bob ");
  std::string& mine = documents_.at({"manifest", batch_.Hex()});
  mine = mine.substr(0, mine.find("\xe2\x80\x94 bob ")) +
         other.substr(line, other.find('\n', line) + 1 - line);
}

void SyntheticLedger::SendMoreThanApproved() {
  const ledger::Counts more = {{"sent", 101}};
  Recount(Find("batch.run.ended"), more);
  Recount(Find("batch.finished"), more);
}

void SyntheticLedger::SendAgainAfterTheEnd() {
  Entry opened = entries_.at(Find("batch.opened"));
  const uint64_t after = Find("batch.finished") + 1;
  std::get<ledger::BatchOpened>(opened.event.body).run = RunId::Random();
  opened.event.at = entries_.at(after).event.at;
  entries_.insert(entries_.begin() + static_cast<ptrdiff_t>(after), opened);
}

void SyntheticLedger::OpenOutsideHours() {
  const uint64_t opened = Find("batch.opened");
  const uint64_t sweeps = Find("policy.applied");  // the end of the first day
  for (uint64_t i = opened; i < sweeps + 3; ++i) {
    At(i).at = Instant::StartOf(At(i).at.day()) + 20 * 3600 + static_cast<int64_t>(i);
  }
}

void SyntheticLedger::OpenAfterExpiry() {
  const uint64_t opened = Find("batch.opened");
  for (uint64_t i = opened; i < entries_.size(); ++i) At(i).at = At(i).at + 4 * kDay;
}

void SyntheticLedger::DestroyLate(int days) {
  for (uint64_t i = Find("epoch.destroyed"); i < entries_.size(); ++i) {
    At(i).at = At(i).at + days * kDay;
  }
}

void SyntheticLedger::NeverDestroy() {
  DropEntry(Find("epoch.destroyed"));
  std::get<ledger::Swept>(entries_.back().event.body).epochs_live = {epoch_};
  Entry another = entries_.back();
  another.event.at = another.event.at + 2 * kDay;
  entries_.push_back(another);
}

void SyntheticLedger::StretchExpiry(int days) {
  ledger::ImportDone& import = BodyAt<ledger::ImportDone>(Find("import.done"));
  import.expiry = import.expiry + days;
}

void SyntheticLedger::StretchDeadline(int days) {
  ledger::EpochCreated& created = BodyAt<ledger::EpochCreated>(Find("epoch.created"));
  created.deadline = created.deadline + days;
}

void SyntheticLedger::SkipSweeps() {
  std::erase_if(entries_, [&](const Entry& entry) {
    return std::holds_alternative<ledger::Swept>(entry.event.body) &&
           entry.event.at > entries_.front().event.at + 7 * kDay &&
           entry.event.at < entries_.front().event.at + 20 * kDay;
  });
}

void SyntheticLedger::OneLateSweep() {
  const uint64_t first = Find("swept");
  const Instant last = entries_.back().event.at;
  const Instant from = At(first).at;
  std::erase_if(entries_, [&](const Entry& entry) {
    return std::holds_alternative<ledger::Swept>(entry.event.body) && from < entry.event.at &&
           entry.event.at < last;
  });
  Recount(entries_.size() - 1, ledger::Counts{{"numbers.expired", 15}, {"outstanding", 0}});
}

void SyntheticLedger::SendAllAndSweepAfter(int days) {
  Recount(Find("import.done"), ledger::Counts{{"found", 105}, {"new", 105}});
  Recount(Find("batch.planned"), ledger::Counts{{"records", 100}, {"withheld.protected", 5}});
  const uint64_t swept = Find("swept");
  CutAfter(swept);
  Recount(swept, ledger::Counts{{"outstanding", 0}});
  At(swept).at = At(swept).at + days * kDay;
}

void SyntheticLedger::LoseCount() {
  Recount(Find("swept", 3), ledger::Counts{{"outstanding", 14}});
}

void SyntheticLedger::ChangePolicyUnsigned() {
  const std::string id = ToHex(Sha256(next_policy_text_));
  note::Note note =
      note::Note::Of(note::Note::Parse(documents_.at({"policy-change", id})).value().text())
          .value();
  note.Sign(signers_->ann);
  PutNote("policy-change", id, note);
}

void SyntheticLedger::ReplaceManifest() {
  policy::Manifest manifest = ManifestFor(batch_, 100);
  manifest.budget = 1000;
  note::Note note = note::Note::Of(manifest.Encode()).value();
  note.Sign(signers_->planner);
  note.Sign(signers_->ann);
  note.Sign(signers_->bob);
  PutNote("manifest", batch_.Hex(), note);
}

void SyntheticLedger::SendElsewhere() {
  BodyAt<ledger::BatchRunEnded>(Find("batch.run.ended")).to = "other 127.0.0.2";
}

void SyntheticLedger::ChangeOpening(uint64_t index) {
  entries_.at(index).opening->counts["sent"] += 1;
}

void SyntheticLedger::HideCounts() {
  for (Entry& entry : entries_) entry.opening.reset();
}

}  // namespace signpost::test
