// The only file that includes toml++.
#include "policy/toml/toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

namespace signpost::policy::toml {

namespace tomlpp = ::toml;

struct Table::Of {
  std::string name;
  std::string unknown_hint;
  tomlpp::table root;
  std::set<const tomlpp::node*> read;
  std::optional<Error> fault;  // the first; whatever is found after it is dropped

  void Add(const tomlpp::source_region& where, std::string message, std::string hint = {}) {
    if (fault) return;
    const unsigned line = where.begin.line;
    fault = Error{Code::kInput, std::move(message),
                  line == 0 ? name : fmt::format("{}:{}", name, line), std::move(hint)};
  }
  void AddWrong(const tomlpp::node& node, std::string_view key, std::string_view shape) {
    Add(node.source(), fmt::format("\"{}\" must be {}", key, shape));
  }
  const tomlpp::node* Find(const void* table, std::string_view key) {
    const tomlpp::node* node = static_cast<const tomlpp::table*>(table)->get(key);
    if (node != nullptr) read.insert(node);
    return node;
  }
  // `take` says whether an item fits, and gives its value.
  template <class T, class Take>
  void List(const void* table, std::string_view key, size_t min, size_t max, std::string_view shape,
            const Take& take, std::vector<T>& out) {
    const tomlpp::node* node = Find(table, key);
    if (node == nullptr) return;
    const auto wrong = [&](const tomlpp::node& at) {
      AddWrong(at, key, fmt::format("a list of {} to {}, each {}", min, max, shape));
    };
    const tomlpp::array* array = node->as_array();
    if (array == nullptr || array->size() < min || array->size() > max) return wrong(*node);
    std::vector<T> items;
    for (const tomlpp::node& item : *array) {
      std::optional<T> value = take(item);
      if (!value) return wrong(item);
      if (std::find(items.begin(), items.end(), *value) != items.end()) {
        return Add(item.source(), fmt::format("\"{}\" holds an item twice", key));
      }
      items.push_back(std::move(*value));
    }
    out = std::move(items);
  }
  void AddUnread(const tomlpp::table& table, const std::string& section) {
    for (const auto& [key, node] : table) {
      const std::string path =
          section.empty() ? std::string(key.str()) : fmt::format("{}.{}", section, key.str());
      if (read.count(&node) == 0) {
        // The key may be what slipped in by mistake: the line is enough.
        Add(key.source(),
            section.empty() ? std::string("unknown key or section at the top level")
                            : fmt::format("unknown key in [{}]", section),
            unknown_hint);
      } else if (const tomlpp::table* inner = node.as_table()) {
        AddUnread(*inner, path);
      } else if (const tomlpp::array* array = node.as_array()) {
        for (const tomlpp::node& item : *array) {
          if (item.is_table()) AddUnread(*item.as_table(), path);
        }
      }
    }
  }
};

namespace {

std::optional<std::string> TextOf(const tomlpp::node& node, const Fits& fits) {
  auto text = node.value_exact<std::string>();
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (!text || std::any_of(text->begin(), text->end(), is_control) || !fits(*text)) {
    return std::nullopt;
  }
  return text;
}

std::optional<int64_t> NumberOf(const tomlpp::node& node, int64_t min, int64_t max) {
  const auto number = node.value_exact<int64_t>();
  return number && *number >= min && *number <= max ? number : std::nullopt;
}

}  // namespace

void Table::Require(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (static_cast<const tomlpp::table*>(table_)->get(key) == nullptr) {
      AddFault(key, fmt::format("\"{}\" is missing", key));
    }
  }
}

std::optional<int64_t> Table::ReadNumber(std::string_view key, int64_t min, int64_t max) {
  const tomlpp::node* node = file_->Find(table_, key);
  if (node == nullptr) return std::nullopt;
  const std::optional<int64_t> number = NumberOf(*node, min, max);
  if (!number) file_->AddWrong(*node, key, fmt::format("a whole number from {} to {}", min, max));
  return number;
}

void Table::Flag(std::string_view key, bool& out) {
  const tomlpp::node* node = file_->Find(table_, key);
  if (node == nullptr) return;
  const std::optional<bool> flag = node->value_exact<bool>();
  if (!flag) return file_->AddWrong(*node, key, "true or false");
  out = *flag;
}

