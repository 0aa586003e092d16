#include "core/signpost/batch/selection.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "core/signpost/ingest/sealed_folder.h"
#include "policy/decision.h"

namespace signpost::batch {
namespace {

constexpr size_t kMinAtATime = 256, kMaxAtATime = 16384;  // places

// Unbiased, from the kernel's generator: who is texted first, and who not at all, must not be for
// anybody to guess or to steer.
uint64_t RandomBelow(uint64_t bound) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::array<uint8_t, 8> bytes;
    RandomBytes(bytes);
    const auto value = GetLe<uint64_t>(bytes);
    if (value < limit) return value % bound;
  }
}

// The numbers from 0 to size - 1 in a random order, each once. Keeps of the shuffled array what
// differs from the unshuffled one, and is ahead.
class Shuffle {
 public:
  explicit Shuffle(uint64_t size) : size_(size) {}
  uint64_t left() const { return size_ - next_; }
  uint64_t Next() {
    const uint64_t chosen = next_ + RandomBelow(left());
    const uint64_t value = At(chosen);
    if (chosen != next_) moved_[chosen] = At(next_);
    moved_.erase(next_++);
    return value;
  }

 private:
  uint64_t At(uint64_t index) const {
    const auto found = moved_.find(index);
    return found == moved_.end() ? index : found->second;
  }
  uint64_t size_, next_ = 0;
  std::unordered_map<uint64_t, uint64_t> moved_;
};

struct Intake {
  store::SealedFileRow row;
  uint64_t first = 0, end = 0;  // its places among those of all intakes
  store::IntakeShare share;
};

struct Drawn {  // one place that was drawn
  uint64_t place = 0;
  bool held = false;  // by somebody who is known; all below is of them
  uint32_t intake = 0;
  seal::SealedRecord record = {};
  seal::SectionHeader section = {};
  policy::Eligibility reason = policy::Eligibility::kEligible;
};

class Drawing {
 public:
  Drawing(const home::Home& home, Day today) : home_(home), today_(today) {}
  Result<Selection> Run(size_t at_most);

 private:
  Result<uint64_t> FindIntakes();  // how many places they have
  Result<void> Look(std::vector<Drawn>& drawn);
  Result<void> LookInto(uint32_t intake, std::span<Drawn*> drawn);
  void Take(const Drawn& drawn);
  Result<void> CheckAllWereThere() const;
  void Finish();

  const home::Home& home_;
  Day today_;
  std::vector<Intake> intakes_;
  std::map<SectionId, uint32_t> sections_;  // -> index into the batch's header
  uint64_t looked_at_ = 0;                  // people
  Selection selection_;
};

Result<uint64_t> Drawing::FindIntakes() {
  TRY_ASSIGN(const std::vector<store::SealedFileRow> files, home_.store->SealedFiles());
  uint64_t places = 0;
  for (const store::SealedFileRow& file : files) {
    if (file.kind != seal::SealedKind::kIntake) continue;
    TRY_ASSIGN(const ingest::SealedReader reader,
               ingest::SealedReader::Open(home_, file.file, file.kind));
    intakes_.push_back({file, places, places + reader.places(), {file.file, {}, {}, {}, 0}});
    places += reader.places();
  }
  return places;
}

// `drawn`: in the order of their places.
Result<void> Drawing::LookInto(uint32_t number, std::span<Drawn*> drawn) {
  Intake& intake = intakes_[number];
  TRY_ASSIGN(const ingest::SealedReader reader,
             ingest::SealedReader::Open(home_, intake.row.file, intake.row.kind));
  std::vector<Drawn*> there;
  std::vector<RecordId> ids;
  for (Drawn* one : drawn) {
    TRY_ASSIGN(const seal::FileRecord record, reader.At(one->place - intake.first));
    if (record.erased()) continue;
    one->intake = number;
    one->record = record.record;
    one->section = reader.header().sections[record.section];
    there.push_back(one);
    ids.push_back(record.record.id);
  }
  if (ids.empty()) return {};
  TRY_ASSIGN(auto facts, home_.store->Facts(intake.row.file, ids));
  for (size_t i = 0; i < there.size(); ++i) {
    // Nobody's any more, as after a restore of the file alone: nothing but erased.
    if (!facts[i]) {
      intake.share.to_erase.push_back(there[i]->place - intake.first);
      continue;
    }
    facts[i]->expiry = there[i]->section.expiry;  // what the opener goes by
    there[i]->held = true;
    there[i]->reason = policy::MayPlan(*facts[i], home_.policy.contacts, today_);
  }
  return {};
}

