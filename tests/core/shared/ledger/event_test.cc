#include "core/shared/ledger/event.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "crypto/base/file.h"
#include "crypto/tree/tree.h"
#include "tests/core/shared/ledger/samples.h"

namespace signpost::ledger {
namespace {

using test::OneOfEach;

TEST(Event, EachKindRoundTripsToTheSameBytes) {
  std::set<std::string_view> names;
  std::set<std::string_view> mapped;
  for (const Event& event : test::OneOfEach()) {
    const std::string bytes = EncodeEvent(event);
    const auto decoded = DecodeEvent(bytes);
    ASSERT_TRUE(decoded) << bytes << ": " << decoded.error().message;
    EXPECT_EQ(decoded->body.index(), event.body.index());
    EXPECT_EQ(EncodeEvent(*decoded), bytes);
    EXPECT_EQ(bytes.find('\n'), std::string::npos);
    EXPECT_EQ(bytes.find(": "), std::string::npos);
    EXPECT_TRUE(names.insert(EventName(event.body)).second) << "two kinds have one name";
    mapped.insert(Section62(event.body));
  }
  EXPECT_EQ(names.size(), std::variant_size_v<EventBody>) << "a kind has no sample";
  EXPECT_EQ(mapped, (std::set<std::string_view>{"alteration", "collection", "combination",
                                                "consultation", "disclosure", "erasure"}));
}

TEST(Event, EveryByteCounts) {
  for (const Event& event : test::OneOfEach()) {
    const std::string bytes = EncodeEvent(event);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string without = bytes;
      without.erase(i, 1);
      const auto decoded = DecodeEvent(without);
      // What still decodes is another event (a shorter name, say), never a second spelling.
      if (decoded) {
        EXPECT_EQ(EncodeEvent(*decoded), without);
      }
    }
  }
}

TEST(Event, ASecondSpellingIsRefused) {
  const std::string bytes = EncodeEvent(test::OneOfEach()[8]);  // batch.opened
  ASSERT_TRUE(DecodeEvent(bytes));
  std::string upper = bytes;
  upper.replace(upper.find("b1b1"), 4, "B1b1");
  std::string reordered = bytes;  // "at" behind "batch"
  const size_t comma = reordered.find(',');
  const size_t second = reordered.find(',', comma + 1);
  reordered = "{" + reordered.substr(comma + 1, second - comma - 1) + "," +
              reordered.substr(1, comma - 1) + reordered.substr(second);
  std::string other_s62 = bytes;
  other_s62.replace(other_s62.find("consultation"), 12, "alteration");
  for (const std::string& text :
       {" " + bytes, bytes + " ", bytes + "\n", upper, reordered, other_s62,
        "{\"a\":1," + bytes.substr(1), "{\"event\":\"batch.opened\"," + bytes.substr(1),
        bytes.substr(0, bytes.size() - 1), std::string("[]"), std::string("null"), std::string(),
        std::string("{}"), std::string(200000, '['), std::string("{\"event\":\"unknown\"}")}) {
    const auto decoded = DecodeEvent(text);
    ASSERT_FALSE(decoded) << text.substr(0, 200);
    EXPECT_EQ(decoded.error().code, Code::kCorrupt);
  }
}

TEST(Event, WhatIsEncodedCanAlwaysBeDecoded) {
  EXPECT_TRUE(rc::check([](const std::string& by, const std::string& to, int64_t seconds) {
    Event event = test::OneOfEach()[9];
    event.by = by;
    event.at.seconds = (seconds & 0xffffffff);
    std::get<BatchRunEnded>(event.body).to = to;
    const std::string bytes = EncodeEvent(event);
    RC_ASSERT(DecodeEvent(bytes).has_value());
    RC_ASSERT(bytes.size() < 4096u || to.size() > 64);
  }));
}

TEST(Event, RunThatEndedInAnUnknownWayIsNoEntry) {
  Event event = test::OneOfEach()[9];
  for (const RunEnd end :
       {RunEnd(RunEnd::kDone), RunEnd(RunEnd::kStopped), RunEnd(RunEnd::kGateway),
        RunEnd(RunEnd::kCrashed), RunEnd(policy::Refusal::kOutsideHours)}) {
    std::get<BatchRunEnded>(event.body).why = end;
    EXPECT_EQ(std::get<BatchRunEnded>(DecodeEvent(EncodeEvent(event))->body).why, end);
  }
  std::string bytes = EncodeEvent(event);
  const size_t at = bytes.find("outside-hours");
  ASSERT_NE(at, std::string::npos);
  EXPECT_FALSE(DecodeEvent(bytes.replace(at, 13, "outside-hour")).has_value());
}

TEST(Event, TextsAreCutAndCleaned) {
  Event event = test::OneOfEach()[9];
  event.by = std::string(100, 'x') + "\x1b[2J";
  std::get<BatchRunEnded>(event.body).to = "caf\xc3\xa9\n";
  const auto decoded = DecodeEvent(EncodeEvent(event));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->by, std::string(64, 'x'));
  EXPECT_EQ(std::get<BatchRunEnded>(decoded->body).to, "caf???");
  std::get<BatchRunEnded>(event.body).to = "";
  EXPECT_EQ(std::get<BatchRunEnded>(DecodeEvent(EncodeEvent(event))->body).to, "-");
}

