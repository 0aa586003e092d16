#include "policy/toml/toml.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace signpost::policy::toml {
namespace {

bool Any(std::string_view) { return true; }

File Read(const std::string& text) { return File::Parse(text, "f", "see F.md").value(); }

std::string FaultOf(File& file) {  // "place message"
  const Result<void> checked = file.Check();
  if (checked) return "taken";
  EXPECT_EQ(checked.error().code, Code::kInput);
  return checked.error().place + " " + checked.error().message;
}

TEST(Toml, KeyThatNobodyReadsIsRefusedWithItsLineAndNotQuoted) {
  File file = Read("a = 1\n\n07700900000 = 2\n");
  int a = 0;
  file.root().Number("a", 0, 9, a);
  EXPECT_EQ(a, 1);
  EXPECT_EQ(FaultOf(file), "f:3 unknown key or section at the top level");
  EXPECT_EQ(file.Check().error().hint, "see F.md");
  File inner = Read("[one]\nb = 1\n[[many]]\nc = 1\n[named.x]\nd = 1\n");
  (void)inner.root().Section("one");
  EXPECT_EQ(FaultOf(inner), "f:3 unknown key or section at the top level");
}

TEST(Toml, KeyThatNobodyReadsIsFoundInEveryKindOfSection) {
  int n = 0;
  for (const std::string unread : {"b", "c", "d"}) {
    File file = Read("[one]\nb = 1\n[[many]]\nc = 1\n[named.x]\nd = 1\n");
    Table root = file.root();
    std::vector<Table> tables = root.Sections("many", 1);
    tables.push_back(*root.Section("one"));
    tables.push_back(root.Named("named").at(0).second);
    for (Table& table : tables) {
      for (const std::string key : {"b", "c", "d"}) {
        if (key != unread) table.Number(key, 0, 9, n);
      }
    }
    EXPECT_EQ(FaultOf(file), unread == "b"   ? "f:2 unknown key in [one]"
                             : unread == "c" ? "f:4 unknown key in [many]"
                                             : "f:6 unknown key in [named.x]");
  }
}

TEST(Toml, FaultyValueLeavesTheDefaultAndIsNotQuoted) {
  File file = Read("n = 10\nt = \"a\\nb\"\nl = [\"x\", \"x\"]\n");
  Table root = file.root();
  int n = 5;
  root.Number("n", 0, 9, n);
  std::string text = "default";
  root.Text("t", Any, "a line", text);
  std::vector<std::string> list = {"default"};
  root.Texts("l", 0, 9, Any, "a line", list);
  EXPECT_EQ(n, 5);
  EXPECT_EQ(text, "default");
  EXPECT_EQ(list.size(), 1u);
  EXPECT_EQ(FaultOf(file), "f:1 \"n\" must be a whole number from 0 to 9") << "the first one";
}

TEST(Toml, AnotherTypeIsRefused) {
  const std::string text =
      "n = 1.0\nb = 1\nt = 1\nl = 1\nm = [\"1\"]\ns = 1\nd = [1]\nx = {y = 1}\n";
  const auto fault = [&](const std::function<void(Table&)>& read) {
    File file = Read(text);
    Table root = file.root();
    read(root);
    return FaultOf(file);
  };
  int n = 0;
  bool b = false;
  std::string t;
  std::vector<std::string> l;
  std::vector<uint32_t> m;
  EXPECT_EQ(fault([&](Table& r) { r.Number("n", 0, 9, n); }),
            "f:1 \"n\" must be a whole number from 0 to 9");
  EXPECT_EQ(fault([&](Table& r) { r.Flag("b", b); }), "f:2 \"b\" must be true or false");
  EXPECT_EQ(fault([&](Table& r) { r.Text("t", Any, "a line", t); }), "f:3 \"t\" must be a line");
  EXPECT_EQ(fault([&](Table& r) { r.Texts("l", 0, 2, Any, "a line", l); }),
            "f:4 \"l\" must be a list of 0 to 2, each a line");
  EXPECT_EQ(fault([&](Table& r) { r.Numbers("m", 2, 0, 9, "a digit", m); }),
            "f:5 \"m\" must be a list of 0 to 2, each a digit");
  EXPECT_EQ(fault([&](Table& r) { (void)r.Section("s"); }), "f:6 \"s\" must be a section: [s]");
  EXPECT_EQ(fault([&](Table& r) { (void)r.Sections("d", 2); }),
            "f:7 \"d\" must be at most 2 sections, each [[d]]");
  EXPECT_EQ(fault([&](Table& r) { (void)r.Named("x"); }),
            "f:8 \"x\" must be sections, each [x.NAME]");
}

TEST(Toml, MissingKeyAndACallersFaultPointAtTheTable) {
  File file = Read("\n[one]\na = 1\n");
  Table one = *file.root().Section("one");
  one.Require({"a", "b"});
  EXPECT_EQ(FaultOf(file), "f:2 \"b\" is missing");
  File other = Read("\n[one]\na = 1\n");
  Table table = *other.root().Section("one");
  int a = 0;
  table.Number("a", 0, 9, a);
  EXPECT_EQ(FaultOf(other), "taken");
  table.AddFault("a", "too odd");
  EXPECT_EQ(FaultOf(other), "f:3 too odd");
}

TEST(Toml, WhatIsNoTomlIsAnErrorWithItsLine) {
  for (const std::string text : {"a = 1\n[b\n", "a = 1\na = 2\n", "a = 1\n\xff\n"}) {
    const auto file = File::Parse(text, "f", "");
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(file.error().place.rfind("f:", 0), 0u);
    EXPECT_EQ(file.error().message, "not TOML");
  }
  EXPECT_FALSE(File::Parse(std::string(1 << 20, '#'), "f", "")) << "too large";
}

TEST(Toml, QuotedTextIsReadBack) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7f));
    File file = Read("t = " + Quoted(text) + "\n");
    std::string back;
    file.root().Text("t", Any, "a line", back);
    RC_ASSERT(back == text);
  }));
  EXPECT_EQ(Quoted("a\"\n"), "\"a\\\"\\u000a\"");
}

}  // namespace
}  // namespace signpost::policy::toml
