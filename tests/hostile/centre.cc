#include "tests/hostile/centre.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/hostile/wire.h"

namespace signpost::hostile {
namespace {

constexpr size_t kChunk = 65536;  // of a flood, at a time

uint32_t Number(const Action& action, size_t at, uint32_t otherwise) {
  if (action.arguments.size() <= at) return otherwise;
  return static_cast<uint32_t>(std::stoul(action.arguments[at], nullptr, 0));
}

std::string Hex(uint64_t value, const char* format) {
  char out[32];
  std::snprintf(out, sizeof out, format, static_cast<unsigned long long>(value));
  return out;
}

std::string WithId(std::string text, uint64_t id) {
  const std::pair<std::string, std::string> forms[] = {{"{id}", std::to_string(id)},
                                                       {"{hex}", Hex(id, "%llx")},
                                                       {"{HEX}", Hex(id, "%llX")},
                                                       {"{padded}", Hex(id, "%020llu")}};
  for (const auto& [name, form] : forms) {
    for (size_t at; (at = text.find(name)) != std::string::npos;) {
      text.replace(at, name.size(), form);
    }
  }
  return text;
}

uint32_t CommandOf(On on) {
  switch (on) {
    case On::kBind:
      return kBind;
    case On::kSubmit:
      return kSubmit;
    case On::kEnquire:
      return kEnquire;
    default:
      return kUnbind;
  }
}

// One of the forms that `accept` may have; empty when this one has not.
std::string Form(const std::vector<std::string>& forms, std::string_view name) {
  for (const std::string& form : forms) {
    if (form.substr(0, name.size()) == name) return form.substr(name.size()) + " ";
  }
  return {};
}

uint32_t SequenceAs(const std::string& form, uint32_t sequence) {
  if (form == "0 ") return 0;
  if (form == "1 ") return 1;
  if (form == "max ") return 0x7FFFFFFF;
  if (form == "big ") return 0xFFFFFFFF;
  if (form == "+1 ") return sequence + 100;  // that nobody uses yet
  return sequence;
}

uint32_t CommandAs(const std::string& form, uint32_t command) {
  if (form == "enquire ") return kEnquire | kResponse;
  if (form == "data ") return kData | kResponse;
  if (form == "bind ") return kBind | kResponse;
  if (form == "unbind ") return kUnbind | kResponse;
  if (form == "deliver ") return kDeliver | kResponse;
  if (form == "unknown ") return 0x80000A55;
  return command | kResponse;
}

}  // namespace

void Centre::Behave(const Case& as) {
  case_ = as;
  events_.clear();
  held_.clear();
  links_ = 0;
}

unsigned Centre::copies(const std::string& number) const {
  const auto found = copies_.find(number);
  return found == copies_.end() ? 0 : found->second;
}

size_t Centre::people_twice() const {
  return static_cast<size_t>(std::count_if(copies_.begin(), copies_.end(),
                                           [](const auto& entry) { return entry.second > 1; }));
}

Conversation::Conversation(Centre& centre, int64_t now_ms) : centre_(centre), now_ms_(now_ms) {
  ++centre_.links_;
  Happen({On::kConnect, {}});
}

Conversation::~Conversation() = default;

void Conversation::Take(std::string_view bytes, int64_t now_ms) {
  now_ms_ = now_ms;
  in_ += bytes;
  size_t used = 0;
  while (in_.size() - used >= 16 && !deaf_) {
    const size_t length = Get32(in_, used);
    if (length < 16 || length > kChunk) {
      std::fprintf(stderr, "hostile centre: what came is no SMPP\n");
      std::abort();  // a client that writes nonsense fails every case
    }
    if (in_.size() - used < length) break;
    Serve(std::string_view(in_).substr(used, length));
    used += length;
  }
  in_.erase(0, used);
}

void Conversation::Advance(int64_t now_ms) {
  now_ms_ = now_ms;
  while (!later_.empty() && later_.begin()->first <= now_ms) {
    const Rest rest = later_.begin()->second;
    later_.erase(later_.begin());
    Run(rest.event, rest.actions);
  }
}

std::string_view Conversation::Output() {
  TopUp();
  if (drip_ms_ == 0) return out_;
  return now_ms_ >= drip_at_ms_ ? std::string_view(out_).substr(0, 1) : std::string_view();
}

void Conversation::Written(size_t bytes) {
  out_.erase(0, bytes);
  if (bytes > 0) drip_at_ms_ = now_ms_ + drip_ms_;
}

int64_t Conversation::wake_ms() const {
  int64_t wake = later_.empty() ? INT64_MAX : later_.begin()->first;
  if (drip_ms_ > 0 && !out_.empty()) wake = std::min(wake, drip_at_ms_);
  return wake;
}

void Conversation::TopUp() {
  while (!floods_.empty() && out_.size() < kChunk) {
    Flood& flood = floods_.front();
    if (flood.left > 0) {
      out_ += Inbound(flood.kind, flood.left, centre_.next_sequence_);
      centre_.next_sequence_ = centre_.next_sequence_ % 0x7FFFFFFF + 1;
      --flood.left;
      continue;
    }
    out_ += behind_.front();
    behind_.pop_front();
    floods_.pop_front();
  }
}

void Conversation::Put(std::string_view bytes) {
  if (end_ != End::kNone) return;
  (behind_.empty() ? out_ : behind_.back()) += bytes;
}

void Conversation::Serve(std::string_view pdu) {
  const uint32_t command = Get32(pdu, 4);
  Event event;
  event.submit.sequence = Get32(pdu, 12);
  switch (command) {
    case kBind:
      event.on = On::kBind;
      break;
    case kEnquire:
      event.on = On::kEnquire;
      break;
    case kUnbind:
      event.on = On::kUnbind;
      break;
    case kSubmit:
      event.on = On::kSubmit;
      event.submit.number = Destination(pdu.substr(16));
      event.submit.id = centre_.next_id_++;
      centre_.parts_ = PlaceOf(pdu.substr(16));
      break;
    default:
      return;  // answers to what was delivered
  }
  Happen(event);
}

void Conversation::Happen(Event event) {
  const unsigned nth = ++centre_.events_[event.on];
  const auto& rules = centre_.case_.rules;
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const Rule& rule) { return rule.Is(event.on, nth); });
  std::vector<Action> actions;
  if (found != rules.end()) {
    actions = found->actions;
  } else if (event.on != On::kConnect) {
    actions.push_back({"accept", {}});
    if (event.on == On::kUnbind) actions.push_back({"fin", {}});
  }
  if (event.on == On::kSubmit) Count(event, actions);
  Run(event, std::move(actions));
}

