// Writes a report.xml as Cellebrite's tools do, as far as public parsers tell (see README.md): a
// reconstruction. Fictional numbers only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signpost::reader::extraction {

inline std::string Field(std::string_view name, std::string_view value,
                         std::string_view type = "String") {
  std::string out = "<field name=\"" + std::string(name) + "\" type=\"" + std::string(type) + "\">";
  if (value.empty()) return out + "<empty /></field>\n";
  return out + "<value type=\"" + std::string(type) + "\"><![CDATA[" + std::string(value) +
         "]]></value></field>\n";
}

inline std::string Time(std::string_view name, std::string_view value) {
  return "<field name=\"" + std::string(name) + "\" type=\"TimeStamp\"><value type=\"TimeStamp\">" +
         std::string(value) + "</value></field>\n";
}

inline std::string Model(std::string_view type, std::string_view inside) {
  return "<model type=\"" + std::string(type) +
         "\" id=\"00000000-0000-4000-8000-000000000000\" deleted_state=\"Intact\" "
         "decoding_confidence=\"High\" extractionId=\"0\">\n" +
         std::string(inside) + "</model>\n";
}

inline std::string Models(std::string_view name, std::string_view type, std::string_view inside) {
  return "<multiModelField name=\"" + std::string(name) + "\" type=\"" + std::string(type) +
         "\">\n" + std::string(inside) + "</multiModelField>\n";
}

inline std::string OneModel(std::string_view name, std::string_view type, std::string_view inside) {
  return "<modelField name=\"" + std::string(name) + "\" type=\"" + std::string(type) + "\">\n" +
         std::string(inside) + "</modelField>\n";
}

inline std::string Party(std::string_view identifier, bool owner = false) {
  return Model("Party", Field("Identifier", identifier) + Field("Role", "From", "PartyRole") +
                            Field("Name", "Somebody 07700 900999") +
                            Field("IsPhoneOwner", owner ? "True" : "False", "Boolean"));
}

inline std::string PhoneNumber(std::string_view value, std::string_view category = "Mobile") {
  return Model("PhoneNumber", Field("Category", category) + Field("Value", value));
}

inline std::string Contact(std::string_view entries) {
  return Model("Contact", Field("Source", "Phone") + Field("Name", "A 07700 900999") +
                              Models("Entries", "ContactEntry", entries));
}

inline std::string ModelType(std::string_view type, std::string_view models) {
  return "<modelType type=\"" + std::string(type) + "\">\n" + std::string(models) +
         "</modelType>\n";
}

inline std::string Report(std::string_view decoded, std::string_view device_info = "") {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
         "<project id=\"0\" name=\"Fictional\" reportVersion=\"5.3.0.0\" "
         "xmlns=\"http://pa.cellebrite.com/report/2.0\">\n"
         "<metadata section=\"Device Info\">\n<item name=\"DeviceInfoSelectedModel\" id=\"1\">"
         "<![CDATA[07700 900998]]></item>\n" +
         std::string(device_info) + "</metadata>\n<taggedFiles></taggedFiles>\n<decodedData>\n" +
         std::string(decoded) + "</decodedData>\n</project>\n";
}

// One of everything, with the day of each.
inline std::string FullReport() {
  return Report(
      ModelType("Call",
                Model("Call", Time("TimeStamp", "2026-03-04T23:30:00.000-02:00") +
                                  Models("Parties", "Party",
                                         Party("+447700900101") + Party("+447700900001", true)))) +
          ModelType(
              "Chat",
              Model("Chat",
                    Field("Source", "WhatsApp") +
                        Time("StartTime", "2025-01-01T00:00:00.000+00:00") +
                        Time("LastActivity", "2026-02-02T10:00:00.000+00:00") +
                        Models("Participants", "Party",
                               Party("447700900102@s.whatsapp.net") +
                                   Party("447700900001@s.whatsapp.net", true) +
                                   Party("120363000000000000@g.us")) +
                        Models("Messages", "InstantMessage",
                               Model("InstantMessage",
                                     Field("Body", "call 07700 900997") +
                                         OneModel("From", "Party",
                                                  Party("447700900102@s.whatsapp.net")) +
                                         Models("SharedContacts", "Contact",
                                                Contact(PhoneNumber("07700 900103"))) +
                                         Time("TimeStamp", "2026-02-01T09:00:00.000+00:00"))))) +
          ModelType(
              "Contact",
              Contact(PhoneNumber("+44 7700 900104") + PhoneNumber("+44 7700 900105", "Work Fax") +
                      Model("UserID", Field("Category", "WhatsApp User Id") +
                                          Field("Value", "447700900106@s.whatsapp.net")) +
                      Model("EMailAddress", Field("Value", "a@example.org")))) +
          ModelType("SIMData",
                    Model("SIMData", Field("Name", "MSISDN") + Field("Value", "07700900001")) +
                        Model("SIMData", Field("Name", "ADN 1") + Field("Value", "07700900107"))) +
          ModelType("SMS", Model("SMS", Models("Parties", "Party", Party("07700900108")) +
                                            Time("TimeStamp", "2026-01-05T10:00:00.000+00:00"))) +
          ModelType("UserAccount", Model("UserAccount", Models("Entries", "ContactEntry",
                                                               PhoneNumber("+447700900002")))),
      "<item name=\"MSISDN\" id=\"2\"><![CDATA[+447700900001]]></item>\n");
}

}  // namespace signpost::reader::extraction
