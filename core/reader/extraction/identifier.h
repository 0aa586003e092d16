// Tells what an identifier of a call or a message stands for: a person's telephone number, nobody
// who could be sent a text (a group, a list, a hidden id), or an id of another service.
//
// Why it matters: the ids of some services are ten bare digits, which a numbering plan would take
// for a national number, and the text would reach a stranger. So bare digits count only where the
// service is known to name its people by telephone number. Shape only; pure.
#pragma once

#include <string_view>

#include "core/shared/wire/reader_boundary.h"

namespace signpost::reader::extraction {

enum class Service : uint8_t {
  kUnsaid,
  kTelephone,  // names people by their number: calls, SMS, WhatsApp, Signal, Viber, iMessage
  kOther,      // names them by ids of its own: Telegram, Facebook, ...
};
// Of what an export calls the source: "WhatsApp", "Facebook Messenger", "Native Messages".
Service ServiceOf(std::string_view source);

// kAccepted: worth telling as a value. kNoPerson: a group (@g.us), a list (@broadcast), a channel
// (@newsletter), a hidden id (@lid), a bot. kNotANumber: an e-mail address, another service's id.
wire::reader::Reason ReasonOfId(std::string_view id, Service service);

}  // namespace signpost::reader::extraction
