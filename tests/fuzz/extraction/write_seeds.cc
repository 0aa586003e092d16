// Writes the seed corpora of the targets whose inputs nobody writes by hand, with the writers that
// the tests use: fuzz_seeds FOLDER. Run again when a writer changes.
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/core/reader/archive/workbook_writer.h"
#include "tests/core/reader/extraction/cellebrite_report.h"

namespace {

void Write(const std::string& path, std::string_view content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string AsFiles(const std::vector<signpost::reader::archive::ZipFile>& files) {
  std::string out = "F";
  for (const auto& file : files) {
    out += (out.size() > 1 ? "\n@@ " : "") + file.name + "\n" + file.content;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace signpost;
  if (argc != 2) return 2;
  const std::string to = std::string(argv[1]) + "/";
  std::string wide = "\xff\xfe";
  for (const char c : reader::extraction::FullReport()) wide += {c, '\0'};
  std::string controls = reader::extraction::FullReport();
  controls.insert(controls.find("Fictional"), "&#x0;&amp;\x01");
  Write(to + "report_xml/full", reader::extraction::FullReport());
  Write(to + "report_xml/utf16", wide);
  Write(to + "report_xml/controls", controls);
  Write(to + "report_xml/doctype", "<!DOCTYPE project [<!ENTITY a \"07700900123\">]>" +
                                       reader::extraction::FullReport().substr(
                                           reader::extraction::FullReport().find("<project")));
  Write(to + "report_xml/cut", reader::extraction::FullReport().substr(0, 2500));
  const std::string csv = "Name,Phone\nA,07700 900111\n";
  const std::string sms = "<smses><sms address=\"07700900112\" date=\"1767225600000\"/></smses>";
  Write(to + "zip/workbook",
        AsFiles(reader::archive::WorkbookWriter(reader::archive::CellebriteSheets()).Files()));
  Write(to + "zip/ufdr", AsFiles({{"report.xml", reader::extraction::FullReport()}}));
  Write(to + "zip/extraction",
        AsFiles({{"a/sms.xml", sms}, {"b/list.csv", csv}, {"sms.db", "SQLite format 3"}}));
  Write(to + "zip/real_workbook", "Z" + std::string(AsText(reader::archive::WriteWorkbook(
                                            reader::archive::CellebriteSheets()))));
  Write(to + "zip/real_encrypted", "Z" + std::string(AsText(reader::archive::WriteZip(
                                             {{"a.csv", csv, false, true}, {"b.xml", sms}}))));
  return 0;
}
