// signpost <-> signpost-opener. What the opener sends the sender is in sender_boundary.h.
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

constexpr int kControlFd = 3;
constexpr int kSenderFd = 4;
constexpr int kPassphraseFd = 5;
constexpr int kStateFd = 6;
constexpr int kMoreSenderFds[] = {7, 8, 9};
constexpr uint8_t kMaxSenders = 4;
constexpr size_t kStateBytes = 40960;  // of the file behind kStateFd

enum class Job : uint8_t { kMakeState = 0, kMakeEpoch = 1, kDispatch = 2 };

struct Start {
  int64_t clock_shift_seconds;
  uint8_t job;  // Job
  uint8_t want_receipts;
  uint8_t senders;  // kDispatch: 1..kMaxSenders; the pace is divided between them
  uint8_t zero;
  uint32_t next_position;  // where this run begins
  uint8_t batch[16];
  uint8_t run[16];
  int32_t epoch_from_day;  // kMakeEpoch
  int32_t epoch_deadline_day;
  uint32_t response_timeout_ms;  // for the sender; bounded by it
  uint32_t enquire_link_ms;
  uint32_t receipt_wait_ms;
  uint32_t zero2;
};
static_assert(sizeof(Start) == 72);

struct Accepted {
  uint32_t mark;  // the first position that no earlier run opened
  uint32_t records;
};
struct Refused {
  uint32_t refusal;  // Refusal of policy/decision.h
  uint32_t zero;
  uint64_t entry;  // for kLedgerEntries: which; else 0
};
struct Range {
  uint32_t first;
  uint32_t count;
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
constexpr uint32_t kChunksMax =
    8;  // the largest batch: 100,000 records of 52 bytes, 1,500 sections
constexpr size_t kPoliciesBytesMax = 16u
                                     << 20;  // all policies and changes together; kept in memory

// States: 0 start, 1 keys, 2 evidence, 3 running, 4 a range is out, 6 two are; 5 the end.
constexpr Rule kToOpener[] = {
    {kStart, 0, 1, sizeof(Start), 1, 1},
    {kKeyFile, 1, 1, 1, kKeyFileMax, 256},  // opener-state first, then opt-out-token, then epochs
    {kCheckpoint, 1, 2, 1, kKeyFileMax, 1},
    {kEntry, 2, 2, 1, kEntryMax, 0},           // all of them, in order: see core/opener/evidence.h
    {kPolicy, 2, 2, 1, kTextMax, 1024},        // texts, genesis first
    {kPolicyChange, 2, 2, 1, kTextMax, 1024},  // signed notes, in order
    {kManifest, 2, 2, 1, kTextMax, 1},
    {kMessage, 2, 2, 1, kTextMax, 1},
    {kBatchFile, 2, 2, 1, kChunk, kChunksMax},
    {kGo, 2, 3, 0, 0, 1},
    {kOpenRange, 3, 4, sizeof(Range), 1, 0},
    {kOpenRange, 4, 6, sizeof(Range), 1, 0},
    {kRelease, 4, 3, 1, kRangeMax, 0},  // one byte a record: kReleaseTo + sender, or Eligibility
    {kRelease, 6, 4, 1, kRangeMax, 0},
    {kEndRun, 3, 5, 0, 0, 1},
    {kEndRun, 4, 5, 0, 0, 1},  // instead of a release: nothing of what is out goes on
    {kEndRun, 6, 5, 0, 0, 1},
};
constexpr Rule kFromOpener[] = {
    {kMadeKey, 0, 0, 1, kKeyFileMax, 1},
    {kDone, 0, 2, 0, 0, 1},
    {kRefused, 0, 2, sizeof(Refused), 1, 1},
    {kAccepted, 0, 1, sizeof(Accepted), 1, 1},
    {kTokens, 1, 1, 32, kRangeMax, 0},        // opt-out tokens of the range, in order
    {kPassed, 1, 1, sizeof(uint32_t), 1, 0},  // how many went on to the sender
    {kRefused, 1, 2, sizeof(Refused), 1, 1},  // hours, expiry, a record that does not open
    {kDone, 1, 2, 0, 0, 1},
};

}  // namespace signpost::wire::opener
