// Tells whose table it is, by the words of its header or, where it has none, by the shape of its
// rows; and what that means for its columns. Pure.
#pragma once

#include "core/reader/extraction/columns.h"

namespace signpost::reader::extraction {

formats::Dialect DialectOf(const std::vector<std::string>& header);
// iMazing writes its calls without a header: direction, time, duration, number, name.
bool IsHeaderlessCallLog(const SampleRows& rows);

// The roles that a dialect's own headings have, over what the vocabulary made of them:
// - iExplorer: "Unformatted Number" is taken instead of "Number", not besides;
// - Cellebrite: Entries, Parties, Participants, From, To hold labelled lines;
// - AXIOM: Phone Number(s), Caller, Recipient(s), Partners, Sender, Participants.
void ApplyDialect(const std::vector<std::string>& header, Layout& layout);

enum class Direction : uint8_t { kUnsaid, kIn, kOut };
Direction DirectionOf(std::string_view cell);  // "Incoming", "Missed call", "Sent"
// Whether the phone's owner is who stands in `column` (from 1) of a row of that direction.
bool IsOwnersSide(const Layout& layout, uint32_t column, Direction direction);

// The times of a log, where this is one: kTime columns, traffic, date_order, and whose
// side is whose. `sample`: from the
// first data row on. A table with times and no word of a direction, a duration or two sides (an
// address book's "Created") is none.
void ApplyTimes(const std::vector<std::string>& header, const SampleRows& rows, Layout& layout);

}  // namespace signpost::reader::extraction
