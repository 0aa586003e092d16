#include "core/sealer/sealer.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/sealer/keys.h"
#include "core/sealer/step.h"
#include "core/shared/wire/reader_boundary.h"
#include "crypto/memory/stack.h"
#include "crypto/number/phone_number.h"
#include "crypto/seal/sealing/section_sealer.h"

namespace signpost::sealer {
namespace {

using NumberBytes = std::array<uint8_t, PhoneNumber::kBytes>;

// A number as it came off the pipe, if these keys may have it.
Step<PhoneNumber> Take(const Keys& keys, const NumberBytes& bytes) {
  TRY_ASSIGN(PhoneNumber number, Or(PhoneNumber::FromPadded(bytes), Failure::kNumbers));
  if (keys.mode == Mode::kRehearsal && !number.IsFictional()) return Stop(Failure::kNotFictional);
  if (keys.mode == Mode::kLive && number.IsFictional()) return Stop(Failure::kFictional);
  return number;
}

// Every block of numbers in turn, until the reader says that the file was good to its end. Returns
// how many there were.
template <class OnBlock>
Step<uint64_t> ForEachBlock(Channel& numbers, OnBlock on_block) {
  uint64_t total = 0;
  for (;;) {
    TRY_ASSIGN(const std::optional<Frames> frames, Or(numbers.Receive(), Failure::kNumbers));
    if (!frames) return Stop(Failure::kNumbers);
    if (frames->kind == reader::kEnd) {
      if (frames->count != 1 || frames->As<uint64_t>() != total) return Stop(Failure::kNumbers);
      return total;
    }
    TRY(on_block(*frames));
    total += frames->count;
    numbers.WipeReceived();
    WipeStack();
  }
}

Step<void> SendReady(Channel& control, ByteView section) {
  return Or(control.SendBytes(kReady, section, 1), Failure::kInternal);
}

Step<void> SendEmptyReady(Channel& control) {
  return SendReady(control, std::array<uint8_t, SealedFileHeader::kSectionBytes>{});
}

Step<SectionSealer> MakeSection(const Start& start) {
  EpochPublicKey epoch;
  std::ranges::copy(start.epoch, epoch.epoch.bytes.begin());
  std::ranges::copy(start.epoch_public_key, epoch.key.begin());
  SectionId section;
  std::ranges::copy(start.section, section.bytes.begin());
  return Or(SectionSealer::Create(epoch, section, Day{start.expiry_day}), Failure::kInternal);
}

Step<uint64_t> Import(Channel& control, Channel& numbers, const Start& start, Keys& keys) {
  TRY_ASSIGN(SectionSealer section, MakeSection(start));
  SealedFileHeader header;
  header.sections = {section.header()};
  const Bytes encoded = EncodeHeader(header);
  TRY(SendReady(control, ByteView(encoded).subspan(SealedFileHeader::kFixedBytes)));
  std::vector<Arrival> block;
  return ForEachBlock(numbers, [&](const Frames& frames) -> Step<void> {
    block.clear();
    for (uint32_t i = 0; i < frames.count; ++i) {
      auto from = frames.As<reader::Number>(i);
      NumberBytes bytes;
      std::ranges::copy(from.number, bytes.begin());
      Wipe(from.number);
      Step<PhoneNumber> number = Take(keys, bytes);
      Wipe(bytes);
      if (!number) return Stop(number.error());
      const SealedRecord record = section.Seal(*number);
      Arrival& arrival = block.emplace_back();
      std::ranges::copy(keys.contact->Of(*number).bytes, arrival.contact_token);
      std::ranges::copy(keys.opt_out->Of(*number).bytes, arrival.opt_out_token);
      std::ranges::copy(record.id.bytes, arrival.record_id);
      std::ranges::copy(record.box, arrival.box);
      arrival.last_contact = from.last_contact;
      arrival.traffic = from.traffic;
    }
    return Or(control.Send<Arrival>(kArrivals, block), Failure::kInternal);
  });
}

using TokenBytes = std::array<uint8_t, 32>;

template <class Purpose>
Step<uint64_t> Tokens(Channel& control, Channel& numbers, const Keys& keys,
                      Tokeniser<Purpose>& tokeniser) {
  TRY(SendEmptyReady(control));
  std::vector<TokenBytes> block;
  return ForEachBlock(numbers, [&](const Frames& frames) -> Step<void> {
    block.clear();
    for (uint32_t i = 0; i < frames.count; ++i) {
      auto from = frames.As<reader::Number>(i);
      NumberBytes bytes;
      std::ranges::copy(from.number, bytes.begin());
      Wipe(from.number);
      Step<PhoneNumber> number = Take(keys, bytes);
      Wipe(bytes);
      if (!number) return Stop(number.error());
      block.push_back(tokeniser.Of(*number).bytes);
    }
    return Or(control.Send<TokenBytes>(kTokens, block), Failure::kInternal);
  });
}

// Replies, until the sender closes its end.
Step<uint64_t> Listen(Channel& control, Channel& numbers, Keys& keys) {
  TRY(SendEmptyReady(control));
  uint64_t total = 0;
  for (;;) {
    TRY_ASSIGN(const std::optional<Frames> frames, Or(numbers.Receive(), Failure::kNumbers));
    if (!frames) return total;
    std::vector<Reply> replies;
    for (uint32_t i = 0; i < frames->count; ++i) {
      auto from = frames->As<ReplyNumber>(i);
      NumberBytes bytes;
      std::ranges::copy(from.number, bytes.begin());
      Step<PhoneNumber> number = Take(keys, bytes);
      Wipe(bytes);
      Wipe(from.number);
      if (!number && number.error() == Failure::kNumbers) return Stop(number.error());
      // One that these keys may not have: anybody can write one as the source of a text, and it
      // must not end the run. Nobody was texted under it, and nobody hears that it is recorded.
      if (!number) continue;
      Reply& reply = replies.emplace_back();
      reply.sequence = from.sequence;
      std::ranges::copy(keys.opt_out->Of(*number).bytes, reply.opt_out_token);
    }
    if (!replies.empty()) TRY(Or(control.Send<Reply>(kReplies, replies), Failure::kInternal));
    total += replies.size();
    numbers.WipeReceived();
    WipeStack();
  }
}

Step<uint64_t> Work(Channel& control, OwnedFd numbers_fd, OwnedFd passphrase) {
  TRY_ASSIGN(const Frames frames, Or(control.Expect(kStart), Failure::kInternal));
  if (frames.count != 1) return Stop(Failure::kInternal);
  const auto start = frames.As<Start>();
  if (start.job > static_cast<uint8_t>(Job::kMakeKeys)) return Stop(Failure::kInternal);
  const auto job = static_cast<Job>(start.job);
  if (job == Job::kMakeKeys) {
    TRY(MakeKeys(control, start.kdf_cost, std::move(passphrase)));
    return 4;
  }
  const std::span<const Rule> rules =
      job == Job::kListen ? std::span<const Rule>(kRepliesToSealer) : reader::kNumbersToSealer;
  Channel numbers(std::move(numbers_fd), {}, rules,
                  job == Job::kListen ? "signpost-sender" : "signpost-reader");
  TRY_ASSIGN(Keys keys, LoadKeys(control, job, std::move(passphrase)));
  switch (job) {
    case Job::kImport:
      return Import(control, numbers, start, keys);
    case Job::kOptOut:
      return Tokens(control, numbers, keys, *keys.opt_out);
    case Job::kProtect:
      return Tokens(control, numbers, keys, *keys.contact);
    case Job::kListen:
      return Listen(control, numbers, keys);
    case Job::kMakeKeys:
      break;
  }
  return Stop(Failure::kInternal);
}

}  // namespace

Result<void> PrepareLibraries() {
  PrepareCrypto();
  // Fetches the MAC and the key derivation once; the keys are nobody's.
  TRY_ASSIGN(HmacSha256 mac, HmacSha256::Create(std::array<uint8_t, 32>{}));
  mac.Of({});
  std::array<uint8_t, 32> out;
  TRY(HkdfSha256(out, {}, AsBytes("prepare"), out));
  Sha256(ByteView{});
  return {};
}

int RunSealer(OwnedFd control_fd, OwnedFd numbers, OwnedFd passphrase) {
  Channel control(std::move(control_fd), kFromSealer, kToSealer, "signpost");
  const Step<uint64_t> total = Work(control, std::move(numbers), std::move(passphrase));
  if (total) return control.SendOne(kEnd, *total) ? 0 : ExitCode(Code::kInternal);
  const Failed failed{static_cast<uint32_t>(total.error())};
  const Result<void> told = control.SendOne(kFailed, failed);
  return ExitCode(told ? Code::kRefused : Code::kInternal);
}

}  // namespace signpost::sealer
