// What an import does with what the sealer sends, by the store's own interface: opt-outs as they
// come, then each person once, in the order of tokens. One reason for each person, in the order in
// which they came.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/signpost/store/store.h"

namespace signpost::store {

struct Came {
  token::ContactToken contact;
  token::OptOutToken opt_out;
  RecordId record;
  std::optional<Day> last_contact = {};
  bool in_traffic = false;
};

inline Result<std::vector<policy::Eligibility>> AdmitAll(store::ImportSession& session,
                                                         const std::vector<Came>& people) {
  std::vector<policy::Eligibility> reasons(people.size(), policy::Eligibility::kEligible);
  std::vector<size_t> order;
  for (size_t i = 0; i < people.size(); ++i) {
    TRY_ASSIGN(const bool opted_out, session.OptedOut(people[i].opt_out));
    if (opted_out) {
      reasons[i] = policy::Eligibility::kOptedOut;
    } else {
      order.push_back(i);
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return people[a].contact < people[b].contact; });
  TRY(session.Lock());
  for (size_t at = 0; at < order.size();) {
    size_t end = at;
    const Came& first = people[order[at]];
    store::ImportedPerson person{first.contact, first.record, {}, false, 0};
    for (; end < order.size() && people[order[end]].contact == first.contact; ++end) {
      const Came& came = people[order[end]];
      ++person.times;
      person.last_contact = std::max(person.last_contact, came.last_contact);
      person.in_traffic = person.in_traffic || came.in_traffic;
    }
    TRY_ASSIGN(const policy::Eligibility reason, session.Admit(person));
    for (size_t i = at; i < end; ++i) {
      const bool again = i > at && reason == policy::Eligibility::kEligible;
      reasons[order[i]] = again ? policy::Eligibility::kAlreadyHeld : reason;
    }
    at = end;
  }
  return reasons;
}

}  // namespace signpost::store
