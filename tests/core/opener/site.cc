#include "tests/core/opener/site.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/seal/sealing/section_sealer.h"
#include "policy/decision.h"
#include "policy/policy_toml.h"

namespace signpost::test {
namespace {

constexpr size_t kPlanned = 3;  // where `batch planned` stands at first

std::string PolicyText(const SiteOptions& options) {
  return "name = \"test\"\n[sending]\nrange_records = " + std::to_string(options.range) +
         "\n[approvals]\nneeded = 2\n[batches]\nmax_records = 1000\n";
}

std::string NumberAt(const SiteOptions& options, uint32_t i) {
  // Ofcom's drama range, or a country that does not exist.
  if (options.fictional) return "+447700" + std::to_string(900000 + i);
  return std::string("+999") + std::to_string(1000000 + i);
}

policy::Approver AsApprover(const note::NoteSigner& signer) {
  return {signer.verifier().name(), "", signer.verifier().Text()};
}

}  // namespace

OwnedFd PipeOf(std::string_view text) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  OwnedFd read_end(ends[0]), write_end(ends[1]);
  EXPECT_TRUE(WriteAll(write_end.get(), AsBytes(text), "pipe").has_value());
  return read_end;
}

OwnedFd EmptyStateFile() {
  OwnedFd fd(memfd_create("opener.state", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(ftruncate(fd.get(), static_cast<off_t>(wire::opener::kStateBytes)), 0);
  return fd;
}

OwnedFd Again(const OwnedFd& fd) { return OwnedFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)); }

memory::SecretBuffer SecretOf(std::string_view text) {
  const OwnedFd fd = PipeOf(text);
  return memory::ReadPassphrase(fd.get()).value();
}

struct Site::People {
  note::NoteSigner ledger = note::NoteSigner::Generate("test-ledger").value();
  note::NoteSigner planner = note::NoteSigner::Generate("pat").value();
  note::NoteSigner ann = note::NoteSigner::Generate("ann").value();
  note::NoteSigner bob = note::NoteSigner::Generate("bob").value();
  note::NoteSigner false_bob = note::NoteSigner::Generate("bob").value();
};

Site::Site(SiteOptions options) : now(options.now), people_(std::make_shared<People>()) {
  ledger_signer_ = &people_->ledger;
  signers_ = {&people_->planner, &people_->ann, &people_->bob};
  policies_ = {policy::AppendPeople(PolicyText(options),
                                    {AsApprover(people_->ann), AsApprover(people_->bob)},
                                    {{"pat", people_->planner.verifier().Text()}})};
  MakeKeys(options);
  SealNumbers(options);
  WriteManifest(options);
  WriteLedger();
  FreshState();
}

void Site::MakeKeys(const SiteOptions& options) {
  trust.mode = options.mode;
  trust.genesis_policy = Sha256(policies_.front());
  trust.ledger_vkey = people_->ledger.verifier().Text();
  const custody::Wrapper wrapper =
      custody::Wrapper::Create(SecretOf(kPassphrase), custody::KdfCost::kMinimal).value();
  custody::KeyFileHeader header;
  header.trust = trust;
  header.purpose = custody::KeyPurpose::kOpenerState;
  key_files.push_back(wrapper.Wrap(header, memory::SecretKey::Random().value()).value());
  header.purpose = custody::KeyPurpose::kOptOutToken;
  key_files.push_back(wrapper.Wrap(header, memory::SecretKey::Random().value()).value());
  const seal::EpochSecretKey key = seal::EpochSecretKey::Generate().value();
  epoch = key.public_half().epoch;
  epoch_facts_ = {epoch, key.public_half().key, now.day(), now.day() + 36};
  header.purpose = custody::KeyPurpose::kEpoch;
  header.epoch = epoch_facts_;
  key_files.push_back(wrapper.Wrap(header, key.secret()).value());
}

void Site::SealNumbers(const SiteOptions& options) {
  seal::SectionSealer sealer =
      seal::SectionSealer::Create({epoch, epoch_facts_.public_key}, section_, now.day() + 30)
          .value();
  seal::SealedFile file;
  file.header.kind = seal::SealedKind::kBatch;
  file.header.file = FileId::Random();
  file.header.sections = {sealer.header()};
  for (uint32_t i = 0; i < options.records; ++i) {
    numbers.push_back(NumberAt(options, i));
    file.records.push_back({0, sealer.Seal(number::PhoneNumber::FromE164(numbers.back()).value())});
  }
  file_bytes = file.Encode();
}

void Site::WriteManifest(const SiteOptions& options) {
  policy::Manifest& m = manifest;
  m.batch = batch;
  m.mode = options.mode;
  m.planner = "pat";
  m.planned = now + -3600;
  m.message_hash = Sha256(message);
  m.sender = "SIGNPOST";
  m.gateway = {"carrier", "127.0.0.1", 2775, "-", "-"};
  m.pace = 20;
  m.range = options.range;
  m.records = m.budget = options.records;
  m.hours = {{now + -1800, now + 7200}};
  m.expires = now + 86400;
  m.policy_hash = trust.genesis_policy;
  m.file_hash = Sha256(file_bytes);
}

