// An import's stages behind the reader, and the floor that they stand beside: a row of SQLite for
// each person, in the order of tokens and in that in which they came.
#include <memory>

#include "core/shared/wire/reader_boundary.h"
#include "core/signpost/ingest/person_sort.h"
#include "core/signpost/store/sqlite.h"
#include "crypto/seal/opening/epoch_key.h"
#include "crypto/seal/sealing/section_sealer.h"
#include "crypto/token/tokeniser/tokeniser.h"
#include "tests/bench/stages.h"
#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::bench {
namespace {

constexpr size_t kPeople = 200000;  // more than a block of the sort, more than SQLite's cache

void HmacOfANumber(benchmark::State& state) {
  auto tokeniser = *token::Tokeniser<token::Contact>::Create(*memory::SecretKey::Random(), 1);
  const number::PhoneNumber number = NumberOf(1);
  for (auto _ : state) benchmark::DoNotOptimize(tokeniser.Of(number));
  EachOf(state, 1);
}
BENCHMARK(HmacOfANumber);

void SealingOfANumber(benchmark::State& state) {
  const seal::EpochSecretKey epoch = *seal::EpochSecretKey::Generate();
  auto section = *seal::SectionSealer::Create(epoch.public_half(), SectionId::Random(), Day{20000});
  const number::PhoneNumber number = NumberOf(1);
  for (auto _ : state) benchmark::DoNotOptimize(section.Seal(number));
  EachOf(state, 1);
}
BENCHMARK(SealingOfANumber);

std::vector<wire::sealer::SealedPerson> ManyPeople() {
  std::vector<wire::sealer::SealedPerson> people(kPeople);
  RandomBytes({reinterpret_cast<uint8_t*>(people.data()), people.size() * sizeof people[0]});
  for (wire::sealer::SealedPerson& each : people) {
    each.last_contact = kNoDay;
    each.traffic = 0;
  }
  return people;
}

void SortingOfPeople(benchmark::State& state) {
  const std::vector<wire::sealer::SealedPerson> people = ManyPeople();
  for (auto _ : state) {
    ingest::PersonSort sort(::testing::TempDir());
    for (const wire::sealer::SealedPerson& each : people) {
      if (!sort.Add(each)) std::abort();
    }
    if (!sort.Sort()) std::abort();
    while (sort.Next()->has_value()) continue;
  }
  EachOf(state, kPeople);
}
BENCHMARK(SortingOfPeople)->Unit(benchmark::kMillisecond);

class Home : public store::HomeOfOne {
 public:
  void TestBody() override {}
  void Import(std::vector<store::ImportedPerson>& people) {
    auto session = *store_->BeginImport(store::kToday);
    if (!session->Lock()) std::abort();
    for (const store::ImportedPerson& each : people) {
      if (*session->Admit(each) != policy::Eligibility::kEligible) std::abort();
    }
    const store::SealedFileRow file{FileId::Random(), seal::SealedKind::kIntake, store::kExpiry,
                                    people.size(), "C"};
    const store::ImportRow row{ImportId::Random(), store::kToday, "C"};
    if (!session->Finish(file, row, Describing())) std::abort();
  }
  void FlushAll() { Flush(); }
  std::string File() const { return Path(); }
};

std::vector<store::ImportedPerson> ManyPeople(bool sorted) {
  std::vector<store::ImportedPerson> people(kPeople);
  for (store::ImportedPerson& each : people) {
    RandomBytes(each.contact.bytes);
    each.record = RecordId::Random();
  }
  if (sorted) {
    std::sort(people.begin(), people.end(),
              [](const store::ImportedPerson& a, const store::ImportedPerson& b) {
                return a.contact < b.contact;
              });
  }
  return people;
}

void AdmissionAndCommit(benchmark::State& state) {
  std::vector<store::ImportedPerson> people = ManyPeople(true);
  for (auto _ : state) {
    state.PauseTiming();
    auto home = std::make_unique<Home>();
    state.ResumeTiming();
    home->Import(people);
    state.PauseTiming();
    home.reset();
    state.ResumeTiming();
  }
  EachOf(state, kPeople);
}
BENCHMARK(AdmissionAndCommit)->Unit(benchmark::kMillisecond);

// Later, and not in the import: what the next plan or sweep pays.
void FlushOfStaging(benchmark::State& state) {
  std::vector<store::ImportedPerson> people = ManyPeople(true);
  for (auto _ : state) {
    state.PauseTiming();
    auto home = std::make_unique<Home>();
    home->Import(people);
    state.ResumeTiming();
    home->FlushAll();
    state.PauseTiming();
    home.reset();
    state.ResumeTiming();
  }
  EachOf(state, kPeople);
}
BENCHMARK(FlushOfStaging)->Unit(benchmark::kMillisecond);

// The floor of an import that writes a row a person: one table, no index, one transaction.
void RowsOfSqlite(benchmark::State& state, bool sorted) {
  const std::vector<store::ImportedPerson> people = ManyPeople(sorted);
  for (auto _ : state) {
    state.PauseTiming();
    Home home;
    auto db = std::make_unique<store::sqlite::Database>(
        *store::sqlite::Database::Open(home.File(), false, 1000));
    state.ResumeTiming();
    auto transaction =
        *store::sqlite::Transaction::Begin(*db, store::sqlite::Transaction::Kind::kWrite);
    for (const store::ImportedPerson& each : people) {
      if (!db->Run("INSERT INTO contact VALUES(?1, 1, 1, NULL, ?2)", each.contact.bytes,
                   each.record)) {
        std::abort();
      }
    }
    if (!transaction.Commit()) std::abort();
    state.PauseTiming();
    db.reset();
    state.ResumeTiming();
  }
  EachOf(state, kPeople);
}
BENCHMARK_CAPTURE(RowsOfSqlite, sorted, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(RowsOfSqlite, unsorted, false)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace signpost::bench
