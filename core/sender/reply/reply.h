// Tells whether a reply asks to be left alone. Nothing else of what it says is wanted here.
//
// There is no statutory list of words in the UK, and carriers' lists differ, so the rule leans to
// one side: a false positive only silences, a false negative breaks a promise. It opts out when
//   - the first word is one of a list in several languages (stop, unsubscribe, end, arret, stopio,
//     basta, ...) or begins with "stop",
//   - "stop", "stopp", "unsubscribe" and the like stand anywhere as a word, or a phrase does
//     ("remove me", "opt out", "do not text", "leave me alone"),
//   - the whole reply is one word that is one slip of the finger away from "stop", or is spelled
//     out ("S T O P").
// The words other than English are the authors' and want checking by people who speak them.
// START and the like are not read at all: an opt-out stands until somebody asks for it by other
// ways.
//
// The octets are decoded in every way that their data_coding could have meant (carriers disagree
// about 0), and one reading that opts out is enough. Of a reply in several segments each is judged
// by itself. Nothing is kept, logged or returned of the text. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/base/bytes.h"

namespace signpost::sender::reply {

// `octets` is the short message as it came; with `has_header` (esm_class 0x40) it begins with a
// user data header, which is stripped. Never fails.
bool SaysStop(ByteView octets, uint8_t data_coding, bool has_header);
bool SaysStop(std::string_view utf8);

// The octets without their user data header: all of them when its length cannot be right.
ByteView WithoutHeader(ByteView octets);

// The most likely reading, as a phone would show it.
std::string Decode(ByteView octets, uint8_t data_coding, bool has_header);

}  // namespace signpost::sender::reply
