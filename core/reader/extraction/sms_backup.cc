#include "core/reader/extraction/sms_backup.h"

#include "core/reader/extraction/date.h"
#include "core/reader/extraction/identifier.h"
#include "core/reader/extraction/value.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::Reason;

// What the application writes where there is nothing.
bool IsNothing(std::string_view value) { return IsBlank(value) || value == "null"; }

}  // namespace

Seen SmsBackupParser::At(std::string_view date) {
  const auto day = ParseDay(date, DateOrder::kUnsaid);
  days_unread_ = days_unread_ || (!day && !IsNothing(date) && date != "0");
  return Seen{true, day, {}};
}

void SmsBackupParser::Open(std::string_view name, const XmlAttributes& attributes) {
  if (name == "sms") {
    ++rows_;
    Seen seen = At(attributes.Get("date"));
    if (attributes.Get("type") == "3") seen = Seen{};  // a draft
    Tell(attributes.Get("address"), seen);
  } else if (name == "call") {
    ++rows_;
    Tell(attributes.Get("number"), At(attributes.Get("date")));
  } else if (name == "mms") {
    ++rows_;
    in_mms_ = true;
    mms_ = At(attributes.Get("date"));
    sent_ = attributes.Get("msg_box") == "2";
    if (attributes.Get("msg_box") == "3") mms_ = Seen{};
    std::string_view addresses = attributes.Get("address");
    list_counts_ = IsNothing(addresses);
    while (!addresses.empty()) {
      const size_t end = std::min(addresses.find('~'), addresses.size());
      Tell(addresses.substr(0, end), mms_);
      addresses.remove_prefix(std::min(end + 1, addresses.size()));
    }
  } else if (name == "addr" && in_mms_ && list_counts_) {
    const bool from = attributes.Get("type") == "137";
    const std::string_view address = attributes.Get("address");
    if (from != sent_ && address != "insert-address-token") Tell(address, mms_);
  }
}

void SmsBackupParser::Close(std::string_view name) {
  if (name == "mms") in_mms_ = false;
}

void SmsBackupParser::Tell(std::string_view value, const Seen& seen) {
  if (IsNothing(value)) return;
  const uint64_t line = xml_.line();
  if (value.find("\xef\xbf\xbd") != std::string_view::npos) {
    return sink_.Bad(line, 0, Reason::kBadRow);
  }
  const Reason reason = ReasonOfId(value, Service::kTelephone);
  if (reason != Reason::kAccepted) return sink_.Bad(line, 0, reason);
  TellValues(sink_, line, 0, value, seen);
}

}  // namespace signpost::reader::extraction
