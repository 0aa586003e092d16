#include "cli/signpost/print.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "crypto/base/redact.h"

namespace signpost::cli {
namespace {

// Names of files and people come from outside: no line of ours may move a cursor.
std::string Lines(std::string_view text) {
  std::string out;
  for (size_t end; !text.empty(); text.remove_prefix(end)) {
    end = std::min(text.find('\n'), text.size());
    out += OneLine(text.substr(0, end));
    if (end < text.size()) {
      out += '\n';
      ++end;
    }
  }
  return out;
}

}  // namespace

void Out(std::string_view text) {
  const std::string lines = Lines(text);
  std::fwrite(lines.data(), 1, lines.size(), stdout);
  std::fflush(stdout);  // a failure stays in the stream: WroteEverything
}

bool WroteEverything() { return std::ferror(stdout) == 0; }

void Say(std::string_view text) { std::fprintf(stderr, "%s\n", Lines(text).c_str()); }

void Progress(std::string_view text) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(text.size()), text.data());
}

void ShowFlush(uint64_t done, uint64_t total) {
  Progress(fmt::format("indexing what was imported: {} %", 100 * done / total));
}

void EndProgress() {
  if (isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
}

void SetShown(Json& json, const std::string& key, uint64_t count, int smallest) {
  if (policy::IsTooFewToTell(count, smallest)) {
    json.Set(key, policy::ReportedCount(count, smallest));
  } else {
    json.Set(key, count);
  }
}

std::string Plural(uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string Missing(const policy::ApprovalGap& gap) {
  if (gap.Enough()) return "approved";
  std::string text =
      Plural(static_cast<uint64_t>(gap.missing), "approval", "approvals") + " missing";
  for (const std::string& role : gap.roles) text += ", one of them by a " + role;
  return text;
}

}  // namespace signpost::cli
