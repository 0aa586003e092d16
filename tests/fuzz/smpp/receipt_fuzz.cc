// The input is the text of a receipt; its first octet is the esm_class.
#include <cstdlib>

#include "core/sender/gateway/message_id.h"
#include "core/sender/smpp/pdu/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace signpost;
  if (size == 0) return 0;
  sender::smpp::Message message;
  message.esm_class = data[0];
  message.payload = ByteView(data + 1, size - 1);
  const auto receipt = sender::smpp::ParseReceipt(message);
  if (!receipt) return 0;
  if (receipt->id.size() > 64) std::abort();
  const auto hashes = sender::gateway::HashReceiptId(receipt->id);
  if (hashes[0] != sender::gateway::HashMessageId(receipt->id)) std::abort();
  return 0;
}
