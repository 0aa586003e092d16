// The store's stages: the lookups and attempts of one range in one transaction, and its outcomes.
// The number of people matters: a token is a random key, so in a large store each person is a page
// of its own to read, to change, and to write to the journal.
#include <memory>

#include "tests/bench/stages.h"
#include "tests/core/store/home_of_one.h"

namespace signpost::bench {
namespace {

using namespace store_test;

constexpr uint32_t kUsual = 20000;  // people in the store

class Home : public HomeOfOne {
 public:
  // A batch of everybody, begun; its tokens beforehand, so that only the store is timed.
  explicit Home(uint32_t count) : count_(count) {
    std::vector<uint32_t> people(count);
    for (uint32_t i = 0; i < count; ++i) people[i] = i;
    batch_ = Plan(Import(people), people);
    BeginRun(batch_);
    tokens_.reserve(count);
    for (const uint32_t person : people) tokens_.push_back(OptOutOf(person));
  }
  void TestBody() override {}

  bool Left(uint32_t range) const { return next_ + range <= count_; }
  void BeginAttempt(uint32_t range) {
    const auto reasons =
        store_->BeginAttempt(batch_.batch, next_, std::span(batch_.records).subspan(next_, range),
                             std::span(tokens_).subspan(next_, range), kToday);
    if (!reasons) std::abort();
    next_ += range;
  }
  // In blocks as the sender sends them.
  void Settle(uint32_t range, uint32_t block) {
    for (uint32_t from = next_ - range; from < next_; from += block) {
      std::vector<Settlement> settlements;
      for (uint32_t i = from; i < std::min(next_, from + block); ++i) {
        Settlement each;
        each.position = i;
        each.outcome = sender::Outcome::kSent;
        const auto hash = tokens_[i].bytes;
        std::copy_n(hash.begin(), each.id_hash.size(), each.id_hash.begin());
        settlements.push_back(each);
      }
      if (!store_->Settle(batch_.batch, settlements)) std::abort();
    }
  }

 private:
  Planned batch_;
  std::vector<OptOutToken> tokens_;
  uint32_t count_, next_ = 0;
};

void MakeRoom(benchmark::State& state, std::unique_ptr<Home>& home, uint32_t people,
              uint32_t range) {
  if (home && home->Left(range)) return;
  state.PauseTiming();
  home.reset();  // its folder goes first
  home = std::make_unique<Home>(people);
  state.ResumeTiming();
}

void BeginAttempt(benchmark::State& state) {
  const auto range = static_cast<uint32_t>(state.range(0));
  const auto people = static_cast<uint32_t>(state.range(1));
  std::unique_ptr<Home> home;
  for (auto _ : state) {
    MakeRoom(state, home, people, range);
    home->BeginAttempt(range);
  }
  EachOf(state, range);
}
BENCHMARK(BeginAttempt)
    ->ArgNames({"range", "people"})
    ->Args({50, kUsual})
    ->Args({200, kUsual})
    ->Args({1000, kUsual})
    ->Args({200, 100000})
    ->Args({200, 400000})
    ->Iterations(50);

// The difference to BeginAttempt is what outcomes cost.
void BeginAttemptAndSettle(benchmark::State& state) {
  const auto range = static_cast<uint32_t>(state.range(0));
  std::unique_ptr<Home> home;
  for (auto _ : state) {
    MakeRoom(state, home, kUsual, range);
    home->BeginAttempt(range);
    home->Settle(range, static_cast<uint32_t>(state.range(1)));
  }
  EachOf(state, range);
}
BENCHMARK(BeginAttemptAndSettle)
    ->ArgNames({"range", "block"})
    ->Args({50, 64})
    ->Args({200, 64})
    ->Args({200, 1000})
    ->Args({1000, 64})
    ->Args({1000, 1000})
    ->Iterations(50);

}  // namespace
}  // namespace signpost::bench
