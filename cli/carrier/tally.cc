#include "cli/carrier/tally.h"

#include <fmt/format.h>

#include <algorithm>

namespace signpost::carrier {

uint64_t Tally::people_with_more() const {
  return static_cast<uint64_t>(std::count_if(copies_.begin(), copies_.end(),
                                             [](const auto& entry) { return entry.second > 1; }));
}

uint64_t Tally::messages() const {
  uint64_t all = 0;
  for (const auto& entry : copies_) all += entry.second;
  return all;
}

std::string Tally::Json() const {
  return fmt::format(
      "{{\"binds\":{},\"binds_refused\":{},\"disconnects\":{},\"messages\":{},\"not_fictional\":{},"
      "\"people\":{},\"people_with_more_than_one\":{},\"receipts\":{},\"refused\":{},"
      "\"segments\":{},\"stops\":{},\"stops_accepted\":{},\"throttled\":{},\"unbinds\":{}}}\n",
      binds, binds_refused, disconnects, messages(), not_fictional, people(), people_with_more(),
      receipts, refused, segments, stops, stops_accepted, throttled, unbinds);
}

std::string Tally::Text() const {
  return fmt::format(
      "{} texts to {} people; {} people got more than one; {} STOP replies, {} accepted",
      messages(), people(), people_with_more(), stops, stops_accepted);
}

}  // namespace signpost::carrier
