// Holds what the verifier says: one verdict for each part, with the lines that lead to it. Verdicts
// are three on purpose. `held` and `broken` are said only of what the evidence shows; everything
// else is `not provable from this`, which is neither praise nor blame.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signpost::verifier {

enum class Verdict : uint8_t { kHeld = 0, kNotProvable = 1, kBroken = 2 };  // the worst wins
std::string_view VerdictName(Verdict verdict);  // "held", "not provable from this", "broken"

struct ReportLine {
  enum class Kind : uint8_t { kHeld, kNotProvable, kBroken, kLimit };
  Kind kind = Kind::kHeld;
  std::string text;
  std::optional<uint64_t> entry;  // index in the ledger
};

// One promise, or one of the things under them (tree, signatures).
class Part {
 public:
  Part(std::string name, std::string title) : name_(std::move(name)), title_(std::move(title)) {}

  void Held(std::string text) { Add(ReportLine::Kind::kHeld, std::move(text), {}); }
  void Broken(std::string text, std::optional<uint64_t> entry = {}) {
    Add(ReportLine::Kind::kBroken, std::move(text), entry);
  }
  void NotProvable(std::string text, std::optional<uint64_t> entry = {}) {
    Add(ReportLine::Kind::kNotProvable, std::move(text), entry);
  }
  // What this part cannot show whatever the evidence; does not change the verdict.
  void Limit(std::string text) { Add(ReportLine::Kind::kLimit, std::move(text), {}); }

  Verdict verdict() const { return verdict_; }
  const std::string& name() const { return name_; }
  const std::string& title() const { return title_; }
  const std::vector<ReportLine>& lines() const { return lines_; }

 private:
  void Add(ReportLine::Kind kind, std::string text, std::optional<uint64_t> entry);

  std::string name_;
  std::string title_;
  Verdict verdict_ = Verdict::kHeld;
  std::vector<ReportLine> lines_;
};

// One thing that is checked many times over: says `held` once, or each fault (the first twenty).
class Check {
 public:
  Check(Part& part, std::string what) : part_(part), what_(std::move(what)) {}
  ~Check();
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;
  void Count(uint64_t n = 1) { count_ += n; }
  void Broken(uint64_t entry, std::string text);
  void Broken(std::string text);
  void NotProvable(uint64_t entry, std::string text);
  void NotProvable(std::string text);

 private:
  void Fault(ReportLine::Kind kind, std::string text, std::optional<uint64_t> entry);

  Part& part_;
  std::string what_;
  uint64_t count_ = 0;
  uint64_t faults_ = 0;
  uint64_t left_out_ = 0;
};

struct Report {
  std::string subject;  // "ledger of 117 entries, ... to ..."
  Part tree{"tree", "Tree"};
  Part signatures{"signatures", "Signatures"};
  std::string witness = "not witnessed (witnesses come later)";
  std::array<Part, 5> promises = {
      Part{"once", "Once"}, Part{"not-kept", "Not kept"}, Part{"not-readable", "Not readable"},
      Part{"stoppable", "Stoppable"}, Part{"as-approved", "As approved"}};
  Part& once() { return promises[0]; }
  Part& not_kept() { return promises[1]; }
  Part& not_readable() { return promises[2]; }
  Part& stoppable() { return promises[3]; }
  Part& as_approved() { return promises[4]; }
  bool AnyBroken() const;
};

std::string ReportText(const Report& report);
std::string ReportJson(const Report& report);  // one object, ending in '\n'

}  // namespace signpost::verifier
