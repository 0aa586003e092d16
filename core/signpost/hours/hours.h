// Turns sending hours into UTC intervals. The policy says "Monday to Friday, 09:00 to 19:00,
// Europe/London"; the manifest must not: what is approved is a list of instants, so that no later
// change of a zone's rules, and no zone data on another machine, can move what two people signed.
// So hours are evaluated once, at plan time, by `signpost` alone (the only binary that links time
// zones).
//
// Local times are mapped as they happen: across a change of the clocks a day's interval is an hour
// shorter or longer, never shifted. A from-time that a spring change skips begins at the change;
// one that an autumn change repeats begins at its first occurrence and a to-time ends at its last.
//
// Zone rules are the system's (Debian's tzdata).
#pragma once

#include <string>
#include <vector>

#include "crypto/base/result.h"
#include "crypto/base/time.h"
#include "policy/policy.h"

namespace signpost::hours {

// The parts of [from, until) in which `rules` allow sending: ascending, not touching (hours that
// meet at midnight become one interval), clipped to [from, until); empty when there are none.
// kInput: the zone is not an IANA name that the system knows; kNotFound: the system has no zone
// data.
Result<std::vector<Interval>> SendingHours(const policy::SendingRules& rules, Instant from,
                                           Instant until);

// Whether SendingHours can work with this zone; for what takes in a policy. Fails as SendingHours.
Result<void> CheckZone(const std::string& zone);

}  // namespace signpost::hours