Result<void> Drawing::Look(std::vector<Drawn>& drawn) {
  std::vector<Drawn*> in_order;
  for (Drawn& one : drawn) in_order.push_back(&one);
  std::sort(in_order.begin(), in_order.end(),
            [](const Drawn* a, const Drawn* b) { return a->place < b->place; });
  size_t from = 0;
  for (uint32_t i = 0; i < intakes_.size() && from < in_order.size(); ++i) {
    size_t to = from;
    while (to < in_order.size() && in_order[to]->place < intakes_[i].end) ++to;
    if (to > from) TRY(LookInto(i, std::span(in_order).subspan(from, to - from)));
    from = to;
  }
  return {};
}

void Drawing::Take(const Drawn& drawn) {
  Intake& intake = intakes_[drawn.intake];
  if (drawn.reason != policy::Eligibility::kEligible) {
    ++selection_.withheld["withheld." + std::string(policy::EligibilityName(drawn.reason))];
    intake.share.withheld.push_back(drawn.record.id);
  } else {
    std::vector<seal::SectionHeader>& sections = selection_.header.sections;
    auto section = sections_.find(drawn.section.section);
    if (section == sections_.end()) {
      if (sections.size() == ledger::kMaxSections) return;  // stays for another batch
      section =
          sections_.emplace(drawn.section.section, static_cast<uint32_t>(sections.size())).first;
      sections.push_back(drawn.section);
    }
    selection_.records.push_back({section->second, drawn.record});
    intake.share.drawn.push_back(drawn.record.id);
  }
  intake.share.to_erase.push_back(drawn.place - intake.first);
}

Result<void> Drawing::CheckAllWereThere() const {
  uint64_t held = 0;
  for (const Intake& intake : intakes_) held += intake.row.records;
  if (held == looked_at_) return {};
  return Fail(Code::kCorrupt, "the intakes do not hold every sealed record", "sealed",
              "restore sealed/ and store.db of the same moment");
}

void Drawing::Finish() {
  for (Intake& intake : intakes_) {
    store::IntakeShare& share = intake.share;
    share.left = intake.row.records - share.drawn.size() - share.withheld.size();
    selection_.left += share.left;
    if (share.to_erase.empty()) continue;
    std::sort(share.to_erase.begin(), share.to_erase.end());
    selection_.shares.push_back(std::move(share));
  }
  // Ids are random, so their order is a shuffle, too; and it is the order of the store's rows: a
  // range of the dispatch finds its records side by side.
  std::sort(selection_.records.begin(), selection_.records.end(),
            [](const auto& a, const auto& b) { return a.record.id < b.record.id; });
}

Result<Selection> Drawing::Run(size_t at_most) {
  TRY_ASSIGN(const uint64_t places, FindIntakes());
  Shuffle shuffle(places);
  while (selection_.records.size() < at_most && shuffle.left() > 0) {
    const uint64_t wanted = std::max(at_most - selection_.records.size(), kMinAtATime);
    const uint64_t count = std::min<uint64_t>({wanted, shuffle.left(), kMaxAtATime});
    std::vector<Drawn> drawn(count);
    for (Drawn& one : drawn) one.place = shuffle.Next();
    TRY(Look(drawn));
    for (const Drawn& one : drawn) {  // in the order in which they were drawn
      if (!one.held) continue;
      ++looked_at_;
      if (selection_.records.size() < at_most) Take(one);
    }
  }
  if (shuffle.left() == 0) TRY(CheckAllWereThere());
  Finish();
  return std::move(selection_);
}

}  // namespace

Result<Selection> DrawPeople(const home::Home& home, Day today, size_t at_most) {
  return Drawing(home, today).Run(at_most);
}

}  // namespace signpost::batch
