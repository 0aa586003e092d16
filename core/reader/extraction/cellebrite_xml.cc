#include "core/reader/extraction/cellebrite_xml.h"

#include <algorithm>

#include "core/reader/extraction/date.h"
#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"
#include "crypto/memory/secret.h"

namespace signpost::reader::extraction {
namespace {

using wire::reader::Reason;

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// U+FFFD, which broken text became on its way.
bool IsBrokenText(std::string_view text) {
  return text.find("\xef\xbf\xbd") != std::string_view::npos;
}

}  // namespace

wire::reader::FileRefusal CellebriteXmlParser::Finish() { return xml_.Finish(); }

CellebriteXmlParser::Kind CellebriteXmlParser::KindOf(std::string_view type) {
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"InstantMessage", Kind::kInstantMessage},
      {"Party", Kind::kParty},
      {"Contact", Kind::kContact},
      {"PhoneNumber", Kind::kPhoneNumber},
      {"UserID", Kind::kUserId},
      {"EMailAddress", Kind::kEmail},
      {"EmailAddress", Kind::kEmail},
      {"Call", Kind::kCall},
      {"SMS", Kind::kMessage},
      {"MMS", Kind::kMessage},
      {"Voicemail", Kind::kMessage},
      {"Chat", Kind::kChat},
      {"SIMData", Kind::kSim},
      {"UserAccount", Kind::kAccount},
  };
  for (const auto& [name, kind] : kKinds) {
    if (type == name) return kind;
  }
  return Kind::kOther;
}

CellebriteXmlParser::Field CellebriteXmlParser::FieldOf(std::string_view name, Kind of) {
  switch (of) {
    case Kind::kParty:
      if (name == "Identifier") return Field::kIdentifier;
      return name == "IsPhoneOwner" ? Field::kIsOwner : Field::kNone;
    case Kind::kSim:
      if (name == "Name") return Field::kName;
      [[fallthrough]];
    case Kind::kPhoneNumber:
    case Kind::kUserId:
      if (name == "Value") return Field::kValue;
      return name == "Category" ? Field::kCategory : Field::kNone;
    case Kind::kCall:
    case Kind::kMessage:
    case Kind::kInstantMessage:
    case Kind::kChat:
      if (name == "Source") return Field::kSource;
      if (IsOneOf(name, {"TimeStamp", "Timestamp", "LastActivity"})) return Field::kTime;
      return name == "StartTime" ? Field::kEarlierTime : Field::kNone;
    case Kind::kAccount:
      return name == "Username" ? Field::kUsername : Field::kNone;
    default:
      return Field::kNone;
  }
}

void CellebriteXmlParser::Open(std::string_view name, const XmlAttributes& attributes) {
  if (name[0] == 'v' || name[0] == 'e') return;  // value, empty: half of all
  if (name == "field") {
    if (models_.empty()) return;
    field_ = FieldOf(attributes.Get("name"), models_.back().kind);
    if (field_ != Field::kNone) Collect();
  } else if (name == "model") {
    Model& model = models_.emplace_back();
    model.kind = KindOf(attributes.Get("type"));
    model.relation = relation_;
    model.line = xml_.line();
    relation_ = Relation::kNone;
    field_ = Field::kNone;
    rows_ += model.kind > Kind::kAccount && model.kind < Kind::kParty;
    rows_ += model.kind == Kind::kContact;
  } else if (name == "multiModelField" || name == "modelField") {
    const std::string_view relation = attributes.Get("name");
    if (relation == "Entries") {
      relation_ = Relation::kEntries;
    } else {
      const bool parties = IsOneOf(
          relation, {"Parties", "Participants", "From", "To", "Cc", "Bcc", "Recipients", "Sender"});
      relation_ = parties ? Relation::kParties : Relation::kNone;
    }
  } else if (name == "item" && models_.empty()) {
    // In the metadata: "MSISDN", "LastUsedMSISDN", "MSISDN 2".
    const std::string item = LowerAscii(attributes.Get("name"));
    own_number_ = item.find("msisdn") != std::string::npos || item == "phone number" ||
                  item == "phone number(s)" || item == "owner phone number";
    if (own_number_) Collect();
  }
}

