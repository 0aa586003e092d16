// Reads our plain-text vectors: "name = value" lines, an empty line ends a case, '#' is a comment.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/file.h"

namespace signpost {

class VectorCase {
 public:
  bool Has(const std::string& name) const { return fields_.count(name) != 0; }
  std::string Text(const std::string& name) const {
    const auto field = fields_.find(name);
    EXPECT_NE(field, fields_.end()) << "a vector without " << name;
    return field == fields_.end() ? std::string() : field->second;
  }
  Bytes Hex(const std::string& name) const { return Decode(Text(name)); }
  uint64_t Number(const std::string& name) const { return std::stoull(Text(name)); }
  Digest Hash(const std::string& name) const { return AsDigest(Hex(name)); }
  std::vector<Digest> Hashes(const std::string& name) const {
    std::vector<Digest> out;
    std::istringstream words(Text(name));
    for (std::string word; words >> word;) out.push_back(AsDigest(Decode(word)));
    return out;
  }
  void Set(const std::string& name, const std::string& value) { fields_[name] = value; }
  bool empty() const { return fields_.empty(); }

 private:
  static Bytes Decode(const std::string& hex) {
    const auto bytes = FromHex(hex);
    EXPECT_TRUE(bytes.has_value()) << "a vector that is not hexadecimal";
    return bytes.value_or(Bytes());
  }
  static Digest AsDigest(const Bytes& bytes) {
    Digest out{};
    EXPECT_EQ(bytes.size(), out.size());
    if (bytes.size() == out.size()) std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
  }
  std::map<std::string, std::string> fields_;
};

// The cases of tests/crypto/vectors/<name>. An empty result is a failure of the test.
inline std::vector<VectorCase> ReadVectors(const std::string& name) {
  const auto content = ReadFile(std::string(SIGNPOST_SOURCE_DIR "/tests/crypto/vectors/") + name);
  EXPECT_TRUE(content.has_value()) << "no vector file " << name;
  std::vector<VectorCase> cases;
  VectorCase current;
  std::istringstream lines(content.value_or(std::string()));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      if (!current.empty()) cases.push_back(std::exchange(current, {}));
      continue;
    }
    const size_t equals = line.find(" =");
    EXPECT_NE(equals, std::string::npos) << "a vector line without '='";
    if (equals == std::string::npos) continue;
    current.Set(line.substr(0, equals), line.size() > equals + 3 ? line.substr(equals + 3) : "");
  }
  if (!current.empty()) cases.push_back(std::move(current));
  EXPECT_FALSE(cases.empty()) << "no vectors in " << name;
  return cases;
}

}  // namespace signpost
