// A home in a temporary folder, put together by hand: the real store, a ledger, an epoch, signing
// keys, and intakes of people who are only numbers (1, 2, 3, ...) to the test. Nothing here is
// encrypted: the boxes are random bytes, since nothing in these tests could open them.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "core/shared/ledger/ledger_state.h"
#include "core/signpost/home/home.h"
#include "core/signpost/ingest/sealed_folder.h"
#include "crypto/base/file.h"
#include "policy/decision.h"
#include "tests/core/signpost/store/admit.h"

namespace signpost::test {

inline Instant At(std::string_view text) { return Instant::Parse(text).value(); }

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "signpost-test-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline token::ContactToken ContactOf(int person) {
  return {Sha256("contact " + std::to_string(person)), 1};
}
inline token::OptOutToken OptOutOf(int person) {
  return {Sha256("opt-out " + std::to_string(person)), 1};
}

class TestHome : public ::testing::Test {
 protected:
  // A Monday, in the middle of the sending hours.
  static constexpr std::string_view kNow = "2026-11-23T10:00:00Z";

  TestHome()
      : planner_(note::NoteSigner::Generate("planner").value()),
        first_(note::NoteSigner::Generate("first").value()),
        second_(note::NoteSigner::Generate("second").value()) {
    std::filesystem::create_directories(folder_.path() + "/sealed");
    std::filesystem::create_directories(folder_.path() + "/keys/live");
    home_.path = folder_.path();
    home_.by = "tester";
    home_.site.mode = Mode::kRehearsal;
    home_.site.origin = "signpost-test";
    home_.site.operator_name = "planner";
    home_.site.default_gateway = "loopback";
    home::GatewayConfig gateway;
    gateway.name = "loopback";
    gateway.host = "127.0.0.1";
    gateway.port = 2775;
    gateway.sender = "Signpost";
    home_.site.gateways = {gateway};
    home_.policy.name = "test";
    home_.policy.approvers = {{"first", "", first_.verifier().Text()},
                              {"second", "", second_.verifier().Text()}};
    home_.policy.planners = {{"planner", planner_.verifier().Text()}};
    home_.policy_hash = home_.genesis_policy = Sha256("the policy");
    home_.ledger_signer =
        std::make_unique<note::NoteSigner>(note::NoteSigner::Generate("signpost-test").value());
    SetTime(kNow);
    home_.store =
        store::OpenSqliteStore(home_.Path("store.db"), *home_.ledger_signer, true).value();
    home_.files_lock = home::LockFile(home_.Path("lock"), "a test").value();
    home_.dispatch_lock = home::LockFile(home_.Path("dispatch.lock"), "a test").value();
    ledger::HomeCreated created;
    created.mode = Mode::kRehearsal;
    created.policy = home_.policy_hash;
    created.ledger_vkey = home_.ledger_signer->verifier().Text();
    created.software = "a test";
    const store::NewEntry note{home_.Now(created), std::nullopt};
    EXPECT_TRUE(home_.store->Append(std::span(&note, 1)).has_value());
    epoch_ = AddEpoch(Today());
  }

  void SetTime(std::string_view text) { home_.clock = Clock::StandingAt(At(text)); }
  Day Today() const { return home_.clock.Now().day(); }

  // As after a crash or a restore: another process opens what is there.
  void Reopen() {
    home_.store.reset();
    home_.store =
        store::OpenSqliteStore(home_.Path("store.db"), *home_.ledger_signer, false).value();
  }

  store::EpochRow AddEpoch(Day from) {
    store::EpochRow row;
    row.epoch = EpochId::Random();
    RandomBytes(row.public_key);
    row.from = from;
    row.until = from + (home_.policy.epochs.length_days - 1);
    row.deadline = policy::EpochDeadline(home_.policy, from);
    EXPECT_TRUE(WriteFileNew(home_.EpochKeyPath(row.epoch), "a wrapped key\n").has_value());
    const ledger::EpochCreated created{row.epoch, Sha256(row.public_key), row.from, row.deadline};
    EXPECT_TRUE(
        home_.store->AddEpoch(row, store::NewEntry{home_.Now(created), std::nullopt}).has_value());
    return row;
  }

