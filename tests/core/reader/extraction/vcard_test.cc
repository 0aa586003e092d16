#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/core/reader/extraction/found_values.h"

namespace signpost::reader::extraction {
namespace {

using formats::Format;
using wire::reader::FileRefusal;

Texts Values(std::string_view properties) {
  return Extract("BEGIN:VCARD\n" + std::string(properties) + "\nEND:VCARD\n").found.values;
}

TEST(Vcard, TelIsFoundInEveryVersionsWriting) {
  const Texts one = {"07700 900123"};
  for (const char* tel :
       {"VERSION:2.1\nTEL;CELL;PREF:07700 900123", "VERSION:3.0\nTEL;TYPE=CELL:07700 900123",
        "version:2.1\ntel;cell:07700 900123", "item2.TEL:07700 900123",
        "TEL:07700 900123\nVERSION:3.0", "TEL:07700 900123",
        "VERSION:3.0\nitem1.TEL;type=CELL;type=pref:07700 900123\nitem1.X-ABLabel:a",
        "VERSION:4.0\nTEL;TYPE=\"voice,cell\";PREF=1:07700 900123", "TEL;X=\"a:b\":07700 900123"}) {
    EXPECT_EQ(Values(tel), one) << tel;
  }
  EXPECT_EQ(Values("VERSION:4.0\nTEL;VALUE=uri;TYPE=\"voice,cell\":tel:+44-7700-900123;ext=5555"),
            (Texts{"tel:+44-7700-900123;ext=5555"}));
}

TEST(Vcard, QuotedPrintableAndSoftBreaksAreUndone) {
  EXPECT_EQ(Values("TEL;CELL;ENCODING=QUOTED-PRINTABLE:=30=37700=20=\n900123"),
            (Texts{"07700 900123"}));
  EXPECT_EQ(Values("TEL;CELL;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:07700=A0900123"),
            (Texts{"07700\xc2\xa0"
                   "900123"}));
  EXPECT_EQ(Values("N;ENCODING=QUOTED-PRINTABLE:=41=\nTEL:07700 900999\nTEL:07700 900123"),
            (Texts{"07700 900123"}))
      << "a TEL inside a soft-broken name is part of the name";
}

TEST(Vcard, FoldedLinesAreUnfolded) {
  EXPECT_EQ(Values("TEL;TYPE=CELL:0770\r\n 0 900\r\n\t123"), (Texts{"07700 900123"}));
  EXPECT_EQ(Values("TEL;TYPE=\n CELL:07700 900123"), (Texts{"07700 900123"}));
}

TEST(Vcard, APhotoIsNotReadAsAnything) {
  EXPECT_EQ(Values("PHOTO;ENCODING=b;TYPE=JPEG:/9j4\n TEL:07700 900999\n AAA=\nTEL:07700 900123"),
            (Texts{"07700 900123"}));
  EXPECT_EQ(Values("PHOTO;BASE64:/9j4AAQ\nTELAAAA\nAAA=\n\nTEL:07700 900123"),
            (Texts{"07700 900123"}));
}

TEST(Vcard, AVeryLargePhotoDoesNotRefuseTheFile) {
  std::string photo = "PHOTO;ENCODING=b:";
  photo += std::string(3u << 20, 'A');
  EXPECT_EQ(Values(photo + "\nTEL:07700 900123"), (Texts{"07700 900123"}));
  std::string folded = "PHOTO;ENCODING=b:AAAA\n";
  for (int i = 0; i < 40000; ++i) folded += " " + std::string(74, 'A') + "\n";
  EXPECT_EQ(Values(folded + "TEL:07700 900123"), (Texts{"07700 900123"}));
}

TEST(Vcard, ACardOverAMebibyteRefusesTheFile) {
  const std::string note = "NOTE:" + std::string(600u << 10, 'x') + "\n";
  EXPECT_EQ(Extract("BEGIN:VCARD\n" + note + note + "END:VCARD\n").refusal,
            FileRefusal::kRowTooLong);
  EXPECT_EQ(Extract("BEGIN:VCARD\nNOTE:" + std::string(2u << 20, 'x')).refusal,
            FileRefusal::kRowTooLong);
  EXPECT_EQ(
      Extract("BEGIN:VCARD\n" + note + "END:VCARD\nBEGIN:VCARD\n" + note + "END:VCARD\n").refusal,
      FileRefusal::kNone)
      << "two cards";
}

TEST(Vcard, FaxPagerAndModemAreLeftOut) {
  EXPECT_TRUE(Values("TEL;WORK;FAX:07700 900123").empty());
  EXPECT_TRUE(Values("TEL;TYPE=FAX,WORK:07700 900123").empty());
  EXPECT_TRUE(Values("TEL;TYPE=\"pager\":07700 900123").empty());
  EXPECT_TRUE(Values("TEL;MODEM:07700 900123").empty());
  EXPECT_EQ(Values("TEL;TYPE=CELL;TYPE=FAX:07700 900123").size(), 1u);
}

TEST(Vcard, OtherPropertiesAreNotRead) {
  EXPECT_TRUE(Values("X-TEL:07700 900123\nNOTE:TEL:07700 900123\nTELX:07700 900123").empty());
}

TEST(Vcard, EscapesAreUndone) {
  EXPECT_EQ(Values("TEL;CELL:77009\\;\\;"), (Texts{"77009;;"}));
  EXPECT_EQ(Values("TEL:07700 900123\\n07700 900124").size(), 2u);
}

TEST(Vcard, AMissingEndCostsNothing) {
  const Extracted got = Extract("BEGIN:VCARD\nTEL:07700 900123\nBEGIN:VCARD\nTEL:07700 900124");
  EXPECT_EQ(got.found.all, (Texts{"2:0 07700 900123", "4:0 07700 900124"}));
  EXPECT_EQ(got.rows, 2u);
}

TEST(Vcard, ATelWithoutAValueIsABadRowOfItsOwn) {
  const Extracted got = Extract("BEGIN:VCARD\nTEL;CELL\nTEL:07700 900123\nEND:VCARD\n");
  EXPECT_EQ(got.found.bad, (std::vector<uint64_t>{2}));
  EXPECT_EQ(got.found.values, (Texts{"07700 900123"}));
}

TEST(Vcard, PiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([] {
    const auto parts = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(Texts{"BEGIN:VCARD", "END:VCARD", "\n", "\r\n", "\r", "\n ", "\n\t",
                                 "TEL", ";CELL", ";ENCODING=QUOTED-PRINTABLE", ":", "=", "=30",
                                 "07700", "900123", "PHOTO:", "\\;", "\"", "\xff"}));
    std::string text = "BEGIN:VCARD\n";
    for (const std::string& part : parts) text += part;
    const Extracted whole = Extract(text, Format::kVcard);
    const Extracted pieces = Extract(text, Format::kVcard, 1);
    RC_ASSERT(pieces.refusal == whole.refusal);
    RC_ASSERT(pieces.found.all == whole.found.all);
  }));
}

}  // namespace
}  // namespace signpost::reader::extraction