void Conversation::Count(const Event& event, const std::vector<Action>& actions) {
  const auto has = [&](std::string_view verb) {
    return std::any_of(actions.begin(), actions.end(),
                       [&](const Action& a) { return a.verb == verb; });
  };
  const std::string& number = event.submit.number;
  centre_.seen_.insert(number);
  const bool fictional = number.size() == 12 && number.substr(0, 9) == "447700900";
  if (!fictional) ++centre_.not_fictional_;
  // Of a text in parts the first counts: who gets it, got a text.
  if (centre_.parts_ == 1 && (!has("refuse") || has("accept"))) ++centre_.copies_[number];
}

void Conversation::Run(const Event& event, std::vector<Action> actions) {
  for (size_t i = 0; i < actions.size(); ++i) {
    if (actions[i].verb == "wait") {
      const std::vector<Action> rest(actions.begin() + static_cast<ptrdiff_t>(i) + 1,
                                     actions.end());
      later_.emplace(now_ms_ + Number(actions[i], 0, 0), Rest{event, rest});
      return;
    }
    Do(event, actions[i]);
  }
}

void Conversation::Do(const Event& event, const Action& action) {
  const std::string& verb = action.verb;
  const uint32_t sequence = event.submit.sequence;
  const auto argument = [&](size_t at) {
    return action.arguments.size() > at ? action.arguments[at] : std::string();
  };
  if (verb == "accept") {
    Accept(event, action.arguments);
  } else if (verb == "refuse" || verb == "status") {
    const std::string junk = argument(1) == "junk" ? std::string(300, '\x7f') : std::string();
    Put(Pdu(CommandOf(event.on) | kResponse, Number(action, 0, 0), sequence, junk));
  } else if (verb == "nack") {
    Put(Pdu(kNack, Number(action, 0, 0), Number(action, 1, sequence)));
  } else if (verb == "hold") {
    centre_.held_.push_back(event.submit);
  } else if (verb == "accept-held") {
    AcceptHeld(argument(0));
  } else if (verb == "deliver") {
    if (end_ != End::kNone) return;
    floods_.push_back({argument(0), std::max(1u, Number(action, 1, 1) / centre_.share_)});
    behind_.emplace_back();
  } else if (verb.substr(0, 7) == "receipt") {
    Receipt(event, action);
  } else if (verb == "unbind" || verb == "outbind") {
    Put(Pdu(verb == "unbind" ? kUnbind : kOutbind, 0, centre_.next_sequence_++));
  } else if (verb == "raw") {
    Put(FromHex(argument(0)));
  } else if (verb == "text") {
    Put(argument(0));
  } else if (verb == "drip") {
    drip_ms_ = Number(action, 0, 1000);
  } else if (verb == "deaf") {
    deaf_ = true;
  } else if (verb == "write-first") {
    write_first_ = true;
  } else if (verb == "fin" || verb == "rst") {
    end_ = verb == "fin" ? End::kFin : End::kRst;
  } else if (verb != "nothing") {
    std::fprintf(stderr, "cases: no such verb: %s\n", verb.c_str());
    std::exit(2);
  }
}

