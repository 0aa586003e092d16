// Reads the TEL properties of every vCard: 2.1 (versit 1996), 3.0 (RFC 2426) and 4.0 (RFC 6350).
//
// Tolerated, because real exports do it: any mix of line ends; folded lines (RFC 6350 3.2) and
// quoted-printable soft line breaks; bare parameters (TEL;CELL;PREF); groups (item2.TEL); lower
// case; a missing VERSION or END; TEL before VERSION; escapes; base64 without indent; cards inside
// cards (2.1's AGENT). FAX, PAGER and MODEM numbers are left out (kNoHandset)
// unless they are CELL, too.
// Every other property is stepped over. PHOTO, LOGO, SOUND and KEY may be of any size and are never
// held; the rest of one card may take kMaxRowBytes, or the file is refused.
#pragma once

#include <string>

#include "core/reader/extraction/lines.h"
#include "core/reader/extraction/parser.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

// True for the line that begins a card.
bool BeginsVcard(std::string_view line);

class VcardParser : public Parser {
 public:
  explicit VcardParser(Sink& sink);
  wire::reader::FileRefusal Feed(std::string_view text) override;
  wire::reader::FileRefusal Finish() override;
  uint64_t rows() const override { return cards_; }
  uint64_t line() const override { return lines_.line(); }

 private:
  bool GoesOn(std::string_view line) const;  // a continuation of the property in hand
  void Line(uint64_t line, std::string_view text);
  void EndProperty();
  void Tel(std::string_view name_and_types, std::string_view value);

  Sink& sink_;
  memory::Wiped<std::string> property_;  // unfolded so far; empty while stepping over one
  uint64_t property_line_ = 0;
  uint64_t cards_ = 0;
  size_t card_bytes_ = 0;
  bool stepping_over_ = false, soft_break_ = false, too_long_ = false;
  Lines lines_;
};

}  // namespace signpost::reader::extraction
