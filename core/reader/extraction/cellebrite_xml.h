// Reads Cellebrite's report.xml, as a UFDR holds it (http://pa.cellebrite.com/report/2.0).
//
// Taken: of a Contact, its Entries' PhoneNumber values and WhatsApp ids; the Parties of calls, SMS,
// MMS and voicemail; a chat's Participants, its messages' From and To, and shared contacts; the
// numbers that a SIM stores. Deleted items count like others. A party gets the day of its call or
// message (TimeStamp), a participant that of its chat (LastActivity, else StartTime), wherever in
// the model the time stands: a model's few values are held until it ends, or until kMaxHeldBytes
// are held, and are then told with the day known so far.
// The day of a contact (TimeContacted) is not taken: it is not said of which of its numbers.
//
// The owner: parties that say IsPhoneOwner are left out (kOwner); their numbers, MSISDNs of the
// device information and of the SIM, and the user accounts' are told as Owner.
// Never looked at: names, bodies, notes, places, files, and every model not named here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/reader/extraction/identifier.h"
#include "core/reader/extraction/parser.h"
#include "core/reader/extraction/xml.h"
#include "crypto/memory/wiped.h"

namespace signpost::reader::extraction {

class CellebriteXmlParser final : public Parser, private XmlEvents {
 public:
  explicit CellebriteXmlParser(Sink& sink) : sink_(sink), xml_(*this) {}
  wire::reader::FileRefusal Feed(std::string_view text) override { return xml_.Feed(text); }
  wire::reader::FileRefusal Finish() override;
  uint64_t rows() const override { return rows_; }
  uint64_t line() const override { return xml_.line(); }
  uint32_t warnings() const override { return days_unread_ ? wire::reader::kDaysUnread : 0u; }

  static constexpr size_t kMaxHeldBytes = 1u << 20;
  static constexpr size_t kMaxHeld = 1u << 16;

 private:
  enum class Kind : uint8_t {
    kOther,
    kContact,
    kAccount,
    kCall,
    kMessage,
    kInstantMessage,
    kChat,
    kSim,  // told by themselves
    kParty,
    kPhoneNumber,
    kUserId,
    kEmail  // parts of those
  };
  enum class Field : uint8_t {
    kNone,
    kValue,
    kCategory,
    kName,
    kIdentifier,
    kIsOwner,
    kTime,
    kEarlierTime,
    kSource,
    kUsername
  };
  enum class Relation : uint8_t { kNone, kParties, kEntries };
  struct Model {
    Kind kind = Kind::kOther;
    Relation relation = Relation::kNone;  // to the model around it
    uint64_t line = 0;
    std::optional<Day> day;
    bool exact_time = false, owner = false;
    Service service = Service::kUnsaid;
    memory::Wiped<std::string> value;
    std::string category, name;
  };
  struct Held {
    uint32_t model;  // whose party
    uint64_t line;
    uint32_t at, size;
    bool owner;
  };

  void Open(std::string_view name, const XmlAttributes& attributes) override;
  void Close(std::string_view name) override;
  void Text(std::string_view text) override;
  static Kind KindOf(std::string_view type);
  static Field FieldOf(std::string_view name, Kind of);
  void Collect();
  void EndField();
  void EndModel();
  void EndEntry(const Model& entry, Kind of);
  void EndSim(const Model& sim);
  void Hold(const Model& party);
  void TellHeld(size_t from);
  void TellParty(const Held& held);

  Sink& sink_;
  std::vector<Model> models_;  // each inside the one before
  std::vector<Held> held_;
  memory::Wiped<std::string> held_text_, text_;
  Field field_ = Field::kNone;
  Relation relation_ = Relation::kNone;
  bool own_number_ = false;  // in an item of the device information
  bool days_unread_ = false;
  uint64_t rows_ = 0;
  XmlReader xml_;
};

}  // namespace signpost::reader::extraction
