// Reads the plain-text vector files beside the tests: two words a line, '#' comments.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "crypto/base/bytes.h"

namespace signpost {

inline std::map<std::string, std::string> ReadVectors(const std::string& path) {
  std::map<std::string, std::string> vectors;
  std::ifstream in(std::string(SIGNPOST_SOURCE_DIR) + "/" + path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string key, value;
    words >> key >> value;
    vectors[key] = value;
  }
  return vectors;
}

}  // namespace signpost
