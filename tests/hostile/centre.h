// A message centre that does what a case says, over any byte stream: bytes in, bytes out, the time
// is an argument. It counts what it took, number by number, over all links and all cases that it
// plays: whoever was texted twice, was texted twice.
//
// What counts as a text: every submit_sm that it does not answer with `refuse` alone. So one that
// is answered badly, late or never was taken, which is the worst that a carrier can do to us.
//
// Without a rule of its own an event is answered as an ordinary centre would. Verbs of a rule:
//   accept [FORM]     the right answer; FORM: hex no-body no-nul empty-id long-id junk cut
//                     seq=0|1|max|big|+1 as=enquire|data|bind|unbind|deliver|unknown
//   refuse STATUS     "not taken", truly; of a bind: refused
//   status STATUS [junk]   answered with that status, and taken all the same
//   nack STATUS [0]   generic_nack with this sequence number, or with 0
//   hold; accept-held [reversed|twice]   remembers it; answers all that are remembered
//   deliver KIND [N]  N deliver_sm; KIND see centre.cc; `enquire` and `enquire-resp`, too
//   receipt "TEXT"    a receipt by text; {id} {hex} {HEX} {padded} stand for the submit's message
//   id receipt-tlv STATE the same by TLV;  receipt-data STATE  in data_sm unbind  outbind  raw HEX
//   text "TEXT" wait MS           the rest of the rule later drip MS           from now on one
//   octet in that time deaf              from now on nothing is read fin  rst          when all of
//   the above is written
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>

#include "tests/hostile/case.h"

namespace signpost::hostile {

struct Submit {
  uint32_t sequence = 0;
  uint64_t id = 0;
  std::string number;
};

class Centre {
 public:
  // Floods are divided by `share`: under a sanitizer a million of anything takes minutes.
  explicit Centre(unsigned share = 1) : share_(share) {}
  void Behave(const Case& as);  // from now on; what was counted stays

  unsigned copies(const std::string& number) const;
  bool accepted(const std::string& number) const { return accepted_.count(number) > 0; }
  bool seen(const std::string& number) const { return seen_.count(number) > 0; }
  size_t people() const { return copies_.size(); }
  size_t people_twice() const;
  size_t people_accepted() const { return accepted_.size(); }
  size_t people_seen() const { return seen_.size(); }
  size_t not_fictional() const { return not_fictional_; }
  unsigned links() const { return links_; }

 private:
  friend class Conversation;
  Case case_;
  std::map<On, unsigned> events_;
  std::map<std::string, unsigned> copies_;
  std::set<std::string> accepted_, seen_;
  std::deque<Submit> held_;
  size_t not_fictional_ = 0;
  uint64_t next_id_ = 1000;
  uint32_t next_sequence_ = 1;
  unsigned links_ = 0, parts_ = 1;
  unsigned share_;
};

class Conversation {
 public:
  Conversation(Centre& centre, int64_t now_ms);
  virtual ~Conversation();

  void Take(std::string_view bytes, int64_t now_ms);
  virtual void Advance(int64_t now_ms);
  std::string_view Output();  // what may be written now
  virtual void Written(size_t bytes);
  bool deaf() { return deaf_ || (write_first_ && !Output().empty()); }
  bool wants_fin() { return Done() && end_ == End::kFin; }
  bool wants_rst() { return Done() && end_ == End::kRst; }
  virtual int64_t wake_ms() const;  // INT64_MAX: when bytes come

 protected:
  virtual void Serve(std::string_view pdu);
  void Put(std::string_view bytes);
  int64_t now_ms() const { return now_ms_; }

 private:
  enum class End { kNone, kFin, kRst };
  struct Event {
    On on = On::kConnect;
    Submit submit;  // its sequence for every kind of event
  };
  struct Rest {
    Event event;
    std::vector<Action> actions;
  };
  struct Flood {
    std::string kind;
    uint64_t left = 0;
  };

  bool Done() { return Output().empty() && floods_.empty() && out_.empty(); }
  void Happen(Event event);
  void Run(const Event& event, std::vector<Action> actions);
  void Do(const Event& event, const Action& action);
  void Accept(const Event& event, const std::vector<std::string>& forms);
  void AcceptHeld(const std::string& how);
  void Receipt(const Event& event, const Action& action);
  void Count(const Event& event, const std::vector<Action>& actions);
  void TopUp();

  Centre& centre_;
  std::string in_, out_;
  std::deque<Flood> floods_;
  std::deque<std::string> behind_;  // one for each flood: what comes after it
  std::multimap<int64_t, Rest> later_;
  int64_t now_ms_, drip_at_ms_ = 0;
  int64_t drip_ms_ = 0;
  bool deaf_ = false, write_first_ = false;
  End end_ = End::kNone;
};

}  // namespace signpost::hostile
