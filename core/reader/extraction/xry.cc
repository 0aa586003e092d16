#include "core/reader/extraction/xry.h"

#include <algorithm>

#include "core/reader/extraction/date.h"
#include "core/reader/extraction/identifier.h"
#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::Reason;

constexpr uint64_t kHeadingLines = 5;
constexpr uint64_t kReportLine = 3;
constexpr size_t kMaxHeld = 4096;  // numbers of one entity

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool IsReport(std::string_view line) {
  const std::string report = LowerAscii(Trim(line.substr(0, 64)));
  return report.starts_with("calls") || report.starts_with("contacts") ||
         report.starts_with("messages") || report.starts_with("device") ||
         report.starts_with("chats");
}

bool IsTraffic(std::string_view report) {
  return report.find("call") != std::string_view::npos ||
         report.find("message") != std::string_view::npos ||
         report.find("chat") != std::string_view::npos;
}

// "Calls #\t1": a title, with the number of the entity.
bool IsTitle(std::string_view line) {
  const size_t mark = line.find('#');  // npos is not below 64
  return mark < 64 && line.find(':') == std::string_view::npos &&
         !Trim(line.substr(mark + 1)).empty() &&
         Trim(line.substr(mark + 1)).find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsKey(std::string_view key) {
  return IsOneOf(key,
                 {"tel",         "number",    "mobile",    "home",           "work",
                  "phone",       "fax",       "pager",     "time",           "date",
                  "direction",   "call type", "name",      "name (matched)", "text",
                  "status",      "storage",   "index",     "folder",         "service center",
                  "type",        "duration",  "segments",  "segment number", "reference number",
                  "application", "email",     "subject",   "deleted",        "other",
                  "picture",     "address",   "attachment"});
}

}  // namespace

bool BeginsXryReport(std::string_view text) {
  uint64_t lines = 0;
  bool report = false, title = false, keys = false;
  Lines reader([&](uint64_t line, std::string_view content) {
    lines = line;
    if (line == kReportLine) report = IsReport(content);
    if (line <= kHeadingLines || line > kHeadingLines + 60) return;
    title = title || IsTitle(content);
    keys = keys || content.find(":\t") != std::string_view::npos;
  });
  if (reader.Feed(text) != wire::reader::FileRefusal::kNone) return false;
  reader.Finish();
  return report && title && keys && lines > kHeadingLines;
}

XryParser::XryParser(Sink& sink)
    : sink_(sink), lines_([this](uint64_t line, std::string_view text) { Line(line, text); }) {}

wire::reader::FileRefusal XryParser::Finish() {
  lines_.Finish();
  EndEntity();
  return wire::reader::FileRefusal::kNone;
}

void XryParser::Line(uint64_t line, std::string_view text) {
  if (line <= kHeadingLines) {
    if (line == kReportLine) kind_ = LowerAscii(Trim(text.substr(0, 64)));
    if (line == kReportLine) traffic_ = IsTraffic(kind_);
    return;
  }
  if (text.empty()) return EndEntity();
  if (!in_entity_) {  // the title
    in_entity_ = true;
    ++rows_;
    return;
  }
  const std::string alone = LowerAscii(Trim(text.substr(0, 32)));
  if (text.size() <= 32 && IsOneOf(alone, {"from", "to", "participant", "participants"})) {
    in_text_ = false;
    party_ = alone == "from" ? Party::kFrom : alone == "to" ? Party::kTo : Party::kParticipant;
    return;
  }
  const size_t colon = text.substr(0, 64).find(':');
  if (colon == std::string_view::npos) return;
  const std::string key = LowerAscii(Trim(text.substr(0, colon)));
  if (!IsKey(key)) return;  // of another vocabulary, or a text that goes on
  const std::string_view value = Trim(text.substr(colon + 1));
  const bool after_text = in_text_;
  in_text_ = key == "text" || key == "subject" ||
             (in_text_ && text[colon + 1 < text.size() ? colon + 1 : colon] != '\t');
  if (after_text && in_text_) return;  // "Tel: " of somebody's message has no tab behind it
  Key(line, key, value);
}

void XryParser::Key(uint64_t line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (IsOneOf(key, {"tel", "number", "mobile", "home", "work", "phone"})) {
    if (held_.size() < kMaxHeld) {
      held_.push_back({line, party_, {std::string(value.substr(0, kMaxValueBytes + 1))}});
    }
  } else if (key == "fax" || key == "pager") {
    sink_.Bad(line, 0, Reason::kNoHandset);
  } else if (key == "time" || (key == "date" && time_.empty())) {
    time_ = value.substr(0, 80);
  } else if (key == "direction" || key == "call type") {
    direction_ = LowerAscii(value.substr(0, 32));
  }
}

void XryParser::EndEntity() {
  // "1/2/2019 1:23:45 PM (Device)"
  Seen seen{traffic_, std::nullopt, {}};
  if (traffic_ && !time_.empty()) {
    seen.day = ParseDay(time_, DateOrder::kUnsaid);
    days_unread_ = days_unread_ || !seen.day;
  }
  Party owner = Party::kNone;
  if (IsOneOf(direction_, {"incoming", "received", "missed", "rejected", "in"})) owner = Party::kTo;
  if (IsOneOf(direction_, {"outgoing", "sent", "dialed", "dialled", "last dialed", "out"})) {
    owner = Party::kFrom;
  }
  const auto owners = std::count_if(held_.begin(), held_.end(), [&](const Held& held) {
    return traffic_ && owner != Party::kNone && held.party == owner;
  });
  for (const Held& held : held_) {
    if (traffic_ && owner != Party::kNone && held.party == owner) {
      sink_.Bad(held.line, 0, Reason::kOwner);
      if (owners == 1) sink_.Owner(held.value, {});
    } else if (held.value.find(text::TextDecoder::kBroken) != std::string::npos) {
      sink_.Bad(held.line, 0, Reason::kBadRow);
    } else if (const Reason reason = ReasonOfId(held.value, Service::kTelephone);
               reason != Reason::kAccepted) {
      sink_.Bad(held.line, 0, reason);
    } else {
      TellValues(sink_, held.line, 0, held.value, seen);
    }
  }
  held_.clear();
  time_.clear();
  direction_.clear();
  party_ = Party::kNone;
  in_entity_ = in_text_ = false;
}

}  // namespace signpost::reader::extraction