void CellebriteXmlParser::Collect() {
  memory::WipeText(text_);
  xml_.WantText(true);
}

void CellebriteXmlParser::Text(std::string_view text) {
  text_ += text.substr(0, kMaxValueBytes + 1 - std::min(text_.size(), kMaxValueBytes + 1));
}

void CellebriteXmlParser::Close(std::string_view name) {
  if (name[0] == 'v' || name[0] == 'e') return;
  if (name == "field") {
    if (field_ != Field::kNone && !models_.empty()) EndField();
    field_ = Field::kNone;
  } else if (name == "model") {
    if (!models_.empty()) EndModel();
  } else if (name == "multiModelField" || name == "modelField") {
    relation_ = Relation::kNone;
  } else if (name == "item" && own_number_) {
    xml_.WantText(false);
    own_number_ = false;
    for (const std::string_view value : SplitValues(text_)) sink_.Owner(value, {});
    memory::WipeText(text_);
  }
}

void CellebriteXmlParser::EndField() {
  xml_.WantText(false);
  Model& model = models_.back();
  const std::string_view text = Trim(text_);
  switch (field_) {
    case Field::kValue:
    case Field::kIdentifier:
      model.value = text;
      break;
    case Field::kCategory:
      model.category = text.substr(0, 128);
      break;
    case Field::kName:
      model.name = text.substr(0, 128);
      break;
    case Field::kIsOwner:
      model.owner = LowerAscii(text.substr(0, 8)) == "true";
      break;
    case Field::kSource:
      model.service = ServiceOf(text);
      break;
    case Field::kTime:
    case Field::kEarlierTime:
      if (const auto day = ParseDay(text, DateOrder::kUnsaid)) {
        const bool exact = field_ == Field::kTime;
        if (exact || !model.exact_time) model.day = day;
        model.exact_time = model.exact_time || exact;
      } else if (!text.empty()) {
        days_unread_ = true;
      }
      break;
    case Field::kUsername:
      if (ReasonOfId(text, Service::kUnsaid) == Reason::kAccepted) sink_.Owner(text, {});
      break;
    case Field::kNone:
      break;
  }
  memory::WipeText(text_);
}

void CellebriteXmlParser::EndModel() {
  Model model = std::move(models_.back());
  relation_ = model.relation;
  Model* const around = models_.size() > 1 ? &models_[models_.size() - 2] : nullptr;
  const Kind of = around != nullptr ? around->kind : Kind::kOther;
  switch (model.kind) {
    case Kind::kParty:
      if (relation_ == Relation::kParties && of >= Kind::kCall && of <= Kind::kChat) Hold(model);
      break;
    case Kind::kPhoneNumber:
    case Kind::kUserId:
    case Kind::kEmail:
      if (relation_ == Relation::kEntries) EndEntry(model, of);
      break;
    case Kind::kSim:
      EndSim(model);
      break;
    case Kind::kCall:
    case Kind::kMessage:
    case Kind::kInstantMessage:
    case Kind::kChat: {
      const auto mine = static_cast<uint32_t>(models_.size() - 1);
      std::swap(models_.back(), model);
      size_t from = held_.size();
      while (from > 0 && held_[from - 1].model == mine) --from;
      TellHeld(from);
      break;
    }
    default:
      break;
  }
  models_.pop_back();
}

