// Writes workbooks (XLSX) into memory: as much of ECMA-376 as readers need. A reconstruction of
// what forensic tools write; see ../extraction/README.md.
#pragma once

#include "tests/core/reader/archive/zip_writer.h"

namespace signpost::reader::archive {

struct XlsxCell {
  enum Kind { kShared, kInline, kFormula, kNumber, kError } kind = kShared;
  std::string text;
};
inline XlsxCell N(std::string number) { return {XlsxCell::kNumber, std::move(number)}; }
inline XlsxCell S(std::string text) { return {XlsxCell::kShared, std::move(text)}; }

struct XlsxSheet {
  std::string name;
  std::vector<std::vector<XlsxCell>> rows;
};

inline std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '\n') {
      out += "&#10;";
    } else {
      out += c;
    }
  }
  return out;
}

class WorkbookWriter {
 public:
  explicit WorkbookWriter(std::vector<XlsxSheet> sheets, bool from_1904 = false)
      : sheets_(std::move(sheets)), from_1904_(from_1904) {}

  std::vector<ZipFile> Files() {
    std::string list, relations;
    std::vector<ZipFile> files;
    for (size_t i = 0; i < sheets_.size(); ++i) {
      const std::string id = std::to_string(i + 1);
      list += "<sheet name=\"" + Escaped(sheets_[i].name) + "\" sheetId=\"" + id + "\" r:id=\"rId" +
              id + "\"/>";
      relations += "<Relationship Id=\"rId" + id +
                   "\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
                   "relationships/worksheet\" Target=\"worksheets/sheet" +
                   id + ".xml\"/>";
      files.push_back({"xl/worksheets/sheet" + id + ".xml", Sheet(sheets_[i])});
    }
    relations +=
        "<Relationship Id=\"rIdS\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
        "relationships/sharedStrings\" Target=\"sharedStrings.xml\"/>";
    files.push_back({"xl/workbook.xml", "<?xml version=\"1.0\"?><workbook><workbookPr" +
                                            std::string(from_1904_ ? " date1904=\"1\"" : "") +
                                            "/><sheets>" + list + "</sheets></workbook>"});
    files.push_back(
        {"xl/_rels/workbook.xml.rels", "<Relationships>" + relations + "</Relationships>"});
    std::string strings = "<sst>";
    for (const std::string& s : strings_) {
      strings += "<si><r><t>" + Escaped(s.substr(0, s.size() / 2)) + "</t></r><r><t>" +
                 Escaped(s.substr(s.size() / 2)) + "</t></r><rPh><t>07700900999</t></rPh></si>";
    }
    files.push_back({"xl/sharedStrings.xml", strings + "</sst>"});
    return files;
  }

 private:
  std::string Sheet(const XlsxSheet& sheet) {
    std::string out = "<worksheet><sheetData>";
    size_t row = 0;
    for (const auto& cells : sheet.rows) {
      out += "<row r=\"" + std::to_string(++row) + "\">";
      for (size_t c = 0; c < cells.size(); ++c) out += Cell(cells[c], c, row);
      out += "</row>";
    }
    return out + "</sheetData></worksheet>";
  }

  std::string Cell(const XlsxCell& cell, size_t column, size_t row) {
    if (cell.text.empty()) return "";
    const std::string at =
        "<c r=\"" + std::string(1, static_cast<char>('A' + column)) + std::to_string(row) + "\"";
    switch (cell.kind) {
      case XlsxCell::kShared:
        strings_.push_back(cell.text);
        return at + " t=\"s\"><v>" + std::to_string(strings_.size() - 1) + "</v></c>";
      case XlsxCell::kInline:
        return at + " t=\"inlineStr\"><is><t>" + Escaped(cell.text) + "</t></is></c>";
      case XlsxCell::kFormula:
        return at + " t=\"str\"><f>A1&amp;\"07700900998\"</f><v>" + Escaped(cell.text) + "</v></c>";
      case XlsxCell::kNumber:
        return at + "><v>" + cell.text + "</v></c>";
      case XlsxCell::kError:
        return at + " t=\"e\"><v>" + cell.text + "</v></c>";
    }
    return "";
  }

  std::vector<XlsxSheet> sheets_;
  bool from_1904_;
  std::vector<std::string> strings_;
};

inline Bytes WriteWorkbook(std::vector<XlsxSheet> sheets, bool from_1904 = false) {
  return WriteZip(WorkbookWriter(std::move(sheets), from_1904).Files());
}

// As Cellebrite's: a title, the header, labelled lines in one cell.
inline std::vector<XlsxSheet> CellebriteSheets() {
  return {
      {"Summary", {{S("Report"), S("07700 900996")}, {S("MSISDN"), S("07700 900002")}}},
      {"Contacts",
       {{S("Contacts (2)")},
        {S("#"), S("Name"), S("Interaction Statuses"), S("Entries"), S("Source"), S("Deleted")},
        {N("1"), S("A"), S(""),
         S("Phone-Mobile: +44 7700 900101\nPhone-Work Fax: +44 7700 900102\nUser ID-WhatsApp User "
           "Id: 447700900103@s.whatsapp.net\nEmail-Home: a@example.org\nUser ID-Facebook Id: "
           "7700900995"),
         S("Phone"), S("")},
        {N("2"), S("B 07700 900994"), S(""), S("Phone-_$!<Mobile>!$_: 07700 900104"), S("Phone"),
         S("Yes")}}},
      {"Call Log",
       {{S("Call Log (2)")},
        {S("#"), S("Parties"), S("Direction"), S("Date"), S("Source")},
        {N("1"), S("From:  +447700900105 C 2nd\nTo: +447700900001 Me (owner)"), S("Incoming"),
         S("23/11/2026 21:08:02(UTC+0)"), S("")},
        {N("2"), S("To:  7700900993 D"), S("Outgoing"), N("46349.5"), S("Telegram")},
        {N("3"), S("To:  447700900106@s.whatsapp.net E"), S("Outgoing"), N("46349.5"),
         S("WhatsApp")}}}};
}

}  // namespace signpost::reader::archive
