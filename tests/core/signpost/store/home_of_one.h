// A store in a folder of its own, and the verbs of its tests. People are small numbers: person 7
// has a contact token, an opt-out token and as many sealed records as were imported.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/signpost/store/sqlite_store.h"
#include "tests/core/signpost/store/admit.h"

namespace signpost::store {

constexpr Day kToday{20000};
constexpr Day kExpiry{20030};
constexpr int kShortWaitMs = 200;

token::ContactToken ContactOf(uint32_t person);
token::OptOutToken OptOutOf(uint32_t person);
RecordId RandomRecord();

struct Imported {
  std::vector<policy::Eligibility> reasons;
  std::optional<store::SealedFileRow> file;
  std::map<uint32_t, RecordId> records;  // of those who were new
  ledger::Counts counts;
};

struct Planned {
  BatchId batch;
  FileId file;
  std::vector<uint32_t> people;
  std::vector<RecordId> records;  // by position
};

class HomeOfOne : public ::testing::Test {
 protected:
  HomeOfOne();
  ~HomeOfOne() override;

  void Reopen();
  std::unique_ptr<store::SqliteStore> OpenAnother(int wait_ms = kShortWaitMs);

  store::NewEntry NoteOf(ledger::EventBody body = ledger::EvidencePublished{}) const;
  store::Describe Describing(ledger::Counts* out = nullptr);
  Imported Import(const std::vector<uint32_t>& people, Day today = kToday, Day expiry = kExpiry,
                  const std::string& case_ref = "OP-1");
  Imported ImportCame(const std::vector<Came>& people, Day today = kToday, Day expiry = kExpiry,
                      const std::string& case_ref = "OP-1");
  // All the records that Import kept for these people, into a batch.
  Planned Plan(const Imported& from, const std::vector<uint32_t>& people);
  store::PlanCommit PlanOf(const Imported& from, const std::vector<uint32_t>& people,
                           Planned& out) const;
  RunId BeginRun(const Planned& batch);
  Result<std::vector<policy::Eligibility>> Attempt(const Planned& batch, uint32_t first,
                                                   uint32_t count, Day today = kToday);
  void SettleAll(const Planned& batch, wire::sender::Outcome outcome);
  void OptOut(const std::vector<uint32_t>& people, Day day = kToday);
  void Protect(const std::vector<uint32_t>& people);
  // Of a record of an import; held: its intake still has it.
  policy::ContactFacts FactsOf(const Imported& from, const RecordId& record);
  void Flush();  // as whoever asks about contacts next
  ledger::Counts Sweep(Day today, const std::vector<RecordId>& expired = {});

  int64_t Number(const std::string& sql) const;  // through a connection of its own
  void Execute(const std::string& sql) const;
  // Entries, openings and checkpoint agree, and the file is sound.
  void ExpectConsistent();
  std::string Path() const { return folder_ + "/store.db"; }

  std::string folder_;
  note::NoteSigner signer_;
  std::unique_ptr<store::SqliteStore> store_;
  Instant now_ = Instant::StartOf(kToday) + 36000;
};

}  // namespace signpost::store
