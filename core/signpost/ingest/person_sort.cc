#include "core/signpost/ingest/person_sort.h"

#include <algorithm>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::ingest {
namespace {

// contact token 32, record id 16, box 32, last contact 4, traffic 1
constexpr size_t kIdAt = 32, kBoxAt = 48, kDayAt = 80, kTrafficAt = 84;

SortedPerson Decode(const uint8_t* bytes) {
  const ByteView view(bytes, PersonSort::kRecordBytes);
  SortedPerson person;
  std::copy_n(view.begin(), kIdAt, person.person.contact.bytes.begin());
  std::copy_n(view.begin() + kIdAt, person.record.id.bytes.size(), person.record.id.bytes.begin());
  std::copy_n(view.begin() + kBoxAt, person.record.box.size(), person.record.box.begin());
  person.person.record = person.record.id;
  const auto day = GetLe<int32_t>(view.subspan<kDayAt, 4>());
  if (day != kNoDay) person.person.last_contact = Day{day};
  person.person.in_traffic = view[kTrafficAt] != 0;
  return person;
}

}  // namespace

Result<void> PersonSort::Add(const wire::sealer::SealedPerson& person) {
  std::array<uint8_t, kRecordBytes> bytes;
  std::ranges::copy(person.contact_token, bytes.begin());
  std::ranges::copy(person.record_id.bytes, bytes.begin() + kIdAt);
  std::ranges::copy(person.box, bytes.begin() + kBoxAt);
  PutLe<int32_t>(std::span(bytes).subspan<kDayAt, 4>(), person.last_contact);
  bytes[kTrafficAt] = person.traffic;
  return sort_.Add(bytes.data());
}

Result<void> PersonSort::Sort() { return sort_.Sort(); }

Result<std::optional<SortedPerson>> PersonSort::Next() {
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
    if (next.person.contact.bytes != person.person.contact.bytes) {
      ahead_ = next;
      break;
    }
    store::ImportedPerson& kept = person.person;
    ++kept.times;
    if (next.person.last_contact &&
        (!kept.last_contact || *kept.last_contact < *next.person.last_contact)) {
      kept.last_contact = next.person.last_contact;
    }
    kept.in_traffic = kept.in_traffic || next.person.in_traffic;
  }
  return std::optional<SortedPerson>(person);
}

}  // namespace signpost::ingest
