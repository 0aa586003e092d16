#include "core/sender/reply/reply.h"

#include <gtest/gtest.h>

#include "core/shared/sms/alphabet.h"

namespace signpost::sender::reply {
namespace {

TEST(Reply, NoWayOfSayingStopIsMissed) {
  for (const std::string_view text : {"STOP",
                                      "stop",
                                      " Stop. ",
                                      "STOP ALL",
                                      "stopall",
                                      "STOP2QUIT",
                                      "Stop please",
                                      "stopp",
                                      "STPO",
                                      "sotp",
                                      "st0p",
                                      "stob",
                                      "sop",
                                      "sttop",
                                      "S T O P",
                                      "s.t.o.p",
                                      "\"STOP\"",
                                      "STOP!",
                                      "please stop",
                                      "Pls STOP texting me",
                                      "I said stop",
                                      "unsubscribe",
                                      "UNSUB",
                                      "cancel",
                                      "END",
                                      "Quit",
                                      "revoke",
                                      "optout",
                                      "opt out",
                                      "OPT-OUT",
                                      "please opt me out",
                                      "remove me",
                                      "remove my number",
                                      "take me off your list",
                                      "Don't text me",
                                      "don’t contact me again",
                                      "do not message me",
                                      "leave me alone",
                                      "lose my number",
                                      "delete my number",
                                      "no more texts",
                                      "never contact me again",
                                      "TD",
                                      "Arrêt",
                                      "ARRETE",
                                      "stopio",
                                      "BASTA",
                                      "baja",
                                      "abmelden",
                                      "ＳＴＯＰ",
                                      "🛑STOP🛑",
                                      "Stop. This is my mum's phone"}) {
    EXPECT_TRUE(SaysStop(text)) << text;
  }
}

TEST(Reply, OtherRepliesAreNotSilenced) {
  for (const std::string_view text :
       {"", "hi", "who is this?", "thanks", "yes", "START", "UNSTOP", "help", "ok 👍",
        "can you call me", "I need help please ring me", "top", "shop", "what time do you close",
        "which friend?", "the end", "стоп-кран?", "07", "?"}) {
    EXPECT_FALSE(SaysStop(text)) << text;
  }
}

TEST(Reply, EveryEncodingIsRead) {
  const auto says = [](std::string_view hex, uint8_t coding, bool header = false) {
    return SaysStop(*FromHex(hex), coding, header);
  };
  EXPECT_TRUE(says("53544f50", 0));              // GSM or Latin-1
  EXPECT_TRUE(says("53544f50", 1));              // IA5
  EXPECT_TRUE(says("53544f50", 3));              // Latin-1
  EXPECT_TRUE(says("53544f50", 4));              // "binary"
  EXPECT_TRUE(says("53544f50", 0xF1));           // a class
  EXPECT_TRUE(says("00530054004f0050", 8));      // UCS-2
  EXPECT_TRUE(says("00530054004f0050", 0x18));   // UCS-2 with a class
  EXPECT_TRUE(says("00530054004f0050", 0));      // UCS-2 unannounced
  EXPECT_TRUE(says("530054004f005000", 8));      // little-endian
  EXPECT_TRUE(says("fffe530054004f005000", 8));  // with its mark
  EXPECT_TRUE(says("feff00530054004f0050", 8));
  EXPECT_TRUE(says("00530054004f005000", 8));  // an odd octet too many
  EXPECT_TRUE(says("53544f50", 8));            // announced as UCS-2, but is not
  EXPECT_TRUE(
      says("61727265"
           "74",
           0));                          // arret
  EXPECT_TRUE(says("617272ea74", 0));    // arrêt in Latin-1
  EXPECT_TRUE(says("617272c3aa74", 0));  // arrêt in UTF-8
  EXPECT_FALSE(says("", 0));
  EXPECT_FALSE(says("d83d", 8));
}

TEST(Reply, HeaderIsStrippedAndABrokenOneDoesNotHideTheText) {
  const auto says = [](std::string_view hex) { return SaysStop(*FromHex(hex), 0, true); };
  EXPECT_TRUE(says("050003ab020153544f50"));
  EXPECT_TRUE(says("06080400ab020153544f50"));
  EXPECT_TRUE(says("0053544f50"));
  EXPECT_TRUE(says("53544f50"));  // no header after all: 0x53 octets would overrun
  EXPECT_FALSE(says("050003ab0201"));
  EXPECT_FALSE(says(""));
  EXPECT_FALSE(says("ff"));
}

TEST(Reply, ShownAsAPhoneWould) {
  EXPECT_EQ(Decode(*FromHex("48690a1b65"), 0, false), "Hi\n€");
  EXPECT_EQ(Decode(*FromHex("0175"), 8, false), "ŵ");
  EXPECT_EQ(Decode(*FromHex("050003ab02014869"), 0, true), "Hi");
  EXPECT_EQ(Decode(*FromHex("e9"), 3, false), "é");
}

}  // namespace
}  // namespace signpost::sender::reply