void Site::WriteLedger() {
  const Digest manifest_hash = Sha256(manifest.Encode());
  Append(ledger::HomeCreated{trust.mode, trust.genesis_policy, trust.ledger_vkey, "test"});
  Append(ledger::EpochCreated{epoch, Sha256(epoch_facts_.public_key), epoch_facts_.from,
                              epoch_facts_.deadline});
  Append(ledger::ImportDone{ImportId::Random(), section_, epoch, now.day() + 30, "test", {}});
  Append(ledger::BatchPlanned{
      batch, manifest_hash, manifest.policy_hash, {section_}, manifest.expires, {}});
  Append(ledger::BatchApproved{batch, manifest_hash, "ann"});
  Append(ledger::BatchApproved{batch, manifest_hash, "bob"});
}

void Site::Append(ledger::EventBody body) { Insert(events.size(), std::move(body)); }

// Times ascend from an hour ago whatever is inserted.
void Site::Insert(size_t at, ledger::EventBody body) {
  events.insert(events.begin() + static_cast<ptrdiff_t>(at),
                ledger::Event{now, "pat", std::move(body)});
  for (size_t i = 0; i < events.size(); ++i) events[i].at = now + (static_cast<int64_t>(i) - 3600);
}

void Site::Open() {
  run = RunId::Random();
  Append(ledger::BatchOpened{batch, run});
}

void Site::EndRun(const std::string& why) {
  Append(ledger::BatchRunEnded{batch, run, ledger::RunEnd::Parse(why).value(), "carrier", {}});
}

std::string Site::ManifestNote() const {
  note::Note note = note::Note::Of(manifest.Encode()).value();
  for (const note::NoteSigner* signer : signers_) note.Sign(*signer);
  std::string text = note.Encode();
  if (spoil_note_) spoil_note_(text);
  return text;
}

std::vector<std::string> Site::Entries() const {
  std::vector<std::string> entries;
  for (const ledger::Event& event : events) entries.push_back(ledger::EncodeEvent(event));
  return entries;
}

std::string Site::CheckpointNote() const {
  if (checkpoint_) return *checkpoint_;
  tree::CompactRange tree;
  for (const std::string& entry : Entries()) tree.Append(tree::LeafHash(entry));
  const note::Checkpoint checkpoint{people_->ledger.verifier().name(), tree.size(), tree.Root()};
  note::Note note = note::Note::Of(checkpoint.Text()).value();
  note.Sign(*ledger_signer_);
  return note.Encode();
}

opener::OpenerKeys Site::UnwrapKeys() const {
  opener::KeyRing ring(SecretOf(passphrase));
  for (const std::string& file : key_files) EXPECT_TRUE(ring.Add(file).has_value());
  return ring.Take().value();
}

token::HmacSha256 Site::StateMac() {
  return token::HmacSha256::Create(UnwrapKeys().state.Expose(memory::ExposeSecret{})).value();
}

void Site::FreshState() {
  state_file = EmptyStateFile();
  EXPECT_TRUE(opener::OpenerState::CreateFresh(Again(state_file), StateMac()).has_value());
}

uint32_t Site::Mark() {
  return opener::OpenerState::Load(Again(state_file), StateMac()).value().NextRecord(batch);
}

uint64_t Site::LedgerSeen() {
  return opener::OpenerState::Load(Again(state_file), StateMac()).value().ledger_size();
}

policy::Refusal Site::Decide() {
  const opener::OpenerKeys keys = UnwrapKeys();
  opener::OpenerState state = opener::OpenerState::Load(Again(state_file), StateMac()).value();
  opener::OpenerEvidence evidence(keys.trust, state, run);
  evidence.SetCheckpoint(CheckpointNote());
  const std::vector<std::string> entries = Entries();
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i != dropped_entry_) evidence.AddEntry(entries[i]);
  }
  for (const std::string& policy : policies_) evidence.AddPolicy(policy);
  for (const std::string& change : changes_) evidence.AddPolicyChange(change);
  evidence.SetManifest(ManifestNote());
  evidence.SetMessage(message);
  evidence.AddFileBytes(file_bytes);
  const policy::Refusal refusal = evidence.Decide(keys.epochs, batch, now);
  broken_entry = evidence.broken_entry();
  if (evidence.ledger_holds()) {
    EXPECT_TRUE(
        state.SawLedger(evidence.ledger_size(), evidence.ledger_root(), evidence.opt_out_hash())
            .has_value());
  }
  return refusal;
}

void Site::Show(wire::Channel& opener) {
  // It may have stopped listening: that is for the test to see in its answer.
  const auto send = [&](uint8_t kind, std::string_view text) {
    (void)opener.SendText(kind, text).has_value();
  };
  for (const std::string& file : key_files) send(wire::opener::kKeyFile, file);
  send(wire::opener::kCheckpoint, CheckpointNote());
  for (const std::string& entry : Entries()) send(wire::opener::kEntry, entry);
  for (const std::string& policy : policies_) send(wire::opener::kPolicy, policy);
  for (const std::string& change : changes_) send(wire::opener::kPolicyChange, change);
  send(wire::opener::kManifest, ManifestNote());
  send(wire::opener::kMessage, message);
  send(wire::opener::kBatchFile, AsText(file_bytes));
  (void)opener.SendEmpty(wire::opener::kGo).has_value();
}

