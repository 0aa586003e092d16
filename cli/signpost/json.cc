// The only file of this folder that includes nlohmann.
#include <nlohmann/json.hpp>

#include "cli/signpost/print.h"

namespace signpost::cli {

Json& Json::Set(const std::string& key, std::string_view text) {
  members_[key] = nlohmann::json(std::string(text))
                      .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return *this;
}

Json& Json::Set(const std::string& key, uint64_t number) {
  members_[key] = std::to_string(number);
  return *this;
}

Json& Json::Set(const std::string& key, bool flag) {
  members_[key] = flag ? "true" : "false";
  return *this;
}

Json& Json::Set(const std::string& key, const Json& object) {
  members_[key] = object.Text();
  return *this;
}

Json& Json::Set(const std::string& key, const std::vector<Json>& list) {
  std::string text = "[";
  for (const Json& item : list) text += (text.size() > 1 ? "," : "") + item.Text();
  members_[key] = text + "]";
  return *this;
}

Json& Json::Set(const std::string& key, const std::vector<std::string>& list) {
  members_[key] =
      nlohmann::json(list).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return *this;
}

std::string Json::Text() const {
  std::string text = "{";
  for (const auto& [key, value] : members_) {
    text += (text.size() > 1 ? "," : "") + nlohmann::json(key).dump() + ":" + value;
  }
  return text + "}";
}

}  // namespace signpost::cli
