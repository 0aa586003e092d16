#include "core/shared/ledger/event.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace signpost::ledger {
namespace {

using Json = nlohmann::json;  // objects are std::map: keys come out sorted

constexpr size_t kMaxText = 300;
constexpr size_t kMaxBy = 64;

std::string Clean(std::string_view text, size_t max) {
  std::string out(text.substr(0, max));
  for (char& c : out) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return out.empty() ? "-" : out;
}

// One list of fields for each event, walked in both directions by Writer and Reader.
template <class Io>
void Fields(Io& io, HomeCreated& b) {
  io("mode", b.mode);
  io("policy", b.policy);
  io("ledger", b.ledger_vkey);
  io("software", b.software);
}
template <class Io>
void Fields(Io& io, PolicyApplied& b) {
  io("previous", b.previous);
  io("next", b.next);
  io("approved_by", b.approved_by);
}
template <class Io>
void Fields(Io& io, EpochCreated& b) {
  io("epoch", b.epoch);
  io("public_key", b.public_key_hash);
  io("from", b.from);
  io("deadline", b.deadline);
}
template <class Io>
void Fields(Io& io, EpochDestroyed& b) {
  io("epoch", b.epoch);
}
template <class Io>
void Fields(Io& io, ImportDone& b) {
  io("import", b.import);
  io("section", b.section);
  io("epoch", b.epoch);
  io("expiry", b.expiry);
  io("number_library", b.number_library);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, OptOutsRecorded& b) {
  io("source", b.source);
  io("log", b.log_hash);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, ProtectedRecorded& b) {
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, BatchPlanned& b) {
  io("batch", b.batch);
  io("manifest", b.manifest);
  io("policy", b.policy);
  io("sections", b.sections);
  io("expires", b.expires);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, BatchApproved& b) {
  io("batch", b.batch);
  io("manifest", b.manifest);
  io("approver", b.approver);
}
template <class Io>
void Fields(Io& io, ApprovalWithdrawn& b) {
  io("batch", b.batch);
  io("approver", b.approver);
}
template <class Io>
void Fields(Io& io, BatchCancelled& b) {
  io("batch", b.batch);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, BatchOpened& b) {
  io("batch", b.batch);
  io("run", b.run);
}
template <class Io>
void Fields(Io& io, BatchRunEnded& b) {
  io("batch", b.batch);
  io("run", b.run);
  io("why", b.why);
  io("to", b.to);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, BatchFinished& b) {
  io("batch", b.batch);
  io("expired", b.expired);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, OutcomesChanged& b) {
  io("batch", b.batch);
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, Swept& b) {
  io("counts", b.counts);
  io("epochs_live", b.epochs_live);
}
template <class Io>
void Fields(Io& io, RecordsLost& b) {
  io("counts", b.counts);
}
template <class Io>
void Fields(Io& io, EvidencePublished& b) {
  io("with_openings", b.with_openings);
}

class Writer {
 public:
  explicit Writer(Json& json) : json_(json) {}
  void operator()(const char* key, const Digest& value) { json_[key] = ToHex(value); }
  template <class Tag>
  void operator()(const char* key, const Id<Tag>& value) {
    json_[key] = value.Hex();
  }
  void operator()(const char* key, const std::string& value) {
    json_[key] = Clean(value, kMaxText);
  }
  void operator()(const char* key, Day value) { json_[key] = value.Text(); }
  void operator()(const char* key, Instant value) { json_[key] = value.Text(); }
  void operator()(const char* key, bool value) { json_[key] = value; }
  void operator()(const char* key, Mode value) { json_[key] = std::string(ModeName(value)); }
  void operator()(const char* key, RunEnd value) { json_[key] = std::string(value.Name()); }
  void operator()(const char* key, const std::vector<std::string>& values) {
    Json& array = json_[key] = Json::array();
    for (const std::string& value : values) array.push_back(Clean(value, kMaxText));
  }
  template <class Tag>
  void operator()(const char* key, const std::vector<Id<Tag>>& values) {
    Json& array = json_[key] = Json::array();
    for (const Id<Tag>& value : values) array.push_back(value.Hex());
  }

