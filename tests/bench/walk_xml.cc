// How near expat's own speed report.xml is read, and in how much memory. Not a test: it takes a
// gigabyte.
//
//   walk_xml make FILE MEBIBYTES    writes a report of contacts, calls, chats and pictures
//   walk_xml read FILE              reads it, and nothing else
//   walk_xml expat FILE             expat over it, with handlers that do nothing
//   walk_xml ours FILE              signpost's reading of it, values counted
//
// Prints seconds, mebibytes for each of CPU, and the most memory that the process held.
#include <expat.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "core/reader/extraction/extractor.h"
#include "tests/core/reader/extraction/cellebrite_report.h"

namespace signpost {
namespace {

constexpr size_t kPieceBytes = 64u << 10;

class Counting final : public reader::extraction::Sink {
 public:
  void Found(const reader::extraction::Layout&) override {}
  void Ended(const reader::extraction::SourceDone&) override {}
  void Skipped(uint32_t, wire::reader::FileRefusal) override {}
  void Value(uint64_t, uint32_t, std::string_view, const reader::extraction::Seen&) override {
    ++values;
  }
  void Bad(uint64_t, uint32_t, wire::reader::Reason) override { ++bad; }
  void Owner(std::string_view, std::string_view) override { ++owners; }
  bool Walked(uint64_t, uint64_t) override { return true; }
  uint64_t values = 0, bad = 0, owners = 0;
};

// Fictional numbers; bodies and names of the lengths that they have.
void Make(const char* path, size_t mebibytes) {
  std::ofstream out(path, std::ios::binary);
  const std::string empty = reader::extraction::Report("");
  const size_t middle = empty.find("</decodedData>");
  out << empty.substr(0, middle);
  size_t written = 0;
  for (uint64_t i = 0; written < mebibytes << 20; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "+447700900%03u", static_cast<unsigned>(i % 1000));
    std::string messages;
    for (int m = 0; m < 20; ++m) {
      messages += reader::extraction::Model(
          "InstantMessage",
          reader::extraction::Field("Source", "WhatsApp") +
              reader::extraction::Field("Identifier", "3EB0") +
              reader::extraction::Field("Body",
                                        "Words & words <that> somebody wrote, as long as such "
                                        "messages are; and a few more of them.") +
              reader::extraction::OneModel("From", "Party", reader::extraction::Party(number)) +
              reader::extraction::Time("TimeStamp", "2026-02-01T09:00:00.000+00:00"));
    }
    const std::string piece =
        reader::extraction::ModelType(
            "Chat",
            reader::extraction::Model(
                "Chat", reader::extraction::Field("Source", "WhatsApp") +
                            reader::extraction::Models("Participants", "Party",
                                                       reader::extraction::Party(number)) +
                            reader::extraction::Models("Messages", "InstantMessage", messages))) +
        reader::extraction::ModelType(
            "Contact", reader::extraction::Contact(reader::extraction::PhoneNumber(number))) +
        reader::extraction::ModelType(
            "Call",
            reader::extraction::Model(
                "Call", reader::extraction::Time("TimeStamp", "2026-03-04T23:30:00.000+00:00") +
                            reader::extraction::Models("Parties", "Party",
                                                       reader::extraction::Party(number))));
    out << piece;
    written += piece.size();
  }
  out << empty.substr(middle);
}

void Nothing(void*, const char*, const char**) {}
void NothingEither(void*, const char*) {}

template <typename Function>
bool ReadFile(const char* path, Function piece) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  Bytes buffer(kPieceBytes);
  bool good = true;
  for (ssize_t n = 1; n > 0 && good;) {
    n = ::read(fd, buffer.data(), buffer.size());
    good = n >= 0 && piece(ByteView(buffer).first(static_cast<size_t>(n > 0 ? n : 0)));
  }
  ::close(fd);
  return good;
}

bool Walk(const std::string& how, const char* path, uint64_t& values) {
  if (how == "read") return ReadFile(path, [](ByteView) { return true; });
  if (how == "expat") {
    XML_Parser parser = XML_ParserCreate("UTF-8");
    XML_SetElementHandler(parser, &Nothing, &NothingEither);
    const bool good = ReadFile(path, [parser](ByteView bytes) {
      return XML_Parse(parser, AsText(bytes).data(), static_cast<int>(bytes.size()),
                       bytes.empty()) == XML_STATUS_OK;
    });
    XML_ParserFree(parser);
    return good;
  }
  Counting sink;
  reader::extraction::Extractor extractor(formats::Format::kCellebriteXml, sink);
  const bool good = ReadFile(path, [&extractor](ByteView bytes) {
    return (bytes.empty() ? extractor.Finish() : extractor.Feed(bytes)) ==
           wire::reader::FileRefusal::kNone;
  });
  values = sink.values;
  return good;
}

}  // namespace
}  // namespace signpost

int main(int argc, char** argv) {
  const std::string how = argc > 2 ? argv[1] : "";
  if (how == "make" && argc == 4) {
    signpost::Make(argv[2], std::strtoul(argv[3], nullptr, 10));
    return 0;
  }
  if (how != "read" && how != "expat" && how != "ours") {
    std::fprintf(stderr, "usage: walk_xml make FILE MEBIBYTES | read|expat|ours FILE\n");
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  uint64_t values = 0;
  if (!signpost::Walk(how, argv[2], values)) return 1;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  const double cpu = of(used.ru_utime) + of(used.ru_stime);
  const double mebibytes =
      static_cast<double>(std::ifstream(argv[2], std::ios::ate | std::ios::binary).tellg()) /
      (1 << 20);
  std::printf("%s: %.2f s, of CPU %.2f s, %.0f MiB/s, %.1f MiB held at most, %llu values\n",
              how.c_str(), seconds, cpu, mebibytes / cpu,
              static_cast<double>(used.ru_maxrss) / 1024, static_cast<unsigned long long>(values));
  return 0;
}
