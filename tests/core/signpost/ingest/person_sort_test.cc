#include "core/signpost/ingest/person_sort.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>
#include <map>

#include "core/shared/wire/reader_boundary.h"
#include "crypto/base/file.h"
#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::test {
namespace {

wire::sealer::SealedPerson SealedOf(int person, int32_t day = kNoDay, bool traffic = false) {
  wire::sealer::SealedPerson sealed{};
  std::ranges::copy(ContactOf(person).bytes, sealed.contact_token);
  std::ranges::copy(OptOutOf(person).bytes, sealed.opt_out_token);
  sealed.record_id = RecordId::Random();
  RandomBytes(sealed.box);
  sealed.last_contact = day;
  sealed.traffic = traffic ? 1 : 0;
  return sealed;
}

std::vector<ingest::SortedPerson> Drain(ingest::PersonSort& sort) {
  std::vector<ingest::SortedPerson> people;
  EXPECT_TRUE(sort.Sort());
  for (;;) {
    const std::optional<ingest::SortedPerson> next = sort.Next().value();
    if (!next) return people;
    people.push_back(*next);
  }
}

// A person who comes again in another spilled block is one person, and their first record is kept.
TEST(PersonSort, RepetitionsAcrossSpilledBlocksAreOnePerson) {
  const TemporaryFolder folder;
  EXPECT_TRUE(rc::check([&] {
    const auto came = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30));
    ingest::PersonSort sort(folder.path(), *rc::gen::inRange<size_t>(1, 20));
    struct Expected {
      wire::sealer::SealedPerson first;
      uint64_t times = 0;
      int32_t newest = kNoDay;
      bool traffic = false;
    };
    std::map<std::array<uint8_t, 32>, Expected> expected;
    for (const int person : came) {
      const int32_t day = *rc::gen::inRange(0, 4) == 0 ? kNoDay : *rc::gen::inRange(0, 99);
      const wire::sealer::SealedPerson sealed = SealedOf(person, day, *rc::gen::inRange(0, 5) == 0);
      Expected& each = expected[ContactOf(person).bytes];
      if (each.times++ == 0) each.first = sealed;
      each.newest = std::max(each.newest, day);
      each.traffic = each.traffic || sealed.traffic != 0;
      RC_ASSERT(sort.Add(sealed).has_value());
    }
    const std::vector<ingest::SortedPerson> people = Drain(sort);
    RC_ASSERT(people.size() == expected.size());
    auto next = expected.begin();
    for (const ingest::SortedPerson& person : people) {  // in the order of tokens, as the map is
      const auto& [token, wanted] = *next++;
      RC_ASSERT(person.person.contact.bytes == token);
      RC_ASSERT(std::ranges::equal(person.person.record.bytes, wanted.first.record_id.bytes));
      RC_ASSERT(std::ranges::equal(person.record.id.bytes, wanted.first.record_id.bytes));
      RC_ASSERT(std::ranges::equal(person.record.box, wanted.first.box));
      RC_ASSERT(person.person.times == wanted.times);
      RC_ASSERT(person.person.in_traffic == wanted.traffic);
      const bool dated = wanted.newest != kNoDay;
      RC_ASSERT(person.person.last_contact.has_value() == dated);
      if (dated) RC_ASSERT(person.person.last_contact->days == wanted.newest);
    }
  }));
}

// The spill has no name, but the descriptor of the process that has it open leads there.
std::string SpilledBytes(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone);
    if (gone || !target.starts_with(folder)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

TEST(PersonSort, AnOptOutTokenIsNeverInTheSpill) {
  const TemporaryFolder folder;
  ingest::PersonSort sort(folder.path(), 16);
  for (int person = 0; person < 100; ++person) ASSERT_TRUE(sort.Add(SealedOf(person)));
  EXPECT_EQ(sort.runs(), 6u);
  const std::string bytes = SpilledBytes(folder.path());
  EXPECT_EQ(bytes.size(), 96 * ingest::PersonSort::kRecordBytes);
  for (int person = 0; person < 96; ++person) {
    EXPECT_NE(bytes.find(AsText(ContactOf(person).bytes)), std::string::npos);
    EXPECT_EQ(bytes.find(AsText(OptOutOf(person).bytes)), std::string::npos);
  }
}

}  // namespace
}  // namespace signpost::test
