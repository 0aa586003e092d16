#include "core/signpost/ingest/arrival_sort.h"

#include <algorithm>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::ingest {
namespace {

// contact token 32, record id 16, box 32, last contact 4, traffic 1
constexpr size_t kIdAt = 32, kBoxAt = 48, kDayAt = 80, kTrafficAt = 84;

SortedPerson Decode(const uint8_t* bytes) {
  const ByteView view(bytes, ArrivalSort::kRecordBytes);
  SortedPerson person;
  std::copy_n(view.begin(), kIdAt, person.arrival.contact.bytes.begin());
  std::copy_n(view.begin() + kIdAt, person.record.id.bytes.size(), person.record.id.bytes.begin());
  std::copy_n(view.begin() + kBoxAt, person.record.box.size(), person.record.box.begin());
  person.arrival.record = person.record.id;
  const auto day = GetLe<int32_t>(view.subspan<kDayAt, 4>());
  if (day != kNoDay) person.arrival.last_contact = Day{day};
  person.arrival.in_traffic = view[kTrafficAt] != 0;
  return person;
}

}  // namespace

Result<void> ArrivalSort::Add(const wire::sealer::Arrival& arrival) {
  std::array<uint8_t, kRecordBytes> bytes;
  std::ranges::copy(arrival.contact_token, bytes.begin());
  std::ranges::copy(arrival.record_id.bytes, bytes.begin() + kIdAt);
  std::ranges::copy(arrival.box, bytes.begin() + kBoxAt);
  PutLe<int32_t>(std::span(bytes).subspan<kDayAt, 4>(), arrival.last_contact);
  bytes[kTrafficAt] = arrival.traffic;
  return sort_.Add(bytes.data());
}

Result<void> ArrivalSort::Sort() { return sort_.Sort(); }

Result<std::optional<SortedPerson>> ArrivalSort::Next() {
  if (!begun_) {
    begun_ = true;
    TRY_ASSIGN(const uint8_t* first, sort_.Next());
    if (first != nullptr) ahead_ = Decode(first);
  }
  if (!ahead_) return std::optional<SortedPerson>();
  SortedPerson person = *std::exchange(ahead_, std::nullopt);
  for (;;) {
    TRY_ASSIGN(const uint8_t* bytes, sort_.Next());
    if (bytes == nullptr) break;
    SortedPerson next = Decode(bytes);
    if (next.arrival.contact.bytes != person.arrival.contact.bytes) {
      ahead_ = next;
      break;
    }
    store::Arrival& kept = person.arrival;
    ++kept.times;
    if (next.arrival.last_contact &&
        (!kept.last_contact || *kept.last_contact < *next.arrival.last_contact)) {
      kept.last_contact = next.arrival.last_contact;
    }
    kept.in_traffic = kept.in_traffic || next.arrival.in_traffic;
  }
  return std::optional<SortedPerson>(person);
}

}  // namespace signpost::ingest