wire::opener::Start Site::StartOf(wire::opener::Job job, uint32_t next_position) const {
  wire::opener::Start start{};
  start.job = job;
  start.next_position = next_position;
  start.batch = batch;
  start.run = run;
  start.response_timeout_ms = 5000;
  start.enquire_link_ms = 5000;
  start.receipt_wait_ms = 1000;
  start.want_receipts = 1;
  start.senders = 1;
  return start;
}

void Site::DropApprovalSignature() { signers_ = {&people_->planner, &people_->ann}; }
void Site::DropApprovalEntry() { events.erase(events.begin() + kPlanned + 2); }
void Site::ForgeApproval() { signers_ = {&people_->planner, &people_->ann, &people_->false_bob}; }
void Site::BreakSignature() {
  spoil_note_ = [](std::string& note) {
    char& c = note[note.rfind('\n') - 10];
    c = c == 'A' ? 'B' : 'A';
  };
}
void Site::ApproveAsPlanner() {
  signers_ = {&people_->planner, &people_->ann};
  std::get<ledger::BatchApproved>(events[kPlanned + 2].body).approver = "pat";
}
void Site::WithdrawApproval() { Append(ledger::ApprovalWithdrawn{batch, "bob"}); }
void Site::CancelBatch() { Append(ledger::BatchCancelled{batch, {}}); }

void Site::ChangeFile() { file_bytes.back() ^= 1; }

void Site::SwapRecordsFile() {
  SiteOptions options;
  options.records = manifest.records;
  numbers.clear();
  SealNumbers(options);
}

void Site::ChangeManifest(const std::function<void(policy::Manifest&)>& change) {
  change(manifest);
}

void Site::Rename(const Digest& manifest_hash) {
  for (ledger::Event& event : events) {
    if (auto* planned = std::get_if<ledger::BatchPlanned>(&event.body)) {
      planned->manifest = manifest_hash;
      planned->policy = manifest.policy_hash;
    }
    if (auto* approved = std::get_if<ledger::BatchApproved>(&event.body))
      approved->manifest = manifest_hash;
  }
}

void Site::Replan(const std::function<void(policy::Manifest&)>& change) {
  change(manifest);
  Rename(Sha256(manifest.Encode()));
}

void Site::ChangePolicy(bool approved) {
  const Digest before = Sha256(policies_.back());
  policies_.push_back(policies_.back() + "# another year\n");
  const Digest after = Sha256(policies_.back());
  note::Note note = note::Note::Of(policy::PolicyChangeText(before, after)).value();
  note.Sign(people_->ann);
  if (approved) note.Sign(people_->bob);
  changes_.push_back(note.Encode());
  Insert(1, ledger::PolicyApplied{before, after, {"ann", "bob"}});
  Replan([&](policy::Manifest& m) { m.policy_hash = after; });
}

void Site::SwapPolicy() { policies_.back() += "# not what was signed\n"; }
void Site::DropPolicyChange() { changes_.clear(); }

void Site::ReplayPolicy() {
  ChangePolicy(true);
  const Digest first = Sha256(policies_[0]);
  const Digest second = Sha256(policies_[1]);
  note::Note back = note::Note::Of(policy::PolicyChangeText(second, first)).value();
  back.Sign(people_->ann);
  back.Sign(people_->bob);
  policies_ = {policies_[0], policies_[1], policies_[0], policies_[1]};
  changes_ = {changes_[0], back.Encode(), changes_[0]};
  Insert(2, ledger::PolicyApplied{second, first, {"ann", "bob"}});
  Insert(3, ledger::PolicyApplied{first, second, {"ann", "bob"}});
}

void Site::FloodPolicies() {
  policies_.insert(policies_.begin() + 1, 40, std::string(1u << 20, '#'));
}

void Site::RewindLedger(size_t entries) { events.resize(events.size() - entries); }
void Site::ForkLedger() { events[2].by = "somebody"; }
void Site::DropEntry() {
  checkpoint_ = CheckpointNote();
  dropped_entry_ = 4;
}
void Site::BreakRules() {
  Insert(5, ledger::BatchApproved{batch, Sha256(manifest.Encode()), "ann"});  // a second time
}
void Site::SignLedgerAsSomebodyElse() { ledger_signer_ = &people_->planner; }

void Site::OpenAnotherBatchsRun() {
  const BatchId other = BatchId::Random();
  Append(ledger::BatchPlanned{
      other, Sha256("other"), manifest.policy_hash, {section_}, manifest.expires, {}});
  run = RunId::Random();
  Append(ledger::BatchOpened{other, run});
}

void Site::DestroyEpochInLedger() { Append(ledger::EpochDestroyed{epoch}); }
void Site::LoseEpochKey() { key_files.pop_back(); }

void Site::StretchEpochKey() {
  std::get<ledger::EpochCreated>(events[1].body).deadline = epoch_facts_.deadline + -1;
}

}  // namespace signpost::test
