// Ranges out and outcomes in: the half of a run that keeps the journal.
#include <algorithm>

#include "core/signpost/dispatch/run.h"

namespace signpost::dispatch {
namespace {

constexpr size_t kMaxAsked = 2;  // the opener's table: one being opened, one waiting for us
constexpr size_t kMaxEarlyReceipts = 100'000;
constexpr size_t kMaxUnrecorded = 1024;
constexpr int64_t kRecordMs = 50;  // outcomes wait no longer than this for a range to go with

store::Settlement ToSettlement(const wire::sender::Settled& settled) {
  store::Settlement settlement;
  settlement.position = settled.position;
  settlement.outcome = settled.outcome;
  settlement.status = settled.status;
  std::copy(std::begin(settled.id_hash), std::end(settled.id_hash), settlement.id_hash.begin());
  return settlement;
}

bool MaySettleAs(wire::sender::Outcome outcome) {
  switch (outcome) {
    case wire::sender::Outcome::kSent:
    case wire::sender::Outcome::kRefused:
    case wire::sender::Outcome::kUnknown:
    case wire::sender::Outcome::kNotSubmitted:
      return true;
    case wire::sender::Outcome::kDelivered:
    case wire::sender::Outcome::kUndelivered:
      break;
  }
  return false;
}

// How much of the range is asked for at a time. Large, since each part costs two syncs; but no more
// than leaves a sender something to send while the next part is recorded: one with a full window
// and nothing behind it has nothing to acknowledge answers with, and a peer that waits for that
// (Nagle) and a kernel that delays it make 40 ms of it.
uint32_t PartOf(const policy::Manifest& manifest, uint32_t lanes) {
  const uint64_t in_windows = uint64_t{manifest.window} * lanes;
  const uint64_t spare = manifest.range - std::min<uint64_t>(manifest.range, in_windows);
  const uint64_t part = std::clamp<uint64_t>(spare * 2 / 3, manifest.range / 8, manifest.range / 2);
  return static_cast<uint32_t>(std::max<uint64_t>(1, part / lanes));
}

}  // namespace

DispatchRun::LaneState* DispatchRun::IdlestLane() {
  LaneState* best = nullptr;
  for (LaneState& lane : lanes_) {
    if (lane.bound && !lane.done && (best == nullptr || lane.load < best->load)) best = &lane;
  }
  return best;
}

Result<void> DispatchRun::AskForRanges() {
  const policy::Manifest& manifest = documents_.paper.manifest;
  const uint32_t part = PartOf(manifest, static_cast<uint32_t>(lanes_.size()));
  while (asked_.size() < kMaxAsked && ask_ < manifest.records && IdlestLane() != nullptr) {
    uint32_t held = 0;
    for (const Asked& asked : asked_) held += asked.range.count;
    const uint32_t count = std::min({part, manifest.records - ask_, manifest.range - held});
    if (count == 0) return {};
    if (asked_.empty() && released_ == 0) opener_heard_ms_ = MonotonicMillis();  // it owed nothing
    asked_.push_back({wire::opener::Range{ask_, count}, {}});
    // It may have ended, because its senders did: what it said is read next.
    TRY(opener_.control.UnlessGone(
        opener_.control.SendOne(wire::opener::kOpenRange, asked_.back().range)));
    ask_ += count;
  }
  return {};
}

Result<void> DispatchRun::OnTokens(const wire::Frames& frames) {
  const auto due = std::find_if(asked_.begin(), asked_.end(),
                                [](const Asked& asked) { return asked.tokens.empty(); });
  if (due == asked_.end() || frames.count != due->range.count) {
    return Fail(Code::kCorrupt, "sent tokens for another range", "signpost-opener");
  }
  due->tokens.reserve(frames.count);
  for (uint32_t i = 0; i < frames.count; ++i) {
    due->tokens.push_back({frames.As<std::array<uint8_t, 32>>(i), generation_});
  }
  return {};
}

Result<void> DispatchRun::AttemptRange() {
  LaneState* const lane = IdlestLane();
  if (asked_.empty() || asked_.front().tokens.empty() || lane == nullptr) return {};
  const wire::opener::Range range = asked_.front().range;
  if (attempting_ + range.count > documents_.paper.manifest.range) return {};
  std::vector<RecordId> records;
  records.reserve(range.count);
  for (uint32_t i = 0; i < range.count; ++i) {
    records.push_back(file_.records[range.first + i].record.id);
  }
  TRY_ASSIGN(const std::vector<policy::Eligibility> verdicts,
             home_.store->BeginAttempt(request_.batch, range.first, records, asked_.front().tokens,
                                       home_.clock.Now().day(), settled_));
  settled_.clear();
  const auto index = static_cast<uint8_t>(lane - lanes_.data());
  std::vector<uint8_t> release;
  release.reserve(range.count);
  for (uint32_t i = 0; i < range.count; ++i) {
    if (verdicts[i] != policy::Eligibility::kEligible) {
      release.push_back(static_cast<uint8_t>(verdicts[i]));
      ++settled_count_;
      continue;
    }
    release.push_back(static_cast<uint8_t>(wire::opener::kReleaseTo | index));
    in_flight_[range.first + i] = static_cast<uint8_t>(index + 1);
    ++attempting_;
    ++lane->load;
  }
  next_ = range.first + range.count;
  asked_.pop_front();
  ++released_;
  opener_heard_ms_ = lane->heard_ms = MonotonicMillis();
  return opener_.control.UnlessGone(
      opener_.control.Send(wire::opener::kRelease, std::span<const uint8_t>(release)));
}

Result<void> DispatchRun::EndOpener() {
  if (opener_ending_ || opener_done_) return {};
  opener_ending_ = true;
  opener_heard_ms_ = MonotonicMillis();  // it owed nothing until now
  asked_.clear();
  // It may have refused and gone already: what it said is read next.
  return opener_.control.UnlessGone(opener_.control.SendEmpty(wire::opener::kEndRun));
}

Result<void> DispatchRun::OnSettled(LaneState& lane, const wire::Frames& frames) {
  if (frames.count > 0) lane.dials = 0;  // an answer: the link is worth another, a day later too
  const auto index = static_cast<size_t>(&lane - lanes_.data());
  for (uint32_t i = 0; i < frames.count; ++i) {
    const auto settled = frames.AsKnown<wire::sender::Settled>(i);
    if (!settled || !MaySettleAs(settled->outcome)) {
      return Fail(Code::kCorrupt, "settled a record as what is no outcome", "signpost-sender");
    }
    if (settled->position >= in_flight_.size() || in_flight_[settled->position] != index + 1) {
      return Fail(Code::kCorrupt, "settled a record that was not in flight", "signpost-sender");
    }
    in_flight_[settled->position] = 0;
    --attempting_;
    --lane.load;
    settled_.push_back(ToSettlement(*settled));
    ++settled_count_;
  }
  if (record_due_ms_ == INT64_MAX) record_due_ms_ = MonotonicMillis() + kRecordMs;
  return {};
}

Result<void> DispatchRun::OnLate(const wire::Frames& frames) {
  std::vector<store::Settlement> late;
  for (uint32_t i = 0; i < frames.count; ++i) {
    const auto settled = frames.AsKnown<wire::sender::Settled>(i);
    if (!settled || settled->position >= next_ || in_flight_[settled->position] != 0) {
      return Fail(Code::kCorrupt, "a late answer to a record in flight", "signpost-sender");
    }
    late.push_back(ToSettlement(*settled));
  }
  TRY(Record(true));  // that they are unknown may not be in the store yet
  return home_.store->SettleLate(request_.batch, late);
}

Result<void> DispatchRun::OnReceipts(const wire::Frames& frames) {
  for (uint32_t i = 0; i < frames.count; ++i) {
    const auto receipt = frames.AsKnown<wire::sender::Receipt>(i);
    if (!receipt) return Fail(Code::kCorrupt, "a receipt of no outcome", "signpost-sender");
    receipts_.push_back(*receipt);
  }
  if (record_due_ms_ == INT64_MAX) record_due_ms_ = MonotonicMillis() + kRecordMs;
  return {};
}

// Outcomes usually go with the next range, in its transaction. Not when there is none for a while,
// and before receipts, which are matched by the ids that came with them.
Result<void> DispatchRun::Record(bool now) {
  const bool many = settled_.size() >= kMaxUnrecorded || receipts_.size() >= kMaxUnrecorded;
  const bool due = now || many || MonotonicMillis() >= record_due_ms_;
  if (!due) return {};
  record_due_ms_ = INT64_MAX;
  if (!settled_.empty()) TRY(home_.store->Settle(request_.batch, settled_));
  settled_.clear();
  if (receipts_.empty()) return {};
  TRY_ASSIGN(const uint32_t matched, home_.store->SettleReceipts(receipts_));
  // A receipt may overtake the answer that names its message: it is tried again at the end.
  const bool room = early_receipts_.size() + receipts_.size() <= kMaxEarlyReceipts;
  if (matched < receipts_.size() && room) {
    early_receipts_.insert(early_receipts_.end(), receipts_.begin(), receipts_.end());
  }
  receipts_.clear();
  return {};
}

// The sender is gone: what it had not settled is unknown, for good.
Result<void> DispatchRun::LoseInFlight(LaneState& lane) {
  const auto mine = static_cast<uint8_t>(&lane - lanes_.data() + 1);
  for (uint32_t position = 0; position < next_; ++position) {
    if (in_flight_[position] != mine) continue;
    in_flight_[position] = 0;
    --attempting_;
    --lane.load;
    settled_.push_back({position, wire::sender::Outcome::kUnknown, 0, {}});
  }
  return Record(true);
}

}  // namespace signpost::dispatch
