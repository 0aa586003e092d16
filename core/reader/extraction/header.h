// Reads a column's heading for what it says about the numbers in it: a vocabulary of the exports
// that forensic units meet (Google, Outlook, Thunderbird, iMazing, iExplorer, call records) in the
// languages of their neighbours. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace signpost::reader::extraction {

enum class Heading : uint8_t {
  kUnknown,  // no word of the vocabulary
  kOther,    // a word that says it is something else: name, e-mail, date, "account number"
  kStrong,   // telephone numbers: phone, mobile, MSISDN
  kWeak,     // may be numbers: number, from, to, caller, address; its content decides
  kFax,      // fax and pager: numbers, but nobody reads a text there; left out
  kTypeOf,   // says what the column to its right is: Google's "Phone 1 - Type"
};
Heading HeadingOf(std::string_view cell);

// When the call or message of a row was: "Timestamp", "Date", "Call Time", "Sent Date/Time". Not
// "Duration", nor the dates of other things: "Birthday", "Created", "Date of end".
bool SaysTime(std::string_view cell);

// "Work Fax", "pager", "modem": of a type cell, a vCard type, a label.
bool SaysFaxOrPager(std::string_view text);

}  // namespace signpost::reader::extraction
