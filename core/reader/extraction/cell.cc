#include "core/reader/extraction/cell.h"

#include <algorithm>
#include <string>

#include "core/reader/extraction/header.h"
#include "core/reader/extraction/value.h"
#include "core/reader/text/decoder.h"
#include "crypto/base/ascii.h"

namespace signpost::reader::extraction {
namespace {

using formats::Dialect;
using wire::reader::Reason;

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool IsLetterOfAnyScript(char c) { return IsLetter(c) || static_cast<uint8_t>(c) >= 0x80; }

// Where a cell stands, and the sink that is told of it.
struct CellSink {
  Sink& sink;
  uint64_t row;
  uint32_t column;
  const Seen& seen;
  Service service;

  void Bad(Reason reason) const { sink.Bad(row, column, reason); }
  void Id(std::string_view id, Service of) const {
    const Reason reason = ReasonOfId(id, of);
    if (reason != Reason::kAccepted) return Bad(reason);
    TellValues(sink, row, column, id, seen);
  }
  void Owner(std::string_view id) const {
    Bad(Reason::kOwner);
    if (!id.empty() && ReasonOfId(id, Service::kUnsaid) == Reason::kAccepted) sink.Owner(id, {});
  }
};

void TellParty(const CellSink& at, std::string_view text) {
  const std::string_view id = LeadingId(text);
  if (Has(LowerAscii(text), "(owner)")) return at.Owner(id);
  if (id.empty()) return at.Bad(Reason::kNotANumber);
  at.Id(id, at.service);
}

// "Phone-_$!<Mobile>!$_: ..."
void TellLabelled(const CellSink& at, std::string_view label, std::string_view value) {
  if (value.empty()) return;
  if (label.starts_with("phone") || label.starts_with("mobile") || label.starts_with("tel")) {
    if (SaysFaxOrPager(label)) return at.Bad(Reason::kNoHandset);
    return TellValues(at.sink, at.row, at.column, value, at.seen);
  }
  if (label.starts_with("user id") || Has(label, " id")) {
    // Of the ids only WhatsApp's are numbers.
    return Has(value, "@") ? at.Id(value, Service::kOther) : at.Bad(Reason::kNotANumber);
  }
  if (label.starts_with("email") || label.starts_with("e-mail")) {
    return at.Bad(Reason::kNotANumber);
  }
  static constexpr std::string_view kRoles[] = {"from",        "to",    "cc",      "bcc",
                                                "participant", "party", "general", "participants"};
  if (std::find(std::begin(kRoles), std::end(kRoles), label) != std::end(kRoles)) {
    TellParty(at, value);
  }
}

void TellCellebriteLine(const CellSink& at, std::string_view line) {
  const size_t colon = line.substr(0, 96).find(':');
  if (colon == std::string_view::npos || !IsLetterOfAnyScript(line[0])) return TellParty(at, line);
  const std::string label = LowerAscii(Trim(line.substr(0, colon)));
  TellLabelled(at, label, Trim(line.substr(colon + 1)));
}

void TellAxiomPart(const CellSink& at, std::string_view part) {
  const size_t open = part.find('<'), close = part.rfind('>');
  const bool bracketed =
      open != std::string_view::npos && close != std::string_view::npos && open < close;
  const std::string_view id =
      bracketed ? Trim(part.substr(open + 1, close - open - 1)) : Trim(part);
  if (LowerAscii(part.substr(0, 64)).starts_with("local user")) {
    return at.Owner(bracketed ? id : std::string_view());
  }
  if (!id.empty()) at.Id(id, at.service);
}

// Cuts at line ends and semicolons outside what SplitValues would take apart by itself.
template <typename Function>
void ForEachPart(std::string_view cell, std::string_view separators, Function part) {
  while (!cell.empty()) {
    const size_t end = std::min(cell.find_first_of(separators), cell.size());
    const std::string_view one = Trim(cell.substr(0, end));
    if (!one.empty()) part(one);
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
}

}  // namespace

std::string_view LeadingId(std::string_view text) {
  text = Trim(text);
  const std::string_view token = text.substr(0, text.find_first_of(" \t"));
  if (Has(token, "@")) return token;
  size_t n = text.find_first_not_of("+0123456789 ()-./");
  if (n == std::string_view::npos) return text;
  // "... 2nd Name": the digits that a word begins with are the name's.
  if (n > 0 && text[n - 1] != ' ' && IsLetterOfAnyScript(text[n])) {
    const size_t space = text.substr(0, n).rfind(' ');
    n = space == std::string_view::npos ? 0 : space;
  }
  if (n > 0 && text[n - 1] == '(') --n;
  const std::string_view id = Trim(text.substr(0, n));
  return CountDigits(id) > 0 ? id : std::string_view();
}

void TellCell(Sink& sink, uint64_t row, uint32_t column, std::string_view cell, const Seen& seen,
              Dialect dialect, Service service) {
  if (dialect != Dialect::kCellebrite && dialect != Dialect::kAxiom) {
    return TellValues(sink, row, column, cell, seen);
  }
  const CellSink at{sink, row, column, seen, service};
  if (cell.size() > kMaxValueBytes) {
    // The list of a large group: its whole lines, as far as the cell was kept.
    cell = cell.substr(0, std::min(cell.find_last_of("\r\n"), cell.size()));
    if (cell.size() > kMaxValueBytes) return at.Bad(Reason::kNotANumber);
  }
  if (cell.find(text::TextDecoder::kBroken) != std::string_view::npos)
    return at.Bad(Reason::kBadRow);
  if (dialect == Dialect::kCellebrite) {
    ForEachPart(cell, "\r\n", [&at](std::string_view line) { TellCellebriteLine(at, line); });
  } else {
    ForEachPart(cell, "\r\n;", [&at](std::string_view part) { TellAxiomPart(at, part); });
  }
}

void TellOwnersCell(Sink& sink, uint64_t row, uint32_t column, std::string_view cell,
                    const Seen& seen, Dialect dialect, Service service) {
  const bool whole = cell.size() <= kMaxValueBytes && !Has(cell, {&text::TextDecoder::kBroken, 1});
  const bool marked = Has(LowerAscii(cell.substr(0, 256)), "local user");
  if (!whole || marked || dialect == Dialect::kCellebrite || SplitValues(cell).size() != 1) {
    return TellCell(sink, row, column, cell, seen, dialect, service);
  }
  const CellSink at{sink, row, column, seen, service};
  at.Owner(SplitValues(cell)[0]);
}

}  // namespace signpost::reader::extraction