  // What import does, without the sealed processes. Returns how many were new.
  uint64_t Import(const std::vector<int>& people, const std::string& case_ref = "C1") {
    seal::SectionHeader section;
    section.section = SectionId::Random();
    section.epoch = epoch_.epoch;
    section.expiry = policy::LastDay(Today(), home_.policy.retention.sealed_number_days);
    RandomBytes(section.sealed_key);
    seal::SealedFileHeader header;
    header.file = FileId::Random();
    header.sections = {section};
    std::vector<store::Came> came;
    for (const int person : people) {
      came.push_back({ContactOf(person), OptOutOf(person), RecordId::Random()});
    }
    auto session = home_.store->BeginImport(Today()).value();
    const std::vector<policy::Eligibility> decisions = store::AdmitAll(*session, came).value();
    std::optional<store::SealedFileRow> row;
    {
      ingest::SealedWriter writer = ingest::SealedWriter::Create(home_, header).value();
      for (size_t i = 0; i < came.size(); ++i) {
        if (decisions[i] != policy::Eligibility::kEligible) continue;
        seal::FileRecord record;
        record.record.id = came[i].record;
        RandomBytes(record.record.box);
        EXPECT_TRUE(writer.Append(record).has_value());
        people_[record.record.id] = people[i];
      }
      if (writer.records() > 0) {
        row = writer.Commit().value().row;
        row->case_ref = case_ref;
      }
    }
    uint64_t fresh = 0;
    const ImportId import = ImportId::Random();
    const auto describe = [&](const ledger::Counts& counts) {
      fresh = counts.at("new");
      ledger::ImportDone done{import, section.section, epoch_.epoch, section.expiry, "a test", {}};
      return std::vector<store::NewEntry>{home_.Counted(done, counts)};
    };
    EXPECT_TRUE(
        session->Finish(row, store::ImportRow{import, Today(), case_ref}, describe).has_value());
    return fresh;
  }

  void OptOut(int person) {
    const token::OptOutToken token = OptOutOf(person);
    const auto mark = home_.store->LastOptOutLogMark().value();
    EXPECT_TRUE(home_.store
                    ->RecordOptOuts(std::span(&token, 1), Today(), mark.bytes, mark.hash,
                                    [&](const ledger::Counts& counts) {
                                      return std::vector<store::NewEntry>{home_.Counted(
                                          ledger::OptOutsRecorded{"test", {}, {}}, counts)};
                                    })
                    .has_value());
  }
  void Protect(int person) {
    const token::ContactToken token = ContactOf(person);
    EXPECT_TRUE(home_.store
                    ->RecordProtected(std::span(&token, 1), Today(),
                                      [&](const ledger::Counts& counts) {
                                        return std::vector<store::NewEntry>{
                                            home_.Counted(ledger::ProtectedRecorded{}, counts)};
                                      })
                    .has_value());
  }

  // Who lies in sealed/, by kind; a person in two files is found twice.
  std::multiset<int> PeopleIn(seal::SealedKind kind) {
    std::multiset<int> found;
    for (const auto all = home_.store->SealedFiles().value();
         const store::SealedFileRow& row : all) {
      if (row.kind != kind) continue;
      for (const RecordId& id : RecordsOf(row)) found.insert(people_.at(id));
    }
    return found;
  }
  std::vector<RecordId> RecordsOf(const store::SealedFileRow& row) {
    std::vector<RecordId> ids;
    EXPECT_TRUE(
        ingest::ForEachRecord(home_, row, [&](const seal::SealedFileHeader&, const auto& block) {
          for (const seal::FileRecord& record : block) ids.push_back(record.record.id);
          return Result<void>();
        }).has_value());
    return ids;
  }

  std::set<std::string> FilesOnDisk() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(home_.Path("sealed"))) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  // Every file has a row, every row a file.
  void ExpectFilesAndRowsAgree() {
    std::set<std::string> rows;
    for (const auto all = home_.store->SealedFiles().value();
         const store::SealedFileRow& row : all) {
      rows.insert(BaseName(home_.SealedPath(row.file, row.kind)));
      EXPECT_EQ(RecordsOf(row).size(), row.records);
    }
    EXPECT_EQ(FilesOnDisk(), rows);
  }

  // A step that failed may leave files that no row names, until the next start.
  void ExpectFilesAndRowsAgreeAfterRecovery() {
    EXPECT_TRUE(ingest::RecoverSealedFolder(home_).has_value());
    ExpectFilesAndRowsAgree();
  }

  std::vector<ledger::Event> Ledger() {
    std::vector<ledger::Event> events;
    ledger::LedgerState facts;
    for (const auto all = home_.store->Entries().value(); const std::string& entry : all) {
      events.push_back(ledger::DecodeEvent(entry).value());
      const Result<void> fits = facts.Add(events.back());
      EXPECT_TRUE(fits.has_value()) << (fits ? "" : fits.error().message);
    }
    return events;
  }
  // The counts of the last entry of a kind, opened.
  template <class Body>
  ledger::Counts LastCounts() {
    const std::vector<ledger::Event> events = Ledger();
    for (size_t i = events.size(); i-- > 0;) {
      const auto* body = std::get_if<Body>(&events[i].body);
      if (body == nullptr) continue;
      for (const auto all = home_.store->Openings().value(); const auto& [index, opening] : all) {
        if (index != i) continue;
        EXPECT_EQ(ledger::Commit(opening), body->counts);
        return opening.counts;
      }
    }
    ADD_FAILURE() << "no such entry with counts";
    return {};
  }
  static uint64_t Get(const ledger::Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  }

  TemporaryFolder folder_;
  home::Home home_;
  note::NoteSigner planner_, first_, second_;
  store::EpochRow epoch_;
  std::map<RecordId, int> people_;
};

}  // namespace signpost::test
