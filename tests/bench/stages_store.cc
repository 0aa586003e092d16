// The store's stages: the lookups and attempts of one range in one transaction, and its outcomes.
// On a store of 60,000 people; two thirds of a contact's cost is the depth of its tree.
#include "tests/bench/stages.h"
#include "tests/core/store/home_of_one.h"

namespace signpost::bench {
namespace {

using namespace store_test;

constexpr uint32_t kPeople = 60000;

class Home : public HomeOfOne {
 public:
  // A batch of everybody, begun; its tokens beforehand, so that only the store is timed.
  Home() {
    std::vector<uint32_t> people(kPeople);
    for (uint32_t i = 0; i < kPeople; ++i) people[i] = i;
    batch_ = Plan(Import(people), people);
    BeginRun(batch_);
    tokens_.reserve(kPeople);
    for (const uint32_t person : people) tokens_.push_back(OptOutOf(person));
  }
  void TestBody() override {}

  bool Left(uint32_t range) const { return next_ + range <= kPeople; }
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
  uint32_t next_ = 0;
};

std::unique_ptr<Home> Fresh(benchmark::State& state, std::unique_ptr<Home> home, uint32_t range) {
  if (home && home->Left(range)) return home;
  state.PauseTiming();
  home = nullptr;  // its folder goes
  home = std::make_unique<Home>();
  state.ResumeTiming();
  return home;
}

void BeginAttempt(benchmark::State& state) {
  const auto range = static_cast<uint32_t>(state.range(0));
  std::unique_ptr<Home> home;
  for (auto _ : state) {
    home = Fresh(state, std::move(home), range);
    home->BeginAttempt(range);
  }
  EachOf(state, range);
}
BENCHMARK(BeginAttempt)->Apply(Ranges)->Iterations(40);

// The difference to BeginAttempt is what outcomes cost.
void BeginAttemptAndSettle(benchmark::State& state) {
  const auto range = static_cast<uint32_t>(state.range(0));
  std::unique_ptr<Home> home;
  for (auto _ : state) {
    home = Fresh(state, std::move(home), range);
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
    ->Iterations(40);

}  // namespace
}  // namespace signpost::bench
