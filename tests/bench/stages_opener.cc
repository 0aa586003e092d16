// The opener's stages: open, token, its own mark, and its frames through a pipe.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "core/opener/state.h"
#include "core/shared/wire/opener_boundary.h"
#include "crypto/seal/opening/section_opener.h"
#include "crypto/seal/sealing/section_sealer.h"
#include "tests/bench/stages.h"

namespace signpost::bench {
namespace {

constexpr Day kToday{20000};

std::vector<seal::SealedRecord> Sealed(seal::SectionSealer& sealer, size_t count) {
  std::vector<seal::SealedRecord> records;
  for (size_t i = 0; i < count; ++i) records.push_back(sealer.Seal(NumberOf(i)));
  return records;
}

token::HmacSha256 Mac() { return *token::HmacSha256::Create(std::array<uint8_t, 32>{1}); }

void OpenARecord(benchmark::State& state) {
  const seal::EpochSecretKey epoch = *seal::EpochSecretKey::Generate();
  seal::SectionSealer sealer =
      *seal::SectionSealer::Create(epoch.public_half(), SectionId::Random(), kToday + 30);
  const std::vector<seal::SealedRecord> records = Sealed(sealer, 1000);
  const seal::SectionOpener opener = *seal::SectionOpener::Create(epoch, sealer.header());
  size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(opener.Open(records[next++ % records.size()]));
  EachOf(state, 1);
}
BENCHMARK(OpenARecord);

void TokenOfANumber(benchmark::State& state) {
  auto tokeniser = *token::Tokeniser<token::OptOut>::Create(*memory::SecretKey::Random(), 1);
  const number::PhoneNumber number = NumberOf(7);
  for (auto _ : state) benchmark::DoNotOptimize(tokeniser.Of(number));
  EachOf(state, 1);
}
BENCHMARK(TokenOfANumber);

// On a file of the folder that is current: two copies in turn, each synced.
void AdvanceTheMark(benchmark::State& state) {
  const auto range = static_cast<uint32_t>(state.range(0));
  std::string path = "bench-state-XXXXXX";
  OwnedFd file(mkostemp(path.data(), O_CLOEXEC));
  unlink(path.c_str());
  if (!file || ftruncate(file.get(), static_cast<off_t>(opener::OpenerState::kFileBytes)) != 0) {
    return state.SkipWithError("no file can be made here");
  }
  opener::OpenerState mark = *opener::OpenerState::CreateFresh(std::move(file), Mac());
  const BatchId batch = BatchId::Random();
  uint32_t next = 0;
  for (auto _ : state) {
    if (!mark.Advance(batch, next += range, kToday + 7, kToday)) std::abort();
  }
  EachOf(state, range);
}
BENCHMARK(AdvanceTheMark)->Apply(Ranges)->Iterations(300);

// One range's tokens to signpost, with somebody who reads them there.
void TokensThroughAPipe(benchmark::State& state) {
  const std::vector<std::array<uint8_t, 32>> tokens(static_cast<size_t>(state.range(0)));
  wire::SocketPair pair = *wire::MakeSocketPair();
  wire::Channel opener(std::move(pair.ours), wire::opener::kFromOpener, wire::opener::kToOpener,
                       "signpost");
  std::thread reader([fd = std::move(pair.theirs)]() mutable {
    wire::Channel signpost(std::move(fd), wire::opener::kToOpener, wire::opener::kFromOpener,
                           "opener");
    for (;;) {
      const auto frames = signpost.Receive();
      if (!frames || !*frames) return;
    }
  });
  if (!opener.SendOne(wire::opener::kAccepted, wire::opener::Accepted{0, 1})) std::abort();
  for (auto _ : state) {
    if (!opener.Send(wire::opener::kTokens, std::span(tokens))) std::abort();
  }
  opener.Close();
  reader.join();
  EachOf(state, tokens.size());
}
BENCHMARK(TokensThroughAPipe)->Apply(Ranges);

}  // namespace
}  // namespace signpost::bench
