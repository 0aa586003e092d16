// Hashes a message id for the store, so that the carrier's records and ours cannot be joined by
// reading ours. 16 bytes: SHA-256("signpost/message-id/v1" || canonical id), cut.
//
// Carriers name a message in one base in the answer and in another in the receipt, in either case,
// and with zeros in front. So an id of hexadecimal digits only is written in lower case without
// leading zeros before it is hashed, and a receipt gives up to three hashes: of the id as it is, of
// its hexadecimal value in decimal, and of its decimal value in hexadecimal. Other ids are opaque.
#pragma once

#include <array>
#include <string_view>

#include "crypto/base/bytes.h"

namespace signpost::sender::gateway {

using MessageIdHash = std::array<uint8_t, 16>;

MessageIdHash HashMessageId(std::string_view id);  // zero when the id is empty

// {as given, read as hexadecimal, read as decimal}; zero where there is none.
std::array<MessageIdHash, 3> HashReceiptId(std::string_view id);

// Pays the library's start-up costs: call before a lock-down.
void PrepareMessageIds();

}  // namespace signpost::sender::gateway