void CellebriteXmlParser::EndEntry(const Model& entry, Kind of) {
  if (of == Kind::kAccount) {
    const bool number = entry.kind == Kind::kPhoneNumber ||
                        (entry.kind == Kind::kUserId &&
                         ReasonOfId(entry.value, Service::kOther) == Reason::kAccepted);
    if (number && !entry.value.empty()) sink_.Owner(entry.value, {});
    return;
  }
  if (of != Kind::kContact) return;
  if (entry.kind == Kind::kEmail) return sink_.Bad(entry.line, 0, Reason::kNotANumber);
  if (entry.value.empty()) return;
  if (entry.kind == Kind::kPhoneNumber && SaysFaxOrPager(entry.category)) {
    return sink_.Bad(entry.line, 0, Reason::kNoHandset);
  }
  if (entry.kind == Kind::kUserId) {
    // Only WhatsApp's ids are numbers; of others even those that look like one are not taken.
    const bool whatsapp = entry.value.find('@') != std::string::npos;
    const Reason reason = whatsapp ? ReasonOfId(entry.value, Service::kOther) : Reason::kNotANumber;
    if (reason != Reason::kAccepted) return sink_.Bad(entry.line, 0, reason);
  }
  if (IsBrokenText(entry.value)) return sink_.Bad(entry.line, 0, Reason::kBadRow);
  TellValues(sink_, entry.line, 0, entry.value);
}

// A SIM's numbers: its own, those that it stores, and a good deal that only looks like numbers.
void CellebriteXmlParser::EndSim(const Model& sim) {
  if (sim.value.empty()) return;
  const std::string what = LowerAscii(sim.name + " " + sim.category);
  const auto says = [&what](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&what](std::string_view word) {
      return what.find(word) != std::string::npos;
    });
  };
  if (says({"msisdn", "own number"})) {
    for (const std::string_view value : SplitValues(sim.value)) sink_.Owner(value, {});
    return;
  }
  if (says({"smsp", "smsc", "service", "sdn", "voicemail", "voice mail", "mailbox", "emergency"})) {
    return sink_.Bad(sim.line, 0, Reason::kNoPerson);
  }
  if (!says({"adn", "fdn", "lnd", "dial", "contact", "phonebook", "phone book", "number"}) ||
      says({"iccid", "imsi", "serial"})) {
    return sink_.Bad(sim.line, 0, Reason::kNotANumber);
  }
  if (IsBrokenText(sim.value)) return sink_.Bad(sim.line, 0, Reason::kBadRow);
  TellValues(sink_, sim.line, 0, sim.value);
}

void CellebriteXmlParser::Hold(const Model& party) {
  if (party.value.empty()) return;
  if (held_text_.size() + party.value.size() > kMaxHeldBytes || held_.size() >= kMaxHeld) {
    TellHeld(0);
  }
  held_.push_back({static_cast<uint32_t>(models_.size() - 2), party.line,
                   static_cast<uint32_t>(held_text_.size()),
                   static_cast<uint32_t>(party.value.size()), party.owner});
  held_text_ += party.value;
}

void CellebriteXmlParser::TellHeld(size_t from) {
  if (from >= held_.size()) return;
  for (size_t i = from; i < held_.size(); ++i) TellParty(held_[i]);
  const size_t at = held_[from].at;
  memory::Wipe({reinterpret_cast<uint8_t*>(held_text_.data()) + at, held_text_.size() - at});
  held_text_.resize(at);
  held_.resize(from);
}

void CellebriteXmlParser::TellParty(const Held& held) {
  const Model& of = models_[held.model];
  const std::string_view id = std::string_view(held_text_).substr(held.at, held.size);
  if (held.owner) {
    sink_.Bad(held.line, 0, Reason::kOwner);
    if (ReasonOfId(id, Service::kUnsaid) == Reason::kAccepted) sink_.Owner(id, {});
    return;
  }
  Service service = of.service;
  if (service == Service::kUnsaid && (of.kind == Kind::kCall || of.kind == Kind::kMessage)) {
    service = Service::kTelephone;
  }
  if (service == Service::kUnsaid && of.kind == Kind::kInstantMessage && held.model > 0) {
    service = models_[held.model - 1].service;  // the chat's
  }
  const Reason reason = ReasonOfId(id, service);
  if (reason != Reason::kAccepted) return sink_.Bad(held.line, 0, reason);
  if (IsBrokenText(id)) return sink_.Bad(held.line, 0, Reason::kBadRow);
  TellValues(sink_, held.line, 0, id, Seen{true, of.day, {}});
}

}  // namespace signpost::reader::extraction
