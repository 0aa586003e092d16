#include "core/reader/extraction/report_formats.h"

#include <algorithm>

#include "core/reader/extraction/cellebrite_xml.h"
#include "core/reader/extraction/sms_backup.h"
#include "core/reader/extraction/xry.h"
#include "core/shared/formats/text_formats.h"

namespace signpost::reader::extraction {
namespace {

// The tag of the root element from behind its "<", behind whatever may stand before it.
std::string_view RootTag(std::string_view text) {
  while (true) {
    const size_t open = text.find('<');
    if (open == std::string_view::npos) return {};
    text.remove_prefix(open);
    const bool aside = text.starts_with("<?") || text.starts_with("<!");
    if (!aside) break;
    const std::string_view end = text.starts_with("<!--") ? "-->" : ">";
    const size_t close = text.find(end);
    if (close == std::string_view::npos) return {};
    text.remove_prefix(close + end.size());
  }
  return text.substr(1, std::min<size_t>(text.find('>'), 4096));
}

std::string_view NameIn(std::string_view tag) {
  return tag.substr(0, tag.find_first_of(" \t\r\n/>"));
}

bool IsCellebriteReport(std::string_view tag) {
  return NameIn(tag) == "project" && tag.find("cellebrite.com/report") != std::string_view::npos;
}

bool IsSmsBackup(std::string_view tag) { return NameIn(tag) == "smses" || NameIn(tag) == "calls"; }

template <class T>
std::unique_ptr<Parser> Make(Sink& sink) {
  return std::make_unique<T>(sink);
}

struct ReportFormat {
  formats::Format format;
  bool markup;                           // then `is_it` is given the tag of the root element
  bool (*is_it)(std::string_view text);  // else the text from its beginning on
  std::unique_ptr<Parser> (*make)(Sink& sink);
};

constexpr ReportFormat kReportFormats[] = {
    {formats::Format::kCellebriteXml, true, IsCellebriteReport, Make<CellebriteXmlParser>},
    {formats::Format::kXryText, false, BeginsXryReport, Make<XryParser>},
    {formats::Format::kSmsBackupXml, true, IsSmsBackup, Make<SmsBackupParser>},
};

constexpr bool EachReportHasItsRow() {
  const ReportFormat* next = std::begin(kReportFormats);
  for (const formats::TextFormat& text : formats::kTextFormats) {
    if (!text.says_what_it_is) continue;
    if (next == std::end(kReportFormats) || next->format != text.format) return false;
    ++next;
  }
  return next == std::end(kReportFormats);
}
static_assert(EachReportHasItsRow(),
              "each format of text_formats.h that says what it is needs its row, in its order");

}  // namespace

formats::Format ReportFormatOf(std::string_view text, bool markup) {
  if (markup) text = RootTag(text);
  for (const ReportFormat& report : kReportFormats) {
    if (report.markup == markup && report.is_it(text)) return report.format;
  }
  return formats::Format::kAuto;
}

std::unique_ptr<Parser> MakeReportParser(formats::Format format, Sink& sink) {
  for (const ReportFormat& report : kReportFormats) {
    if (report.format == format) return report.make(sink);
  }
  return nullptr;
}

}  // namespace signpost::reader::extraction
