// The worked examples of the format documents: a fenced block after "<!-- example: name -->".
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/file.h"

namespace signpost {

inline std::string ExampleOf(const std::string& document, const std::string& name) {
  const auto content = ReadFile(SIGNPOST_SOURCE_DIR "/" + document);
  EXPECT_TRUE(content.has_value()) << "no document " << document;
  const std::string text = content.value_or(std::string());
  const size_t marker = text.find("<!-- example: " + name + " -->");
  EXPECT_NE(marker, std::string::npos) << document << " has no example " << name;
  if (marker == std::string::npos) return {};
  const size_t begin = text.find('\n', text.find("```", marker)) + 1;
  return text.substr(begin, text.find("```", begin) - begin);
}

// A dump: on each line, . is hexadecimal with any spaces|' is hexadecimal with any spaces.
inline Bytes HexExampleOf(const std::string& document, const std::string& name) {
  std::string hex;
  bool comment = false;
  for (const char c : ExampleOf(document, name)) {
    if (c == '|') comment = true;
    if (c == '\n') comment = false;
    if (!comment && c != ' ' && c != '\n') hex += c;
  }
  const auto bytes = FromHex(hex);
  EXPECT_TRUE(bytes.has_value()) << name << " is not a hexadecimal dump";
  return bytes.value_or(Bytes());
}

}  // namespace signpost
