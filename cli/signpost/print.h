// Prints for commands: stdout is data, stderr is people.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"

namespace signpost::cli {

// A JSON object, keys sorted; values are escaped by nlohmann in json.cc.
class Json {
 public:
  Json& Set(const std::string& key, std::string_view text);
  Json& Set(const std::string& key, const char* text) { return Set(key, std::string_view(text)); }
  Json& Set(const std::string& key, uint64_t number);
  Json& Set(const std::string& key, bool flag);
  Json& Set(const std::string& key, const Json& object);
  Json& Set(const std::string& key, const std::vector<Json>& list);
  Json& Set(const std::string& key, const std::vector<std::string>& list);
  std::string Text() const;

 private:
  std::map<std::string, std::string> members_;  // values are JSON already
};

void Out(std::string_view text);       // to stdout
bool WroteEverything();                // whether all of that got there
void Say(std::string_view text);       // a line for people, to stderr
void Progress(std::string_view text);  // stderr, over the last one; only on a terminal
void EndProgress();
void ShowFlush(uint64_t done, uint64_t total);  // as Progress: of what imports have staged

// A total as programs may see it: a number, or the text of policy::ReportedCount.
void SetShown(Json& json, const std::string& key, uint64_t count, int smallest);

std::string Plural(uint64_t count, std::string_view one, std::string_view many);

// "approved", or what is missing.
std::string Missing(const policy::ApprovalGap& gap);

}  // namespace signpost::cli
