// Reads MSAB XRY's text reports: five lines of heading of which the third names the report, then
// entities apart by blank lines: a title ("Calls #\t1"), lines of "Key:\tvalue", and lines that say
// whose the next keys are ("From", "To", "Participant").
//
// Taken: every Tel and Number; of calls and messages with the day of their Time. The service
// centre's number is not looked at, nor are names and texts. The owner: of what came in, To; of
// what went out, From (kOwner); told as Owner where it is one number only.
// A Text goes on over lines that have no key; what looks like "Tel:" in it would be taken for one,
// so after a Text only keys of the vocabulary end it, and a Tel there must hold a number alone.
// Source: the XRY processor of Autopsy (sleuthkit/autopsy, datasourceprocessors/xry).
#pragma once

#include <string>
#include <vector>

#include "core/reader/extraction/lines.h"
#include "core/reader/extraction/parser.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

// True where the first lines of a text are an XRY report's.
bool BeginsXryReport(std::string_view text);

class XryParser final : public Parser {
 public:
  explicit XryParser(Sink& sink);
  wire::reader::FileRefusal Feed(std::string_view text) override { return lines_.Feed(text); }
  wire::reader::FileRefusal Finish() override;
  uint64_t rows() const override { return rows_; }
  uint64_t line() const override { return lines_.line(); }
  uint32_t warnings() const override { return days_unread_ ? wire::reader::kDaysUnread : 0u; }

 private:
  enum class Party : uint8_t { kNone, kFrom, kTo, kParticipant };
  struct Held {
    uint64_t line;
    Party party;
    memory::Wiped<std::string> value;
  };

  void Line(uint64_t line, std::string_view text);
  void Key(uint64_t line, std::string_view key, std::string_view value);
  void EndEntity();

  Sink& sink_;
  std::vector<Held> held_;
  std::string time_, kind_, direction_;
  Party party_ = Party::kNone;
  bool traffic_ = false, in_entity_ = false, in_text_ = false, days_unread_ = false;
  uint64_t rows_ = 0;
  Lines lines_;
};

}  // namespace signpost::reader::extraction