 private:
  Json& json_;
};

// Takes what it can; spelling is settled afterwards by encoding again and comparing the bytes.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  bool ok() const { return ok_; }

  void operator()(const char* key, Digest& value) {
    const auto raw = FromHex(Text(key));
    if (!raw || raw->size() != value.size()) return Bad();
    std::copy(raw->begin(), raw->end(), value.begin());
  }
  template <class Tag>
  void operator()(const char* key, Id<Tag>& value) {
    const auto id = Id<Tag>::FromHex(Text(key));
    if (!id) return Bad();
    value = *id;
  }
  void operator()(const char* key, std::string& value) { value = Text(key); }
  void operator()(const char* key, Day& value) {
    const auto day = Day::Parse(Text(key));
    if (!day) return Bad();
    value = *day;
  }
  void operator()(const char* key, Instant& value) {
    const auto instant = Instant::Parse(Text(key));
    if (!instant) return Bad();
    value = *instant;
  }
  void operator()(const char* key, bool& value) {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_boolean()) return Bad();
    value = found->get<bool>();
  }
  void operator()(const char* key, Mode& value) {
    const auto mode = ParseMode(Text(key));
    if (!mode) return Bad();
    value = *mode;
  }
  void operator()(const char* key, RunEnd& value) {
    const auto end = RunEnd::Parse(Text(key));
    if (!end) return Bad();
    value = *end;
  }
  void operator()(const char* key, std::vector<std::string>& values) {
    ForEach(key, [&](const std::string& text) { values.push_back(text); });
  }
  template <class Tag>
  void operator()(const char* key, std::vector<Id<Tag>>& values) {
    ForEach(key, [&](const std::string& text) {
      const auto id = Id<Tag>::FromHex(text);
      if (!id) return Bad();
      values.push_back(*id);
    });
  }
  std::string Text(const char* key) {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_string()) {
      Bad();
      return {};
    }
    return found->get<std::string>();
  }

 private:
  template <class F>
  void ForEach(const char* key, F f) {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_array()) return Bad();
    for (const Json& item : *found) {
      if (!item.is_string()) return Bad();
      f(item.get<std::string>());
    }
  }
  void Bad() { ok_ = false; }

  const Json& json_;
  bool ok_ = true;
};

struct Kind {
  std::string_view name;
  std::string_view section_62;
};

// In the order of EventBody. The mapping is explained in core/shared/ledger/FORMAT.md.
constexpr std::array<Kind, std::variant_size_v<EventBody>> kKinds = {{
    {"home.created", "alteration"},
    {"policy.applied", "alteration"},
    {"epoch.created", "alteration"},
    {"epoch.destroyed", "erasure"},
    {"import.done", "collection"},
    {"optouts.recorded", "collection"},
    {"protected.recorded", "collection"},
    {"batch.planned", "combination"},
    {"batch.approved", "alteration"},
    {"approval.withdrawn", "alteration"},
    {"batch.cancelled", "alteration"},
    {"batch.opened", "consultation"},
    {"batch.run.ended", "disclosure"},
    {"batch.finished", "erasure"},
    {"outcomes.changed", "alteration"},
    {"swept", "erasure"},
    {"records.lost", "erasure"},
    {"evidence.published", "disclosure"},
}};

template <size_t I = 0>
bool ReadBody(size_t index, Reader& reader, EventBody& body) {
  if constexpr (I < std::variant_size_v<EventBody>) {
    if (index != I) return ReadBody<I + 1>(index, reader, body);
    Fields(reader, body.emplace<I>());
    return reader.ok();
  } else {
    (void)index, (void)reader, (void)body;
    return false;
  }
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json CountsJson(const Counts& counts) {
  Json json = Json::object();
  for (const auto& [name, value] : counts) json[name] = value;
  return json;
}

bool ReadCounts(const Json& json, Counts& counts) {
  if (!json.is_object() || json.size() > kMaxCountNames) return false;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number_unsigned() || name.empty() || name.size() > 64 ||
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != name.npos) {
      return false;
    }
    counts[name] = value.get<uint64_t>();
  }
  return true;
}

// No exceptions from hostile text; nlohmann's parser and destructor do not recurse.
Json Parse(std::string_view text) { return Json::parse(text, nullptr, false); }

}  // namespace

