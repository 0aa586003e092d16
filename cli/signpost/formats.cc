#include "core/shared/formats/formats.h"

#include <fmt/format.h>

#include "cli/signpost/options.h"
#include "cli/signpost/print.h"

namespace signpost::cli {

Result<void> RunFormats(const Options& options) {
  std::vector<Json> list;
  for (const formats::FormatInfo& format : formats::Formats()) {
    const std::string_view sample = formats::SampleText(format.sample);
    if (options.json) {
      Json one;
      one.Set("name", format.name).Set("title", format.title).Set("taken", format.taken);
      one.Set("left_out", format.left_out).Set("tested_with", sample);
      list.push_back(one);
    } else {
      Out(fmt::format("{}: {}\n  taken:     {}\n  left out:  {}\n  tested on: {}\n", format.name,
                      format.title, format.taken, format.left_out, sample));
    }
  }
  if (options.json) Out(Json().Set("formats", list).Text() + "\n");
  return {};
}

}  // namespace signpost::cli
