// Lists the messages between signpost and signpost-opener. Those from the opener to the sender are
// in sender_boundary.h.
//
// Descriptors of signpost-opener: 3 control (signpost), 4 to the sender, 5 the passphrase, 6 its
// own state: one file of fixed size (core/opener/state.h); 7 to 9 to further senders, one for each
// bind beyond the first (/dev/null where there are fewer).
//
// Two ranges may be out at a time, together no larger than the manifest's range: one is being
// attempted by signpost while the next is opened. They are released in the order they were asked
// for.
//
// Before kGo the opener answers nothing but the end of the channel, so that both sides cannot wait
// for each other with full buffers: a refusal waits until everything was received.
//
// Jobs: kMakeState writes a first state; kMakeEpoch makes an epoch's key pair and returns it
// wrapped; kDispatch opens one batch. The clock is the opener's own; a shift is refused by live
// keys.
#pragma once

#include "core/shared/wire/channel.h"

namespace signpost::wire::opener {

constexpr int kSenderFds[] = {4, 7, 8, 9};
constexpr int kPassphraseFd = 5;
constexpr int kStateFd = 6;
constexpr uint8_t kMaxSenders = std::size(kSenderFds);
constexpr size_t kStateBytes = 40960;  // of the file behind kStateFd

enum class Job : uint8_t { kMakeState = 0, kMakeEpoch = 1, kDispatch = 2, kLast = kDispatch };

struct Start {
  int64_t clock_shift_seconds;
  Job job;
  uint8_t want_receipts;
  uint8_t senders;  // kDispatch: 1..kMaxSenders; the pace is divided between them
  uint8_t zero;
  uint32_t next_position;  // where this run begins
  BatchId batch;
  RunId run;
  int32_t epoch_from_day;  // kMakeEpoch
  int32_t epoch_deadline_day;
  uint32_t response_timeout_ms;  // for the sender; bounded by it
  uint32_t enquire_link_ms;
  uint32_t receipt_wait_ms;
  uint32_t zero2;
  constexpr bool IsKnown() const { return IsValueOf(job); }
};
static_assert(sizeof(Start) == 72);

struct Accepted {
  uint32_t mark;  // the first position that no earlier run opened
  uint32_t records;
  static constexpr bool kNoEnums = true;
};
struct Refused {
  uint32_t refusal;  // as policy::RefusalOf reads it
  uint32_t zero;
  uint64_t entry;  // for kLedgerEntries: which; else 0
  static constexpr bool kNoEnums = true;
};
struct Range {
  uint32_t first;
  uint32_t count;
  static constexpr bool kNoEnums = true;
};

enum Kind : uint8_t {
  kStart = 1,
  kKeyFile,
  kCheckpoint,
  kEntry,
  kPolicy,
  kPolicyChange,
  kManifest,
  kMessage,
  kBatchFile,
  kGo,
  kOpenRange,
  kRelease,
  kEndRun,  // from signpost
  kMadeKey,
  kAccepted,
  kRefused,
  kTokens,
  kPassed,
  kDone,  // to signpost
};

constexpr uint32_t kKeyFileMax = 16384;
constexpr uint32_t kTextMax = 1u << 20;
constexpr uint32_t kEntryMax = 65535;
constexpr uint32_t kRangeMax = 1000;
constexpr uint8_t kReleaseTo = 0x80;  // plus the sender: 0..senders-1
constexpr uint32_t kChunk = 1u << 20;
constexpr uint32_t kChunksMax = 8;  // the largest batch: 100,000 records, 1,500 sections
// All policies and changes together; kept in memory.
constexpr size_t kPoliciesBytesMax = 16u << 20;

enum ToState : uint8_t {
  kAtStart = 0,
  kAtKeys,
  kAtEvidence,
  kAtWork,       // no range is out
  kAtRange,      // one is
  kAtTwoRanges,  // two are
  kAtEnd,
};
enum FromState : uint8_t { kAnswering = 0, kServing, kSilent };

constexpr Rule kToOpener[] = {
    {kStart, kAtStart, kAtKeys, sizeof(Start), 1, 1},
    // opener-state first, then opt-out-token, then epochs
    {kKeyFile, kAtKeys, kAtKeys, 1, kKeyFileMax, 256},
    {kCheckpoint, kAtKeys, kAtEvidence, 1, kKeyFileMax, 1},
    // All of them, in order: see core/opener/evidence.h
    {kEntry, kAtEvidence, kAtEvidence, 1, kEntryMax, 0},
    {kPolicy, kAtEvidence, kAtEvidence, 1, kTextMax, 1024},        // texts, genesis first
    {kPolicyChange, kAtEvidence, kAtEvidence, 1, kTextMax, 1024},  // signed notes, in order
    {kManifest, kAtEvidence, kAtEvidence, 1, kTextMax, 1},
    {kMessage, kAtEvidence, kAtEvidence, 1, kTextMax, 1},
    {kBatchFile, kAtEvidence, kAtEvidence, 1, kChunk, kChunksMax},
    {kGo, kAtEvidence, kAtWork, 0, 0, 1},
    {kOpenRange, kAtWork, kAtRange, sizeof(Range), 1, 0},
    {kOpenRange, kAtRange, kAtTwoRanges, sizeof(Range), 1, 0},
    // One byte a record: kReleaseTo + sender, or Eligibility
    {kRelease, kAtRange, kAtWork, 1, kRangeMax, 0},
    {kRelease, kAtTwoRanges, kAtRange, 1, kRangeMax, 0},
    {kEndRun, kAtWork, kAtEnd, 0, 0, 1},
    {kEndRun, kAtRange, kAtEnd, 0, 0, 1},  // instead of a release: nothing of what is out goes on
    {kEndRun, kAtTwoRanges, kAtEnd, 0, 0, 1},
};
constexpr Rule kFromOpener[] = {
    {kMadeKey, kAnswering, kAnswering, 1, kKeyFileMax, 1},
    {kDone, kAnswering, kSilent, 0, 0, 1},
    {kRefused, kAnswering, kSilent, sizeof(Refused), 1, 1},
    {kAccepted, kAnswering, kServing, sizeof(Accepted), 1, 1},
    {kTokens, kServing, kServing, 32, kRangeMax, 0},        // opt-out tokens of the range, in order
    {kPassed, kServing, kServing, sizeof(uint32_t), 1, 0},  // how many went on to the sender
    // Hours, expiry, a record that does not open
    {kRefused, kServing, kSilent, sizeof(Refused), 1, 1},
    {kDone, kServing, kSilent, 0, 0, 1},
};

}  // namespace signpost::wire::opener
