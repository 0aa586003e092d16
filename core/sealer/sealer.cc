#include "core/sealer/sealer.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/sealer/keys.h"
#include "core/sealer/step.h"
#include "core/shared/wire/reader_boundary.h"
#include "crypto/memory/stack.h"
#include "crypto/memory/wiped.h"
#include "crypto/number/phone_number.h"
#include "crypto/seal/sealing/section_sealer.h"

namespace signpost::sealer {
namespace {

using NumberBytes = std::array<uint8_t, number::PhoneNumber::kBytes>;

// A number as it came off the pipe, if these keys may have it.
Step<number::PhoneNumber> Take(const Keys& keys, const NumberBytes& bytes) {
  TRY_ASSIGN(number::PhoneNumber number,
             Or(number::PhoneNumber::FromPadded(bytes), wire::sealer::Failure::kNumbers));
  if (keys.mode == Mode::kRehearsal && !number.IsFictional())
    return Stop(wire::sealer::Failure::kNotFictional);
  if (keys.mode == Mode::kLive && number.IsFictional())
    return Stop(wire::sealer::Failure::kFictional);
  return number;
}

// Every block of numbers in turn, until the reader says that the file was good to its end. Returns
// how many there were.
template <class OnBlock>
Step<uint64_t> ForEachBlock(wire::Channel& numbers, OnBlock on_block) {
  uint64_t total = 0;
  for (;;) {
    TRY_ASSIGN(const std::optional<wire::Frames> frames,
               Or(numbers.Receive(), wire::sealer::Failure::kNumbers));
    if (!frames) return Stop(wire::sealer::Failure::kNumbers);
    if (frames->kind == wire::reader::kEnd) {
      if (frames->count != 1 || frames->As<uint64_t>() != total)
        return Stop(wire::sealer::Failure::kNumbers);
      return total;
    }
    TRY(on_block(*frames));
    total += frames->count;
    numbers.WipeReceived();
    memory::WipeStack();
  }
}

Step<void> SendReady(wire::Channel& control, ByteView section) {
  return Or(control.SendBytes(wire::sealer::kReady, section, 1), wire::sealer::Failure::kInternal);
}

Step<void> SendEmptyReady(wire::Channel& control) {
  return SendReady(control, std::array<uint8_t, seal::SealedFileHeader::kSectionBytes>{});
}

Step<seal::SectionSealer> MakeSection(const wire::sealer::Start& start) {
  seal::EpochPublicKey epoch;
  epoch.epoch = start.epoch;
  std::ranges::copy(start.epoch_public_key, epoch.key.begin());
  return Or(seal::SectionSealer::Create(epoch, start.section, Day{start.expiry_day}),
            wire::sealer::Failure::kInternal);
}

Step<uint64_t> Import(wire::Channel& control, wire::Channel& numbers,
                      const wire::sealer::Start& start, Keys& keys) {
  TRY_ASSIGN(seal::SectionSealer section, MakeSection(start));
  seal::SealedFileHeader header;
  header.sections = {section.header()};
  const Bytes encoded = seal::EncodeHeader(header);
  TRY(SendReady(control, ByteView(encoded).subspan(seal::SealedFileHeader::kFixedBytes)));
  std::vector<wire::sealer::SealedPerson> block;
  return ForEachBlock(numbers, [&](const wire::Frames& frames) -> Step<void> {
    block.clear();
    for (uint32_t i = 0; i < frames.count; ++i) {
      const memory::Wiped<wire::reader::Number> from{frames.As<wire::reader::Number>(i)};
      memory::Wiped<NumberBytes> bytes;
      std::ranges::copy(from.number, bytes.begin());
      Step<number::PhoneNumber> number = Take(keys, bytes);
      if (!number) return Stop(number.error());
      const seal::SealedRecord record = section.Seal(*number);
      wire::sealer::SealedPerson& person = block.emplace_back();
      std::ranges::copy(keys.contact->Of(*number).bytes, person.contact_token);
      std::ranges::copy(keys.opt_out->Of(*number).bytes, person.opt_out_token);
      person.record_id = record.id;
      std::ranges::copy(record.box, person.box);
      person.last_contact = from.last_contact;
      person.traffic = from.traffic;
    }
    return Or(control.Send<wire::sealer::SealedPerson>(wire::sealer::kPeople, block),
              wire::sealer::Failure::kInternal);
  });
}

using TokenBytes = std::array<uint8_t, 32>;

template <class Purpose>
Step<uint64_t> Tokens(wire::Channel& control, wire::Channel& numbers, const Keys& keys,
                      token::Tokeniser<Purpose>& tokeniser) {
  TRY(SendEmptyReady(control));
  std::vector<TokenBytes> block;
  return ForEachBlock(numbers, [&](const wire::Frames& frames) -> Step<void> {
    block.clear();
    for (uint32_t i = 0; i < frames.count; ++i) {
      const memory::Wiped<wire::reader::Number> from{frames.As<wire::reader::Number>(i)};
      memory::Wiped<NumberBytes> bytes;
      std::ranges::copy(from.number, bytes.begin());
      Step<number::PhoneNumber> number = Take(keys, bytes);
      if (!number) return Stop(number.error());
      block.push_back(tokeniser.Of(*number).bytes);
    }
    return Or(control.Send<TokenBytes>(wire::sealer::kTokens, block),
              wire::sealer::Failure::kInternal);
  });
}

// Replies, until the sender closes its end.
Step<uint64_t> Listen(wire::Channel& control, wire::Channel& numbers, Keys& keys) {
  TRY(SendEmptyReady(control));
  uint64_t total = 0;
  for (;;) {
    TRY_ASSIGN(const std::optional<wire::Frames> frames,
               Or(numbers.Receive(), wire::sealer::Failure::kNumbers));
    if (!frames) return total;
    std::vector<wire::sealer::Reply> replies;
    for (uint32_t i = 0; i < frames->count; ++i) {
      const memory::Wiped<wire::sealer::ReplyNumber> from{frames->As<wire::sealer::ReplyNumber>(i)};
      memory::Wiped<NumberBytes> bytes;
      std::ranges::copy(from.number, bytes.begin());
      Step<number::PhoneNumber> number = Take(keys, bytes);
      if (!number && number.error() == wire::sealer::Failure::kNumbers) return Stop(number.error());
      // One that these keys may not have: anybody can write one as the source of a text, and it
      // must not end the run. Nobody was texted under it, and nobody hears that it is recorded.
      if (!number) continue;
      wire::sealer::Reply& reply = replies.emplace_back();
      reply.sequence = from.sequence;
      std::ranges::copy(keys.opt_out->Of(*number).bytes, reply.opt_out_token);
    }
    if (!replies.empty())
      TRY(Or(control.Send<wire::sealer::Reply>(wire::sealer::kReplies, replies),
             wire::sealer::Failure::kInternal));
    total += replies.size();
    numbers.WipeReceived();
    memory::WipeStack();
  }
}

Step<uint64_t> Work(wire::Channel& control, OwnedFd numbers_fd, OwnedFd passphrase) {
  TRY_ASSIGN(const wire::Frames frames,
             Or(control.Expect(wire::sealer::kStart), wire::sealer::Failure::kInternal));
  if (frames.count != 1) return Stop(wire::sealer::Failure::kInternal);
  const auto known = frames.AsKnown<wire::sealer::Start>();
  if (!known) return Stop(wire::sealer::Failure::kInternal);
  const wire::sealer::Start& start = *known;
  if (start.job == wire::sealer::Job::kMakeKeys) {
    TRY(MakeKeys(control, start.kdf_cost, std::move(passphrase)));
    return 4;
  }
  const std::span<const wire::Rule> rules =
      start.job == wire::sealer::Job::kListen
          ? std::span<const wire::Rule>(wire::sealer::kRepliesToSealer)
          : wire::reader::kNumbersToSealer;
  wire::Channel numbers(
      std::move(numbers_fd), {}, rules,
      start.job == wire::sealer::Job::kListen ? "signpost-sender" : "signpost-reader");
  TRY_ASSIGN(Keys keys, LoadKeys(control, start.job, std::move(passphrase)));
  switch (start.job) {
    case wire::sealer::Job::kImport:
      return Import(control, numbers, start, keys);
    case wire::sealer::Job::kOptOut:
      return Tokens(control, numbers, keys, *keys.opt_out);
    case wire::sealer::Job::kProtect:
      return Tokens(control, numbers, keys, *keys.contact);
    case wire::sealer::Job::kListen:
      return Listen(control, numbers, keys);
    case wire::sealer::Job::kMakeKeys:
      break;
  }
  return Stop(wire::sealer::Failure::kInternal);
}

}  // namespace

Result<void> PrepareLibraries() {
  PrepareCrypto();
  // Fetches the MAC and the key derivation once; the keys are nobody's.
  TRY_ASSIGN(token::HmacSha256 mac, token::HmacSha256::Create(std::array<uint8_t, 32>{}));
  mac.Of({});
  std::array<uint8_t, 32> out;
  TRY(memory::HkdfSha256(out, {}, AsBytes("prepare"), out));
  Sha256(ByteView{});
  return {};
}

int RunSealer(OwnedFd control_fd, OwnedFd numbers, OwnedFd passphrase) {
  wire::Channel control(std::move(control_fd), wire::sealer::kFromSealer, wire::sealer::kToSealer,
                        "signpost");
  const Step<uint64_t> total = Work(control, std::move(numbers), std::move(passphrase));
  if (total) return control.SendOne(wire::sealer::kEnd, *total) ? 0 : ExitCode(Code::kInternal);
  const wire::sealer::Failed failed{total.error()};
  const Result<void> told = control.SendOne(wire::sealer::kFailed, failed);
  return ExitCode(told ? Code::kRefused : Code::kInternal);
}

}  // namespace signpost::sealer