void Table::Text(std::string_view key, const Fits& fits, std::string_view shape, std::string& out) {
  const tomlpp::node* node = file_->Find(table_, key);
  if (node == nullptr) return;
  std::optional<std::string> text = TextOf(*node, fits);
  if (!text) return file_->AddWrong(*node, key, shape);
  out = std::move(*text);
}

void Table::Texts(std::string_view key, size_t min, size_t max, const Fits& fits,
                  std::string_view shape, std::vector<std::string>& out) {
  const auto take = [&](const tomlpp::node& item) { return TextOf(item, fits); };
  file_->List(table_, key, min, max, shape, take, out);
}

void Table::Numbers(std::string_view key, size_t most, int64_t min, int64_t max,
                    std::string_view shape, std::vector<uint32_t>& out) {
  const auto take = [&](const tomlpp::node& item) -> std::optional<uint32_t> {
    const std::optional<int64_t> number = NumberOf(item, min, max);
    if (!number) return std::nullopt;
    return static_cast<uint32_t>(*number);
  };
  file_->List(table_, key, 0, most, shape, take, out);
}

std::optional<Table> Table::Section(std::string_view key) {
  const tomlpp::node* node = file_->Find(table_, key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_table()) {
    file_->AddWrong(*node, key, fmt::format("a section: [{}]", key));
    return std::nullopt;
  }
  return Table(*file_, node->as_table());
}

std::vector<Table> Table::Sections(std::string_view key, size_t most) {
  std::vector<Table> out;
  const tomlpp::node* node = file_->Find(table_, key);
  if (node == nullptr) return out;
  const tomlpp::array* array = node->as_array();
  if (array == nullptr || array->size() > most ||
      !std::all_of(array->begin(), array->end(),
                   [](const auto& item) { return item.is_table(); })) {
    file_->AddWrong(*node, key, fmt::format("at most {} sections, each [[{}]]", most, key));
    return out;
  }
  for (const tomlpp::node& item : *array) out.push_back(Table(*file_, item.as_table()));
  return out;
}

std::vector<std::pair<std::string, Table>> Table::Named(std::string_view key) {
  std::vector<std::pair<std::string, Table>> out;
  const tomlpp::node* node = file_->Find(table_, key);
  if (node == nullptr) return out;
  const tomlpp::table* table = node->as_table();
  if (table == nullptr || !std::all_of(table->begin(), table->end(),
                                       [](const auto& item) { return item.second.is_table(); })) {
    file_->AddWrong(*node, key, fmt::format("sections, each [{}.NAME]", key));
    return out;
  }
  for (const auto& [name, inner] : *table) {
    file_->read.insert(&inner);
    out.emplace_back(name.str(), Table(*file_, inner.as_table()));
  }
  return out;
}

void Table::AddFault(std::string_view key, std::string message, std::string hint) {
  const auto* table = static_cast<const tomlpp::table*>(table_);
  const tomlpp::node* node = table->get(key);
  file_->Add((node == nullptr ? table : node)->source(), std::move(message), std::move(hint));
}

File::File(std::unique_ptr<Table::Of> of) : of_(std::move(of)) {}
File::File(File&&) noexcept = default;
File::~File() = default;

Result<File> File::Parse(std::string_view text, const std::string& name, std::string unknown_hint) {
  constexpr size_t kMaxBytes = size_t{256} * 1024;
  if (text.size() > kMaxBytes) return Fail(Code::kInput, "larger than 256 KiB", name);
  try {  // the packaged toml++ is built with exceptions
    auto of = std::make_unique<Table::Of>();
    of->name = name;
    of->unknown_hint = std::move(unknown_hint);
    of->root = tomlpp::parse(text);
    return File(std::move(of));
  } catch (const tomlpp::parse_error& error) {  // whose description may quote the file
    return Fail(Code::kInput, "not TOML",
                fmt::format("{}:{}", name, static_cast<unsigned>(error.source().begin.line)));
  } catch (const std::exception&) {
    return Fail(Code::kInput, "cannot be read as TOML", name);
  }
}

Table File::root() { return {*of_, &of_->root}; }

Result<void> File::Check() {
  of_->AddUnread(of_->root, "");
  if (of_->fault) return tl::unexpected(*of_->fault);
  return {};
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(byte));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace signpost::policy::toml
