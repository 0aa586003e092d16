// The store's stages: the lookups and attempts of one step in one transaction, and with them the
// outcomes of the one before.
// The number of people matters: a token is a random key, so in a large store each person is a page
// of its own to read, to change, and to write to the journal.
#include <memory>

#include "tests/bench/stages.h"
#include "tests/core/signpost/store/home_of_one.h"

namespace signpost::bench {
namespace {

using namespace store;

constexpr uint32_t kUsual = 20000;  // people in the store

class Home : public store::HomeOfOne {
 public:
  // A batch of everybody, begun; its tokens beforehand, so that only the store is timed.
  explicit Home(uint32_t count) : count_(count) {
    std::vector<uint32_t> people(count);
    for (uint32_t i = 0; i < count; ++i) people[i] = i;
    batch_ = Plan(Import(people), people);
    BeginRun(batch_);
    tokens_.reserve(count);
    for (const uint32_t person : people) tokens_.push_back(store::OptOutOf(person));
  }
  void TestBody() override {}

  bool Left(uint32_t range) const { return next_ + range <= count_; }
  // As a run does it: the outcomes of the records before these go into the same transaction.
  void BeginAttempt(uint32_t range, bool with_outcomes) {
    std::vector<store::Settlement> settled;
    for (uint32_t i = next_ - (with_outcomes ? last_ : 0); i < next_; ++i) {
      store::Settlement each;
      each.position = i;
      each.outcome = wire::sender::Outcome::kSent;
      std::copy_n(tokens_[i].bytes.begin(), each.id_hash.size(), each.id_hash.begin());
      settled.push_back(each);
    }
    const auto reasons =
        store_->BeginAttempt(batch_.batch, next_, std::span(batch_.records).subspan(next_, range),
                             std::span(tokens_).subspan(next_, range), store::kToday, settled);
    if (!reasons) std::abort();
    next_ += range;
    last_ = range;
  }

 private:
  store::Planned batch_;
  std::vector<token::OptOutToken> tokens_;
  uint32_t count_, next_ = 0, last_ = 0;
};

void MakeRoom(benchmark::State& state, std::unique_ptr<Home>& home, uint32_t people,
              uint32_t range) {
  if (home && home->Left(range)) return;
  state.PauseTiming();
  home.reset();  // its folder goes first
  home = std::make_unique<Home>(people);
  state.ResumeTiming();
}

// One transaction: records at a time (half a journal range each), people in the store.
void Attempt(benchmark::State& state, bool with_outcomes) {
  const auto range = static_cast<uint32_t>(state.range(0));
  const auto people = static_cast<uint32_t>(state.range(1));
  std::unique_ptr<Home> home;
  for (auto _ : state) {
    MakeRoom(state, home, people, range);
    home->BeginAttempt(range, with_outcomes);
  }
  EachOf(state, range);
}

void Transactions(benchmark::internal::Benchmark* b) {
  b->ArgNames({"records", "people"})->Args({25, kUsual})->Args({100, kUsual})->Args({500, kUsual});
  b->Args({100, 100000})->Args({100, 400000})->Iterations(60);
}
BENCHMARK_CAPTURE(Attempt, alone, false)->Apply(Transactions);
BENCHMARK_CAPTURE(Attempt, with_outcomes, true)->Apply(Transactions);

}  // namespace
}  // namespace signpost::bench
