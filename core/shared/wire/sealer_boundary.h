// signpost <-> signpost-sealer, and what the sealer is sent by the reader (reader_boundary.h) or,
// while a dispatch listens for replies, by the sender.
//
// Descriptors of signpost-sealer: 3 control (signpost), 4 numbers (from the reader or the sender),
// 5 the passphrase.
#pragma once

#include "core/shared/wire/channel.h"
#include "crypto/seal/format/sealed_file.h"

namespace signpost::wire::sealer {

constexpr int kControlFd = 3;
constexpr int kNumbersFd = 4;
constexpr int kPassphraseFd = 5;

enum class Job : uint8_t {
  kImport = 0,    // both tokens and a sealed record for each number
  kOptOut = 1,    // opt-out tokens only
  kProtect = 2,   // contact tokens only
  kListen = 3,    // replies from the sender: opt-out tokens, each with its sequence number
  kMakeKeys = 4,  // init: the root, and the purpose keys derived from it, wrapped
};

struct Start {
  uint8_t job;       // Job
  uint8_t kdf_cost;  // KdfCost; kMakeKeys only
  uint8_t zero[2];
  int32_t expiry_day;  // of the section; kImport only
  uint8_t section[16];
  uint8_t epoch[16];
  uint8_t epoch_public_key[32];
};
static_assert(sizeof(Start) == 72);

struct Arrival {  // one number of an import, in the order the reader sent it
  uint8_t contact_token[32];
  uint8_t opt_out_token[32];
  uint8_t record_id[16];
  uint8_t box[32];
  int32_t last_contact;  // as the reader said it: kNoDay, or the day
  uint8_t traffic;
  uint8_t zero[3];
};
static_assert(sizeof(Arrival) == 120);

struct Reply {        // kListen
  uint64_t sequence;  // the sender's
  uint8_t opt_out_token[32];
};
static_assert(sizeof(Reply) == 40);

struct ReplyNumber {  // sender -> sealer
  uint64_t sequence;
  uint8_t number[16];
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
};
struct Failed {
  uint32_t failure;  // Failure
};

enum Kind : uint8_t {
  kStart = 1,
  kKeyFile,
  kTrust,  // from signpost
  kReady,
  kArrivals,
  kTokens,
  kReplies,
  kEnd,
  kMadeKey,
  kFailed,       // to signpost
  kReplyNumber,  // sender -> sealer
};

constexpr uint32_t kKeyFileMax = 16384;
constexpr uint32_t kArrivalsMax = 1024;

constexpr Rule kToSealer[] = {
    {kStart, 0, 1, sizeof(Start), 1, 1},
    {kKeyFile, 1, 1, 1, kKeyFileMax, 2},  // opt-out-token and contact-token, as the job needs
    {kTrust, 1, 1, 1, kKeyFileMax, 1},    // kMakeKeys: EncodeKeyFileHeader with the trust root
};
constexpr Rule kFromSealer[] = {
    {kMadeKey, 0, 0, 1, kKeyFileMax, 4},  // root, contact-token, opt-out-token, opener-state
    {kReady, 0, 1, seal::SealedFileHeader::kSectionBytes, 1,
     1},  // kImport: the section header; else zero
    {kArrivals, 1, 1, sizeof(Arrival), kArrivalsMax, 0},
    {kTokens, 1, 1, 32, kArrivalsMax, 0},  // kOptOut: opt-out tokens; kProtect: contact tokens
    {kReplies, 1, 1, sizeof(Reply), 64, 0},
    {kEnd, 0, 2, sizeof(uint64_t), 1, 1},  // kMakeKeys
    {kEnd, 1, 2, sizeof(uint64_t), 1, 1},  // how many numbers there were: all of them, in order
    {kFailed, 0, 2, sizeof(Failed), 1, 1},
    {kFailed, 1, 2, sizeof(Failed), 1, 1},
};
constexpr Rule kRepliesToSealer[] = {
    {kReplyNumber, 0, 0, sizeof(ReplyNumber), 64, 0, 0, true},
};

}  // namespace signpost::wire::sealer
