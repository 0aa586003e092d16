// A rehearsal home, and imports into it through the real sealed processes.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/signpost/ingest/import.h"
#include "core/signpost/init/create_home.h"
#include "core/signpost/optout/optout.h"
#include "core/signpost/recovery/recovery.h"
#include "tests/core/signpost/ingest/test_home.h"

namespace signpost::test {

// 07700 900000 to 900999, written in one of many ways.
inline std::string Fictional(int n, int way = 0) {
  switch (way % 4) {
    case 1:
      return fmt::format("+44 7700 900{:03}", n);
    case 2:
      return fmt::format("0044 7700-900-{:03}", n);
    case 3:
      return fmt::format("+44 (0)7700 900{:03}", n);
    default:
      return fmt::format("07700 900{:03}", n);
  }
}

inline std::string Csv(int from, int to, int way = 0, int times = 1) {
  std::string text = "Name,Number\r\n";
  for (int i = 0; i < times; ++i) {
    for (int n = from; n < to; ++n) text += fmt::format("Contact {},{}\r\n", n, Fictional(n, way));
  }
  return text;
}

class ImportFixture : public ::testing::Test {
 protected:
  ImportFixture() {
    init::NewHome request;
    request.path = Path();
    request.mode = Mode::kRehearsal;
    request.policy_text = ReadFile(SIGNPOST_SOURCE_DIR "/policy/rehearsal.toml").value();
    request.approvers = {
        {"first", "", note::NoteSigner::Generate("first").value().verifier().Text()},
        {"second", "", note::NoteSigner::Generate("second").value().verifier().Text()}};
    request.planner = "planner";
    request.cost = init::KeyCost::kMinimal;
    request.by = "tester";
    request.clock = clock_;
    const auto created = init::CreateHome(request);
    EXPECT_TRUE(created.has_value()) << (created ? "" : created.error().message);
  }
  std::string Path() const { return folder_.path() + "/home"; }
  home::Home Open() {
    home::HomeOptions options;
    options.path = Path();
    options.by = "tester";
    options.moves_files = true;
    options.clock = clock_;
    return recovery::OpenAndRecover(options).value();
  }
  std::string File(const std::string& content, const std::string& name = "calls.csv") {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return path;
  }
  static Result<ingest::ImportReport> TryImport(home::Home& home, const std::string& path) {
    ingest::ImportRequest request;
    request.path = path;
    request.case_ref = "C1";
    return ingest::ImportFile(home, request);
  }
  static ingest::ImportReport Import(home::Home& home, const std::string& path) {
    auto report = TryImport(home, path);
    EXPECT_TRUE(report.has_value())
        << (report ? "" : report.error().place + " " + report.error().message);
    return report.value_or(ingest::ImportReport());
  }
  static uint64_t Get(const ledger::Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
  }
  static size_t SealedFiles(const home::Home& home) {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(home.Path("sealed"))) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  static size_t Imports(home::Home& home) {
    size_t count = 0;
    for (const auto all = home.store->Entries().value(); const std::string& entry : all) {
      count += std::holds_alternative<ledger::ImportDone>(ledger::DecodeEvent(entry).value().body)
                   ? 1
                   : 0;
    }
    return count;
  }
  // Everything a failed import must leave as it was.
  static auto State(home::Home& home) {
    const store::StoreCounts counts = home.store->Count().value();
    return std::tuple(counts.records, counts.contacts_unmessaged, counts.imports, Imports(home),
                      home.store->SealedFiles().value().size(), SealedFiles(home));
  }
  Result<optout::ListReport> OptOut(home::Home& home, const std::string& list) {
    return optout::AddOptOuts(home, ingest::OpenExtractionFile(File(list, "list.txt")).value(),
                              "list.txt");
  }

  const Clock clock_ = Clock::StandingAt(At("2026-11-23T10:00:00Z"));
  TemporaryFolder folder_;
};

}  // namespace signpost::test
