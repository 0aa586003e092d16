// Reads delivery receipts, which say what became of a text that was accepted.
//
// A receipt is a deliver_sm (or data_sm) whose esm_class says so; its id and state come from TLVs
// where the message centre sends them, else from the text. The text form is only an example in the
// specification (SMPP v3.4, appendix B): fields come in any order and any case, some are missing,
// and "text:" can hold anything, so it is never searched. The source address of a receipt is the
// handset's number: it is not part of what is returned.
#pragma once

#include <optional>
#include <string_view>

#include "core/sender/smpp/pdu/pdu.h"

namespace signpost::sender::smpp {

enum class Delivery : uint8_t {
  kEnroute,      // ENROUTE, BUFFERD, SCHEDULED: on its way
  kDelivered,    // DELIVRD
  kUndelivered,  // EXPIRED, DELETED, UNDELIV, REJECTD, SKIPPED
  kAccepted,     // ACCEPTD: the network took it, nobody will say more
  kUnknown,      // UNKNOWN, or a word that is none of these
};

struct Receipt {
  std::string_view id;  // as the message centre wrote it; may be empty, at most 64
  Delivery delivery = Delivery::kUnknown;
  bool intermediate = false;  // another one follows
};

// Nullopt: not a receipt but a text that somebody wrote.
std::optional<Receipt> ParseReceipt(const Message& message);

}  // namespace signpost::sender::smpp