TEST(Event, ThePlanOfTheMostSectionsFitsAnEntry) {
  Event event = test::OneOfEach()[5];
  std::get<BatchPlanned>(event.body).sections.assign(kMaxSections, SectionId::Random());
  const std::string bytes = EncodeEvent(event);
  EXPECT_LE(bytes.size(), kMaxEntryBytes);
  EXPECT_TRUE(DecodeEvent(bytes));
  EXPECT_FALSE(DecodeEvent(std::string(kMaxEntryBytes + 1, ' ')));
}

TEST(Event, NoFieldCanHoldANumberATokenOrACase) {
  for (const Event& event : test::OneOfEach()) {
    const std::string bytes = EncodeEvent(event);
    for (const char* word : {"number\":", "token", "case", "message", "name\""}) {
      EXPECT_EQ(bytes.find(word), std::string::npos) << bytes;
    }
  }
}

TEST(Commitment, BindsTheCountsAndTheSalt) {
  const Opening a = FreshOpening({{"sent", 3}, {"refused", 0}});
  Opening b = a;
  b.counts["sent"] = 4;
  EXPECT_NE(Commit(a), Commit(b));
  EXPECT_NE(Commit(a), Commit(FreshOpening(a.counts))) << "equal counts must not look equal";
  Opening c = a;
  c.counts.erase("refused");
  EXPECT_NE(Commit(a), Commit(c));
}

TEST(Counts, RoundTripInOneSpelling) {
  const Counts counts = {{"found", 130}, {"rejected.landline", 0}, {"new", UINT64_MAX}};
  const std::string bytes = EncodeCounts(counts);
  EXPECT_EQ(bytes, "{\"found\":130,\"new\":18446744073709551615,\"rejected.landline\":0}");
  EXPECT_EQ(DecodeCounts(bytes).value(), counts);
  for (const std::string text :
       {"", "[]", "{\"a\":-1}", "{\"a\":1.0}", "{\"a\":\"1\"}", "{\"A\":1}", "{\"a\":1,\"a\":1}",
        "{ \"a\":1}", "{\"\":1}", "{\"a\":18446744073709551616}", "{\"a b\":1}"}) {
    EXPECT_FALSE(DecodeCounts(text)) << text;
  }
  Counts many;
  for (int i = 0; i < 65; ++i) many["a" + std::to_string(i)] = 1;
  EXPECT_FALSE(DecodeCounts(EncodeCounts(many)));
}

TEST(Counts, OpeningLinesRoundTrip) {
  const Opening opening = FreshOpening({{"sent", 3}});
  const auto decoded = DecodeOpening(EncodeOpening(7, opening)).value();
  EXPECT_EQ(decoded.first, 7u);
  EXPECT_EQ(decoded.second, opening);
  EXPECT_FALSE(DecodeOpening("{\"index\":7}"));
  EXPECT_FALSE(DecodeOpening(EncodeOpening(7, opening) + " "));
}

// The worked example in the format document: entry, leaf hash, opening and commitment.
TEST(Event, DocumentedExampleIsARealOne) {
  const std::string page =
      ReadFile(std::string(SIGNPOST_SOURCE_DIR) + "/core/shared/ledger/FORMAT.md").value();
  const auto block = [&](const std::string& name) {
    const std::string fence = "```" + name + "\n";
    const size_t begin = page.find(fence);
    EXPECT_NE(begin, std::string::npos) << name;
    const size_t text = begin + fence.size();
    return page.substr(text, page.find("\n```", text) - text);
  };
  const auto event = DecodeEvent(block("entry"));
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(EventName(event->body), "batch.run.ended");
  const auto opening = DecodeOpening(block("opening"));
  ASSERT_TRUE(opening) << opening.error().message;
  EXPECT_EQ(ToHex(Commit(opening->second)), ToHex(std::get<BatchRunEnded>(event->body).counts));
  EXPECT_NE(page.find(ToHex(tree::LeafHash(block("entry")))), std::string::npos)
      << ToHex(tree::LeafHash(block("entry")));
}

}  // namespace
}  // namespace signpost::ledger
