// Defines the events that the ledger records, each encoded as one JSON object on one line with
// sorted keys and no blanks. The exact bytes (without a newline) are the leaf. Format and mapping
// to section 62 of the Data Protection Act 2018: core/shared/ledger/FORMAT.md.
//
// Never a token, never anything derived from a number, never a case reference. Counts are salted
// commitments; their openings go only to the auditor, so the ledger can be shown to anyone.
//
// Every entry has: "event", "at" (instant), "by" (operator), "s62" (collection, alteration,
// consultation, disclosure, combination or erasure).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/shared/ledger/run_end.h"
#include "crypto/base/bytes.h"
#include "crypto/base/mode.h"
#include "crypto/base/result.h"
#include "crypto/base/time.h"

namespace signpost::ledger {

// Counts by name ("new", "repeated", "withheld.opted-out", "sent"); at most 64 names.
using Counts = std::map<std::string, uint64_t>;

// SHA-256("signpost-counts/v1\n" || salt (32) || compact JSON of the counts with sorted keys).
using Commitment = Digest;
struct Opening {
  std::array<uint8_t, 32> salt{};
  Counts counts;
  friend bool operator==(const Opening&, const Opening&) = default;
};
Commitment Commit(const Opening& opening);
Opening FreshOpening(Counts counts);  // random salt

constexpr size_t kMaxEntryBytes = 65535;
constexpr size_t kMaxSections = 1500;
constexpr size_t kMaxCountNames = 64;

// {"new":3,"repeated":1}: compact, sorted.
std::string EncodeCounts(const Counts& counts);
Result<Counts> DecodeCounts(std::string_view json);  // kCorrupt; exactly what EncodeCounts writes
// {"counts":{...},"index":7,"salt":"<64 hex>"}: one line of openings.jsonl, without its newline.
std::string EncodeOpening(uint64_t index, const Opening& opening);
Result<std::pair<uint64_t, Opening>> DecodeOpening(std::string_view json);  // kCorrupt

struct HomeCreated {  // always entry 0
  Mode mode = Mode::kLive;
  Digest policy{};  // the genesis policy
  std::string ledger_vkey;
  std::string software;  // "signpost 0.1.0"
};
struct PolicyApplied {
  Digest previous{}, next{};
  std::vector<std::string>
      approved_by;  // names; the signed statement is evidence beside the ledger
};
struct EpochCreated {
  EpochId epoch;
  Digest public_key_hash{};  // SHA-256 of the 32 bytes
  Day from, deadline;
};
struct EpochDestroyed {
  EpochId epoch;
};
struct ImportDone {  // counts: found, new, repeated, withheld.<reason>, rejected.<reason>
  ImportId import;
  SectionId section;  // the intake
  EpochId epoch;
  Day expiry;                  // of its sealed numbers
  std::string number_library;  // "libphonenumber 8.12.57"
  Commitment counts{};
};
struct OptOutsRecorded {  // counts: given, new; rejected.<reason>
  std::string source;     // "operator", "reply"
  // Running hash of optouts.log after it (salted: see core/signpost/optout/FORMAT.md).
  Digest log_hash{};
  Commitment counts{};
};
struct ProtectedRecorded {  // counts: given, new; rejected.<reason>
  Commitment counts{};
};
struct BatchPlanned {  // counts: records, withheld.<reason> (left out for good), left
  BatchId batch;
  Digest manifest{};  // hash of the manifest text
  Digest policy{};
  std::vector<SectionId> sections;
  Instant expires;
  Commitment counts{};
};
struct BatchApproved {
  BatchId batch;
  Digest manifest{};
  std::string approver;
};
struct ApprovalWithdrawn {
  BatchId batch;
  std::string approver;
};
struct BatchCancelled {  // counts: returned (eligible again), and what was sent before
  BatchId batch;
  Commitment counts{};
};
struct BatchOpened {  // before the opener is started: log before use
  BatchId batch;
  RunId run;
};
struct BatchRunEnded {  // counts of this run: sent, refused, unknown, withheld.<reason>
  BatchId batch;
  RunId run;
  RunEnd why = RunEnd::kCrashed;
  std::string to;  // gateway name and host: the recipient of the disclosure
  Commitment counts{};
};
struct BatchFinished {  // terminal. counts over all runs: sent, delivered?, refused, unknown,
                        // withheld.<reason>, expired
  BatchId batch;
  bool expired = false;  // it ended because its expiry or an epoch's deadline came first
  Commitment counts{};
};
struct OutcomesChanged {  // receipts that came after the run: counts by "<from>.<to>"
  BatchId batch;
  Commitment counts{};
};
struct Swept {  // counts: removed by class, and outstanding (sealed numbers still held)
  Commitment counts{};
  std::vector<EpochId> epochs_live;  // keys that exist after this sweep
};
struct RecordsLost {  // a row's file was missing at start
  Commitment counts{};
};
struct EvidencePublished {
  bool with_openings = false;
};

using EventBody =
    std::variant<HomeCreated, PolicyApplied, EpochCreated, EpochDestroyed, ImportDone,
                 OptOutsRecorded, ProtectedRecorded, BatchPlanned, BatchApproved, ApprovalWithdrawn,
                 BatchCancelled, BatchOpened, BatchRunEnded, BatchFinished, OutcomesChanged, Swept,
                 RecordsLost, EvidencePublished>;

struct Event {
  Instant at;
  std::string by;  // who ran the command; at most 64 printable bytes
  EventBody body;
};

// Total: texts are cut to their length and anything but printable ASCII in them becomes '?', so
// that what is encoded can always be decoded. At most kMaxEntryBytes as long as a plan names at
// most kMaxSections sections and a sweep that many epochs (plan must keep to it).
std::string EncodeEvent(const Event& event);
// Strict: unknown event, unknown or missing key, bytes that Encode would not write: kCorrupt.
Result<Event> DecodeEvent(std::string_view entry);
std::string_view EventName(const EventBody& body);      // "home.created", "batch.opened", ...
const Commitment* CommitmentOf(const EventBody& body);  // null: this event has no counts
std::string_view Section62(const EventBody& body);      // "collection", ...

}  // namespace signpost::ledger
