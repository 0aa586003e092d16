// Reads the files of SMS Backup & Restore (Android): <smses> with <sms> and <mms>, <calls> with
// <call>.
//
// Taken: the address of each message, the number of each call, and the day of its date. Drafts were
// never sent: their numbers count as written down, not as seen in a message.
// An MMS names its people twice. Its own address (joined by ~) leaves the owner out; the list under
// it does not. So the list is read only where there is no address: then who it is from, of what
// was received, and whom it went to, of what was sent.
// Never looked at: names, bodies, parts, service centres. Attributes of any length are skipped.
#pragma once

#include <optional>
#include <string>

#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/xml.h"

namespace signpost::reader::extraction {

class SmsBackupParser final : public Parser, private XmlEvents {
 public:
  explicit SmsBackupParser(Sink& sink) : sink_(sink), xml_(*this) {}
  wire::reader::FileRefusal Feed(std::string_view text) override { return xml_.Feed(text); }
  wire::reader::FileRefusal Finish() override { return xml_.Finish(); }
  uint64_t rows() const override { return rows_; }
  uint64_t line() const override { return xml_.line(); }
  uint32_t warnings() const override { return days_unread_ ? wire::reader::kDaysUnread : 0u; }

 private:
  void Open(std::string_view name, const XmlAttributes& attributes) override;
  void Close(std::string_view name) override;
  void Text(std::string_view) override {}
  void Tell(std::string_view value, const Seen& seen);
  Seen At(std::string_view date);

  Sink& sink_;
  bool days_unread_ = false;
  bool in_mms_ = false, list_counts_ = false, sent_ = false;
  Seen mms_;
  uint64_t rows_ = 0;
  XmlReader xml_;
};

}  // namespace signpost::reader::extraction