void Conversation::Accept(const Event& event, const std::vector<std::string>& forms) {
  const auto has = [&](std::string_view form) {
    return std::find(forms.begin(), forms.end(), form) != forms.end();
  };
  const std::string as = Form(forms, "as="), seq = Form(forms, "seq=");
  std::string body;
  if (event.on == On::kBind) body = has("no-nul") ? "SMSC" : CString("SMSC");
  if (event.on == On::kSubmit) {
    const std::string id =
        has("hex") ? Hex(event.submit.id, "%llX") : std::to_string(event.submit.id);
    body = has("no-nul") ? id : CString(id);
    if (has("empty-id")) body = CString("");
    if (has("long-id")) body = std::string(200, 'x');
    if (has("junk")) body += std::string(500, '\x81');
    if (as.empty() && seq.empty()) centre_.accepted_.insert(event.submit.number);
  }
  if (has("no-body")) body.clear();
  std::string pdu =
      Pdu(CommandAs(as, CommandOf(event.on)), 0, SequenceAs(seq, event.submit.sequence), body);
  if (has("cut")) pdu.resize(pdu.size() - 1);
  Put(pdu);
}

void Conversation::AcceptHeld(const std::string& how) {
  std::deque<Submit> held;
  held.swap(centre_.held_);
  if (how == "reversed") std::reverse(held.begin(), held.end());
  for (const Submit& submit : held) {
    Accept({On::kSubmit, submit}, {});
    if (how == "twice") Accept({On::kSubmit, submit}, {});
  }
}

void Conversation::Receipt(const Event& event, const Action& action) {
  const Submit& s = event.submit;
  const uint32_t sequence = centre_.next_sequence_++;
  if (action.verb == "receipt") {
    Put(TextReceipt(s.number, WithId(action.arguments.at(0), s.id), sequence));
  } else {
    Put(TlvReceipt(s.number, std::to_string(s.id), static_cast<uint8_t>(Number(action, 0, 2)),
                   action.verb == "receipt-data", sequence));
  }
}

}  // namespace signpost::hostile
