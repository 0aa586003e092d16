// Reads one cell of a number column, in the ways of the tools that put more than numbers into one:
//
// - Cellebrite: a line each, with a label ("Phone-Mobile: ...", "User ID-WhatsApp User Id: ...",
//   "Email-Home: ...") or a role ("From:  +44... Name"), and "(owner)" behind the owner's;
// - AXIOM: a name with the number in angle brackets, and "Local User" for the owner.
//
// Everything else goes to TellValues as it is. Pure but for the sink.
#pragma once

#include "core/reader/extraction/identifier.h"
#include "core/reader/extraction/layout.h"
#include "core/reader/extraction/parser.h"

namespace signpost::reader::extraction {

void TellCell(Sink& sink, uint64_t row, uint32_t column, std::string_view cell, const Seen& seen,
              formats::Dialect dialect, Service service);

// The same where the cell is the side of the phone's owner: one value is left out and told as the
// owner's; of several it is not said which is, so they are told.
void TellOwnersCell(Sink& sink, uint64_t row, uint32_t column, std::string_view cell,
                    const Seen& seen, formats::Dialect dialect, Service service);

// "+44 7700 900123 Name" -> "+44 7700 900123"; empty where it begins with neither number nor id.
std::string_view LeadingId(std::string_view text);

}  // namespace signpost::reader::extraction
