#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>

#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

TEST(Csv, QuotedCellsKeepDelimitersQuotesAndLineEnds) {
  const Extracted got = Extract(
      "Name,Phone,Note\r\n\"Smith, \"\"J\"\"\",\"07700 900123\",\"a\r\nb,07700 900999\"\r\n"
      "B,07700 900124,\r\n");
  EXPECT_EQ(got.refusal, FileRefusal::kNone);
  EXPECT_EQ(got.found.all, (Texts{"2:2 07700 900123", "4:2 07700 900124"}));
  EXPECT_EQ(got.rows, 2u);
}

TEST(Csv, EveryLineEndIsOneLine) {
  EXPECT_EQ(Extract("Name,Phone\rA,07700 900123\r\nB,07700 900124\nC,07700 900125").found.all,
            (Texts{"2:2 07700 900123", "3:2 07700 900124", "4:2 07700 900125"}));
}

TEST(Csv, ManyNumbersInOneCellAreAllTold) {
  EXPECT_EQ(Extract("Name,Phone 1 - Value\nA,07700 900123 ::: 07700 900124\n"
                    "B,\"07700 900125\n07700 900126\"\n")
                .found.values,
            (Texts{"07700 900123", "07700 900124", "07700 900125", "07700 900126"}));
}

TEST(Csv, AnUnclosedQuoteCostsItsRowAndNoOther) {
  const Extracted got =
      Extract("Name,Phone\nA,07700 900123\n\"B,07700 900124\nC,07700 900125\nD,07700 900126\n");
  EXPECT_EQ(got.found.values, (Texts{"07700 900123", "07700 900125", "07700 900126"}));
  EXPECT_EQ(got.found.bad, (std::vector<uint64_t>{3}));
  EXPECT_EQ(got.rows, 4u);
}

TEST(Csv, AnUnclosedQuoteDoesNotPairWithAQuoteFurtherDown) {
  const Extracted got =
      Extract("Name,Phone\n\"A,07700 900123\nB,07700 900124\n\"C\",07700 900125\nD,07700 900126\n");
  EXPECT_EQ(got.found.values, (Texts{"07700 900124", "07700 900125", "07700 900126"}));
  EXPECT_EQ(got.found.bad, (std::vector<uint64_t>{2}));
}

TEST(Csv, AStrayQuoteCostsNothing) {
  EXPECT_EQ(Extract("Name,Phone\n\"Big\" Dave,07700 900123\nBig \"D,07700 900124\n").found.values,
            (Texts{"07700 900123", "07700 900124"}));
}

TEST(Csv, BrokenTextCostsTheRowOnlyInTheNumber) {
  const Extracted got = Extract(
      "Name,Phone\nZo\xc3\xab,07700 900123\nRen\xc3\xa9,07700 900124\nAn\xc3\xafs,07700 900125\n"
      "Jos\xe9,07700 900126\nE,07700\xff"
      "900127\n");
  EXPECT_EQ(got.found.values.size(), 4u);
  EXPECT_EQ(got.found.bad, (std::vector<uint64_t>{6}));
}

TEST(Csv, FaxIsLeftOutByColumnAndByType) {
  EXPECT_EQ(Extract("Name,Mobile,Business Fax\nA,07700 900123,07700 900124\n").found.values,
            (Texts{"07700 900123"}));
  EXPECT_EQ(Extract("Name,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value\n"
                    "A,Work Fax,07700 900123,Mobile,07700 900124\n"
                    "B,Mobile,07700 900125,Pager,07700 900126\n")
                .found.values,
            (Texts{"07700 900124", "07700 900125"}));
}

TEST(Csv, RaggedAndEmptyRowsAreNoErrors) {
  const Extracted got =
      Extract("Name,City,Phone\nA\n\n,,\nB,Leigh,07700 900123,extra,cells\nC,Leigh\n");
  EXPECT_EQ(got.found.all, (Texts{"5:3 07700 900123"}));
  EXPECT_EQ(got.rows, 3u);
}

TEST(Csv, ARowOverAMebibyteRefusesTheFile) {
  std::string text = "Name,Phone\nA,07700 900123\n\"";
  text += std::string((1u << 20) + 10, 'x') + "\",07700 900124\n";
  const Extracted got = Extract(text);
  EXPECT_EQ(got.refusal, FileRefusal::kRowTooLong);
  EXPECT_EQ(got.line, 3u);
}

TEST(Csv, TooManyColumnsRefuseTheFile) {
  EXPECT_EQ(Extract("Name,Phone\nA,07700 900123\nB" + std::string(5000, ',') + "x\n").refusal,
            FileRefusal::kTooManyColumns);
}

TEST(Csv, NulBehindTheSampleRefusesTheFile) {
  std::string text = "Name,Phone\n";
  while (text.size() < kSampleBytes + 100) text += "A,07700 900123\n";
  text += std::string("B,0770\0 900124\n", 15);
  EXPECT_EQ(Extract(text).refusal, FileRefusal::kBinary);
}

TEST(Csv, PiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([] {
    const auto body = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("07,;\"\"\n\r AB\xff\xc3\xa9")));
    const std::string text = "Name,Phone\nA,07700 900123\n" + body;
    const Extracted whole = Extract(text, Format::kCsv);
    for (const size_t piece : {1u, 7u}) {
      const Extracted pieces = Extract(text, Format::kCsv, piece);
      RC_ASSERT(pieces.refusal == whole.refusal);
      RC_ASSERT(pieces.rows == whole.rows);
      RC_ASSERT(pieces.found.all == whole.found.all);
    }
  }));
}

// The parser proper, behind the sample: pieces there are cut at any byte, too.
TEST(Csv, PiecesMakeNoDifferenceBehindTheSample) {
  std::string head = "Name,Phone,Note\n";
  while (head.size() < kSampleBytes) head += "A,07700 900123," + std::string(2000, 'x') + "\n";
  std::mt19937 random(7);
  const std::string letters = "07,\"\"\n\r AB\xff\xc3\xa9";
  for (int round = 0; round < 12; ++round) {
    std::string text = head;
    for (int i = 0; i < 300; ++i) text += letters[random() % letters.size()];
    const Extracted whole = Extract(text, Format::kCsv, 1u << 20);
    const Extracted pieces = Extract(text, Format::kCsv, 4093);
    EXPECT_EQ(pieces.found.all, whole.found.all);
    EXPECT_EQ(pieces.rows, whole.rows);
  }
}

}  // namespace
}  // namespace signpost::reader::extraction
