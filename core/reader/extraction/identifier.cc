#include "core/reader/extraction/identifier.h"

#include <algorithm>
#include <string>

#include "core/reader/extraction/value.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::Reason;

bool HasAny(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

}  // namespace

Service ServiceOf(std::string_view source) {
  const std::string s = LowerAscii(Trim(source.substr(0, 128)));
  if (s.empty()) return Service::kUnsaid;
  if (s.find("whatsapp") != std::string::npos) return Service::kTelephone;
  if (HasAny(s, {"telegram", "facebook", "instagram", "snapchat", "discord", "skype",  "wechat",
                 "weixin",   "kik",      "twitter",   "tiktok",   "teams",   "zoom",   "slack",
                 "threema",  "wickr",    "google",    "vk",       "tinder",  "grindr", "badoo",
                 "linkedin", "hangouts", "qq",        "session",  "reddit",  "mail",   "steam"}) ||
      s == "line" || s == "x" || s.starts_with("line ")) {
    // Google's own application for SMS is named after it.
    return s.find("google messages") != std::string::npos ? Service::kTelephone : Service::kOther;
  }
  if (HasAny(s, {"sms", "mms", "rcs", "native", "imessage", "messages", "viber", "signal", "phone",
                 "call", "facetime", "cellular", "gsm"})) {
    return Service::kTelephone;
  }
  return Service::kUnsaid;
}

Reason ReasonOfId(std::string_view id, Service service) {
  id = Trim(id);
  if (const size_t at = id.rfind('@'); at != std::string_view::npos) {
    const std::string host = LowerAscii(id.substr(at + 1).substr(0, 64));
    if (host == "s.whatsapp.net" || host == "c.us") return Reason::kAccepted;
    const bool nobody = host == "g.us" || host == "broadcast" || host == "newsletter" ||
                        host == "lid" || host == "bot" || host == "call";
    return nobody ? Reason::kNoPerson : Reason::kNotANumber;
  }
  if (service == Service::kTelephone || id.starts_with("+")) return Reason::kAccepted;
  if (service == Service::kUnsaid && id.starts_with("0")) return Reason::kAccepted;
  return Reason::kNotANumber;
}

}  // namespace signpost::reader::extraction
