// What the hostile centre writes: SMPP PDUs, right and wrong ones, octet by octet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signpost::hostile {

constexpr uint32_t kBind = 0x09, kSubmit = 0x04, kDeliver = 0x05, kUnbind = 0x06, kOutbind = 0x0B,
                   kEnquire = 0x15, kData = 0x103, kNack = 0x80000000, kResponse = 0x80000000;

uint32_t Get32(std::string_view bytes, size_t at);
std::string Put32(uint32_t value);
std::string CString(std::string_view text);  // with its final zero
std::string Pdu(uint32_t command, uint32_t status, uint32_t sequence, std::string_view body = {});
// deliver_sm, data_sm or enquire_link of a kind that a case names; the nth of them.
std::string Inbound(std::string_view kind, uint64_t nth, uint32_t sequence);
// A receipt for `number`: with a text, or with TLVs and a state, in deliver_sm or data_sm.
std::string TextReceipt(std::string_view number, std::string_view text, uint32_t sequence);
std::string TlvReceipt(std::string_view number, std::string_view id, uint8_t state, bool data,
                       uint32_t sequence);
std::string FromHex(std::string_view hex);
// destination_addr of a submit_sm's body; empty when it is none.
std::string Destination(std::string_view body);
// The place of a segment by its user data header, from 1; 1 without one.
unsigned PlaceOf(std::string_view body);

}  // namespace signpost::hostile
