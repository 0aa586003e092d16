// Lists the messages between signpost and signpost-sealer, and those that the sender sends the
// sealer while a dispatch listens for replies. Those from the reader are in reader_boundary.h.
//
// Descriptors of signpost-sealer: 3 control (signpost), 4 numbers (from the reader or the sender),
// 5 the passphrase.
#pragma once

#include "core/shared/wire/channel.h"
#include "crypto/custody/header/key_file_header.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::wire::sealer {

constexpr int kNumbersFd = 4;
constexpr int kPassphraseFd = 5;

enum class Job : uint8_t {
  kImport = 0,    // both tokens and a sealed record for each number
  kOptOut = 1,    // opt-out tokens only
  kProtect = 2,   // contact tokens only
  kListen = 3,    // replies from the sender: opt-out tokens, each with its sequence number
  kMakeKeys = 4,  // init: the root, and the purpose keys derived from it, wrapped
  kLast = kMakeKeys
};

struct Start {
  Job job;
  custody::KdfCost kdf_cost;  // kMakeKeys only
  uint8_t zero[2];
  int32_t expiry_day;  // of the section; kImport only
  SectionId section;
  EpochId epoch;
  uint8_t epoch_public_key[32];
  constexpr bool IsKnown() const { return IsValueOf(job) && IsValueOf(kdf_cost); }
};
static_assert(sizeof(Start) == 72);

struct SealedPerson {  // one number of an import, in the order the reader sent it
  uint8_t contact_token[32];
  uint8_t opt_out_token[32];
  RecordId record_id;
  uint8_t box[32];
  int32_t last_contact;  // as the reader said it: kNoDay, or the day
  uint8_t traffic;
  uint8_t zero[3];
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(SealedPerson) == 120);

struct Reply {        // kListen
  uint64_t sequence;  // the sender's
  uint8_t opt_out_token[32];
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(Reply) == 40);

struct ReplyNumber {  // sender -> sealer
  uint64_t sequence;
  uint8_t number[16];
  static constexpr bool kNoEnums = true;
};
static_assert(sizeof(ReplyNumber) == 24);

enum class Failure : uint32_t {
  kNone = 0,
  kPassphrase,    // does not open a key
  kKeyFile,       // not the key that is needed
  kNotFictional,  // a rehearsal's keys, and a number outside the drama range
  kFictional,     // live keys and a number inside it
  kNumbers,       // the numbers channel broke off or sent what its table does not allow
  kMemory,        // cannot lock memory
  kInternal,
  kLast = kInternal
};
struct Failed {
  Failure failure;
  constexpr bool IsKnown() const { return IsValueOf(failure); }
};

enum Kind : uint8_t {
  kStart = 1,
  kKeyFile,
  kTrust,  // from signpost
  kReady,
  kPeople,
  kTokens,
  kReplies,
  kEnd,
  kMadeKey,
  kFailed,       // to signpost
  kReplyNumber,  // sender -> sealer
};

constexpr uint32_t kKeyFileMax = 16384;
constexpr uint32_t kMaxPeople = 1024;

enum ToState : uint8_t { kAtStart = 0, kAtKeys };
enum FromState : uint8_t { kPreparing = 0, kWorking, kSilent };
enum RepliesState : uint8_t { kListening = 0 };

constexpr Rule kToSealer[] = {
    {kStart, kAtStart, kAtKeys, sizeof(Start), 1, 1},
    // opt-out-token and contact-token, as the job needs
    {kKeyFile, kAtKeys, kAtKeys, 1, kKeyFileMax, 2},
    // kMakeKeys: EncodeKeyFileHeader with the trust root
    {kTrust, kAtKeys, kAtKeys, 1, kKeyFileMax, 1},
};
constexpr Rule kFromSealer[] = {
    // root, contact-token, opt-out-token, opener-state
    {kMadeKey, kPreparing, kPreparing, 1, kKeyFileMax, 4},
    // kImport: the section header; else zero
    {kReady, kPreparing, kWorking, seal::SealedFileHeader::kSectionBytes, 1, 1},
    {kPeople, kWorking, kWorking, sizeof(SealedPerson), kMaxPeople, 0},
    // kOptOut: opt-out tokens; kProtect: contact tokens
    {kTokens, kWorking, kWorking, 32, kMaxPeople, 0},
    {kReplies, kWorking, kWorking, sizeof(Reply), 64, 0},
    {kEnd, kPreparing, kSilent, sizeof(uint64_t), 1, 1},  // kMakeKeys
    // How many numbers there were: all of them, in order
    {kEnd, kWorking, kSilent, sizeof(uint64_t), 1, 1},
    {kFailed, kPreparing, kSilent, sizeof(Failed), 1, 1},
    {kFailed, kWorking, kSilent, sizeof(Failed), 1, 1},
};
constexpr Rule kRepliesToSealer[] = {
    {kReplyNumber, kListening, kListening, sizeof(ReplyNumber), 64, 0, 0, true},
};

}  // namespace signpost::wire::sealer