std::string EncodeCounts(const Counts& counts) { return Dump(CountsJson(counts)); }

Result<Counts> DecodeCounts(std::string_view text) {
  Counts counts;
  if (text.size() > kMaxEntryBytes || !ReadCounts(Parse(text), counts) ||
      EncodeCounts(counts) != text) {
    return Fail(Code::kCorrupt, "not counts");
  }
  return counts;
}

std::string EncodeOpening(uint64_t index, const Opening& opening) {
  Json json = Json::object();
  json["index"] = index;
  json["salt"] = ToHex(opening.salt);
  json["counts"] = CountsJson(opening.counts);
  return Dump(json);
}

Result<std::pair<uint64_t, Opening>> DecodeOpening(std::string_view text) {
  std::pair<uint64_t, Opening> out;
  const Json json = text.size() > kMaxEntryBytes ? Json() : Parse(text);
  const auto fits = [&] {
    if (!json.is_object() || json.size() != 3 || !json.contains("index") ||
        !json.contains("salt") || !json.contains("counts")) {
      return false;
    }
    if (!json["index"].is_number_unsigned() || !json["salt"].is_string()) return false;
    out.first = json["index"].get<uint64_t>();
    const auto salt = FromHex(json["salt"].get<std::string>());
    if (!salt || salt->size() != out.second.salt.size()) return false;
    std::copy(salt->begin(), salt->end(), out.second.salt.begin());
    return ReadCounts(json["counts"], out.second.counts) &&
           EncodeOpening(out.first, out.second) == text;
  };
  if (!fits()) return Fail(Code::kCorrupt, "not an opening");
  return out;
}

Commitment Commit(const Opening& opening) {
  Sha256Stream hash;
  hash.Update(AsBytes("signpost-counts/v1\n"));
  hash.Update(opening.salt);
  hash.Update(AsBytes(EncodeCounts(opening.counts)));
  return hash.Finish();
}

Opening FreshOpening(Counts counts) {
  Opening opening;
  RandomBytes(opening.salt);
  opening.counts = std::move(counts);
  return opening;
}

std::string_view EventName(const EventBody& body) { return kKinds[body.index()].name; }
std::string_view Section62(const EventBody& body) { return kKinds[body.index()].section_62; }

const Commitment* CommitmentOf(const EventBody& body) {
  return std::visit(
      [](const auto& b) -> const Commitment* {
        if constexpr (requires { b.counts; }) {
          return &b.counts;
        } else {
          return nullptr;
        }
      },
      body);
}

std::string EncodeEvent(const Event& event) {
  Json json = Json::object();
  Writer writer(json);
  EventBody body = event.body;
  std::visit([&](auto& b) { Fields(writer, b); }, body);
  json["at"] = event.at.Text();
  json["by"] = Clean(event.by, kMaxBy);
  json["event"] = std::string(EventName(body));
  json["s62"] = std::string(Section62(body));
  return Dump(json);
}

Result<Event> DecodeEvent(std::string_view entry) {
  if (entry.size() > kMaxEntryBytes) return Fail(Code::kCorrupt, "entry is too large");
  const Json json = Parse(entry);
  if (!json.is_object()) return Fail(Code::kCorrupt, "entry is not a JSON object");
  Reader reader(json);
  Event event;
  reader("at", event.at);
  event.by = reader.Text("by");
  const std::string name = reader.Text("event");
  size_t index = 0;
  while (index < kKinds.size() && kKinds[index].name != name) ++index;
  if (index == kKinds.size()) return Fail(Code::kCorrupt, "entry is not one of the known events");
  if (!ReadBody(index, reader, event.body)) {
    return Fail(Code::kCorrupt, "a field of the entry is missing or malformed",
                std::string(kKinds[index].name));
  }
  // One event has one spelling: blanks, key order, doubled and unknown keys, another s62,
  // upper-case hex and overlong texts all end here.
  if (EncodeEvent(event) != entry) {
    return Fail(Code::kCorrupt, "entry is not in the one accepted spelling",
                std::string(kKinds[index].name));
  }
  return event;
}

}  // namespace signpost::ledger
