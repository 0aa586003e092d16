#include "core/shared/wire/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>
#include <thread>

#include "tests/core/shared/wire/raw.h"
#include "tests/crypto/memory/flags_of.h"

namespace signpost::wire {
namespace {

using test::RawMessage;
using test::SendRaw;
using test::Victim;

struct Pair {
  uint32_t a, b;
  static constexpr bool kNoEnums = true;
};

enum Kind : uint8_t { kHello = 1, kNumbers, kText, kFd, kBye, kPing };
constexpr Rule kRules[] = {
    {kHello, 0, 1, sizeof(Pair), 1, 1},
    {kNumbers, 1, 1, sizeof(uint32_t), 4, 0},
    {kText, 1, 1, 1, 200000, 2},
    {kFd, 1, 1, 0, 0, 0, 2},
    {kBye, 1, 2, 0, 0, 1},
    {kPing, 2, 2, 0, 0, 3},
};

Bytes Of(size_t n, uint8_t value = 0xab) { return Bytes(n, value); }

void SayHello(Victim& victim, Channel& channel) {
  victim.Send({.kind = kHello, .count = 1, .payload = Of(8)});
  ASSERT_TRUE(channel.Expect(kHello).has_value());
}
void SayHello(Victim& victim) { SayHello(victim, victim.channel); }

void ExpectRefused(Victim& victim) {
  const auto got = victim.channel.Receive();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Code::kCorrupt);
  EXPECT_EQ(got.error().place, "peer");
}

TEST(Channel, MessageThatWasNeverSentIsNotTakenForAPeerThatIsGone) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const OwnedFd other(ends[1]);
  Channel broken(OwnedFd{ends[0]}, kRules, {}, "peer");  // no socket: every send fails
  EXPECT_FALSE(broken.UnlessGone(broken.SendOne(kHello, Pair{1, 2})).has_value());
  SocketPair pair = MakeSocketPair().value();
  Channel left(std::move(pair.ours), kRules, {}, "peer");
  pair.theirs = OwnedFd();
  EXPECT_TRUE(left.UnlessGone(left.SendOne(kHello, Pair{1, 2})).has_value());
}

TEST(Channel, CarriesWhatTheTableAllows) {
  SocketPair pair = MakeSocketPair().value();
  Channel left(std::move(pair.ours), kRules, {}, "right");
  Channel right(std::move(pair.theirs), {}, kRules, "left");
  const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int both[] = {zero, null};
  const std::vector<uint32_t> three = {7, 8, 9};
  std::string text(200000, 'x');
  std::iota(text.begin(), text.end(), '\1');
  std::thread sender([&] {  // more than a socket buffer holds
    ASSERT_TRUE(left.SendOne(kHello, Pair{1, 2}).has_value());
    ASSERT_TRUE(left.Send(kNumbers, std::span<const uint32_t>(three)).has_value());
    ASSERT_TRUE(left.SendText(kText, text).has_value());
    ASSERT_TRUE(left.SendEmpty(kFd, both).has_value());
    ASSERT_TRUE(left.SendEmpty(kBye).has_value());
    left.Close();
  });
  EXPECT_EQ(right.Expect(kHello)->As<Pair>().b, 2u);
  const Frames numbers = right.Expect(kNumbers).value();
  EXPECT_EQ(numbers.count, 3u);
  EXPECT_EQ(numbers.As<uint32_t>(2), 9u);
  EXPECT_EQ(AsText(right.Expect(kText)->bytes), text);
  const Frames with_fds = right.Expect(kFd).value();
  ASSERT_EQ(with_fds.fds.size(), 2u);
  char byte = 1;
  EXPECT_EQ(read(with_fds.fds[0].get(), &byte, 1), 1);
  EXPECT_EQ(byte, 0);
  EXPECT_EQ(read(with_fds.fds[1].get(), &byte, 1), 0);
  EXPECT_NE(fcntl(with_fds.fds[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_TRUE(right.Expect(kBye).has_value());
  sender.join();
  const auto end = right.Receive();
  ASSERT_TRUE(end.has_value());
  EXPECT_FALSE(end->has_value());
  close(zero);
  close(null);
}

TEST(Channel, UnknownKindIsRefused) {
  Victim victim(kRules);
  victim.Send({.kind = 77});
  ExpectRefused(victim);
}

TEST(Channel, MessageBeforeItsStateIsRefused) {
  Victim victim(kRules);
  victim.Send({.kind = kBye});
  ExpectRefused(victim);
}

TEST(Channel, MessageAfterItsStateIsRefused) {
  Victim victim(kRules);
  SayHello(victim);
  victim.Send({.kind = kBye});
  ASSERT_TRUE(victim.channel.Expect(kBye).has_value());
  victim.Send({.kind = kNumbers, .count = 1, .payload = Of(4)});
  ExpectRefused(victim);
}

TEST(Channel, TooManyFramesAreRefusedBeforeTheyAreRead) {
  Victim victim(kRules);
  SayHello(victim);
  victim.Send({.kind = kNumbers, .count = 0xffffffff});  // and nothing follows
  ExpectRefused(victim);
}

TEST(Channel, OneFrameMeansOne) {
  Victim victim(kRules);
  victim.Send({.kind = kHello, .count = 0});
  ExpectRefused(victim);
}

TEST(Channel, FramesOfAnEmptyMessageAreRefused) {
  Victim victim(kRules);
  SayHello(victim);
  victim.Send({.kind = kBye, .count = 1});
  ExpectRefused(victim);
}

TEST(Channel, OnceMoreThanAtMostIsRefused) {
  Victim victim(kRules);
  SayHello(victim);
  for (int i = 0; i < 2; ++i) {
    victim.Send({.kind = kText, .count = 1, .payload = Of(1)});
    ASSERT_TRUE(victim.channel.Expect(kText).has_value());
  }
  victim.Send({.kind = kText, .count = 1, .payload = Of(1)});
  ExpectRefused(victim);
}

TEST(Channel, NonZeroReservedBytesAreRefused) {
  for (const bool first : {true, false}) {
    Victim victim(kRules);
    RawMessage hello{.kind = kHello, .count = 1, .payload = Of(8)};
    (first ? hello.zero : hello.zero2) = 1;
    victim.Send(hello);
    ExpectRefused(victim);
  }
}

TEST(Channel, AnotherNumberOfDescriptorsIsRefused) {
  for (const size_t descriptors : {0, 1, 3, 9, 20}) {
    for (const size_t claimed : {size_t{2}, descriptors}) {
      Victim victim(kRules);
      SayHello(victim);
      victim.Send({.kind = kFd, .fds_claimed = static_cast<uint8_t>(claimed)}, descriptors);
      ExpectRefused(victim);
    }
  }
}

TEST(Channel, DescriptorWithAMessageThatHasNoneIsRefused) {
  Victim victim(kRules);
  victim.Send({.kind = kHello, .count = 1, .payload = Of(8)}, 1);
  ExpectRefused(victim);
}

TEST(Channel, DescriptorInsideAMessageIsRefused) {
  Victim victim(kRules);
  const Bytes whole = RawMessage{.kind = kHello, .count = 1, .payload = Of(8)}.Encode();
  test::SendRaw(victim.raw.get(), ByteView(whole).first(8));
  test::SendRaw(victim.raw.get(), ByteView(whole).subspan(8), 1);
  ExpectRefused(victim);
}

TEST(Channel, CutOffMessageIsNotAnOrderlyEnd) {
  const Bytes whole = RawMessage{.kind = kHello, .count = 1, .payload = Of(8)}.Encode();
  for (size_t n = 1; n < whole.size(); ++n) {
    Victim victim(kRules);
    test::SendRaw(victim.raw.get(), ByteView(whole).first(n));
    victim.Hangup();
    ExpectRefused(victim);
  }
}

TEST(Channel, SlowPeerIsWaitedFor) {
  Victim victim(kRules);
  const Bytes whole = RawMessage{.kind = kHello, .count = 1, .payload = Of(8, 3)}.Encode();
  std::thread slow([&] {
    for (const uint8_t byte : whole) test::SendRaw(victim.raw.get(), ByteView(&byte, 1));
  });
  EXPECT_EQ(victim.channel.Expect(kHello)->As<Pair>().a, 0x03030303u);
  slow.join();
}

TEST(Channel, ExpectDoesNotTakeAnotherKindOrTheEnd) {
  Victim victim(kRules);
  SayHello(victim);
  victim.Send({.kind = kBye});
  EXPECT_FALSE(victim.channel.Expect(kNumbers).has_value());
  victim.Hangup();
  EXPECT_FALSE(victim.channel.Expect(kPing).has_value());
}

TEST(Channel, OwnTableHoldsForSendingToo) {
  Victim victim({}, kRules);
  Channel& channel = victim.channel;
  EXPECT_FALSE(channel.SendEmpty(kBye).has_value()) << "not in this state";
  EXPECT_FALSE(channel.SendEmpty(77).has_value()) << "not in the table";
  ASSERT_TRUE(channel.SendOne(kHello, Pair{}).has_value());
  EXPECT_FALSE(channel.SendOne(kHello, Pair{}).has_value()) << "not twice";
  const std::vector<uint32_t> five(5);
  EXPECT_FALSE(channel.Send(kNumbers, std::span<const uint32_t>(five)).has_value());
  EXPECT_FALSE(channel.SendOne(kNumbers, Pair{}).has_value()) << "another frame size";
  EXPECT_FALSE(channel.SendEmpty(kFd).has_value()) << "without its descriptors";
  uint8_t byte;
  EXPECT_EQ(recv(victim.raw.get(), &byte, 1, MSG_DONTWAIT), 1) << "the hello";
}

TEST(Channel, NothingLeavesOfAMessageThatIsNotAllowed) {
  Victim victim({}, kRules);
  EXPECT_FALSE(victim.channel.SendText(kText, "not yet").has_value());
  uint8_t byte;
  EXPECT_EQ(recv(victim.raw.get(), &byte, 1, MSG_DONTWAIT), -1);
}

TEST(Channel, PeerThatIsGoneIsAnErrorAndNoSignal) {
  Victim victim({}, kRules);
  victim.Hangup();
  const auto sent = victim.channel.SendOne(kHello, Pair{});
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code, Code::kInternal);
}

// The bytes of a message, read where the channel had put them, after the next one came.
TEST(Channel, BufferDoesNotKeepTheLastMessage) {
  Victim victim(kRules);
  SayHello(victim);
  victim.Send({.kind = kText, .count = 4000, .payload = Of(4000)});
  const Frames text = victim.channel.Expect(kText).value();
  ASSERT_EQ(text.bytes.size(), 4000u);
  victim.Send({.kind = kNumbers, .count = 1, .payload = Of(4, 1)});
  const Frames next = victim.channel.Expect(kNumbers).value();
  ASSERT_EQ(next.bytes.data(), text.bytes.data()) << "the same buffer";
  for (size_t i = 4; i < text.bytes.size(); ++i) ASSERT_EQ(text.bytes[i], 0) << i;
}

TEST(Channel, BufferDoesNotKeepACutOffMessage) {
  Victim victim(kRules);
  SayHello(victim);
  victim.Send({.kind = kText, .count = 4000, .payload = Of(4000)});
  const Frames text = victim.channel.Expect(kText).value();
  test::SendRaw(victim.raw.get(),
                RawMessage{.kind = kText, .count = 4000, .payload = Of(9)}.Encode());
  victim.Hangup();
  ExpectRefused(victim);
  ASSERT_TRUE(victim.channel.Receive().has_value()) << "the end";
  for (const uint8_t byte : text.bytes) ASSERT_EQ(byte, 0);
}

TEST(Channel, MovedChannelKeepsItsPlaceInTheTable) {
  Victim victim(kRules);
  SayHello(victim);
  Channel moved(std::move(victim.channel));
  victim.Send({.kind = kNumbers, .count = 2, .payload = Of(8)});
  EXPECT_EQ(moved.Expect(kNumbers)->count, 2u);
  Victim other(kRules);
  other.channel = std::move(moved);
  victim.Send({.kind = kBye});
  EXPECT_TRUE(other.channel.Expect(kBye).has_value());
}

TEST(ChannelDeathTest, FrameOfAnotherSizeIsNotRead) {
  Frames frames;
  frames.count = 1;
  frames.frame_bytes = 8;
  const Bytes bytes = Of(8);
  frames.bytes = bytes;
  EXPECT_DEATH(frames.As<uint32_t>(), "");
  EXPECT_DEATH(frames.As<Pair>(1), "");
}

constexpr Rule kSecretRules[] = {
    {kText, 0, 0, 1, 4000, 0, 0, true},
    {kNumbers, 0, 0, sizeof(uint32_t), 4, 0},
};

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

TEST(Channel, NumbersAreReceivedIntoLockedMemory) {
  Victim victim(kSecretRules);
  victim.Send({.kind = kText, .count = 3000, .payload = Of(3000)});
  const Frames frames = victim.channel.Expect(kText).value();
  if (test::kLocksMemory) {
    EXPECT_TRUE(test::IsLocked(frames.bytes.data()));
  }
  EXPECT_NE(test::FlagsOf(frames.bytes.data()).find(" dd "), std::string::npos);
}

TEST(Channel, WipedNumbersAreGoneBeforeTheNextMessage) {
  Victim victim(kSecretRules);
  for (const uint8_t kind : {kText, kNumbers}) {
    victim.Send({.kind = kind, .count = 4, .payload = Of(kind == kText ? 4 : 16)});
    const Frames frames = victim.channel.Expect(kind).value();
    EXPECT_FALSE(AllZero(frames.bytes));
    victim.channel.WipeReceived();
    EXPECT_TRUE(AllZero(frames.bytes));
  }
}

TEST(Channel, MovedFromDoesNotWipeWhatItsSuccessorReceived) {
  Victim victim(kSecretRules);
  victim.Send({.kind = kText, .count = 4, .payload = Of(4)});
  const Frames frames = victim.channel.Expect(kText).value();
  std::optional<Channel> first(std::move(victim.channel));
  Channel second(std::move(*first));
  first.reset();
  EXPECT_EQ(Bytes(frames.bytes.begin(), frames.bytes.end()), Of(4));
}

// Wakes up as MakeSocketPair's ends do, only sooner.
struct Waiting : Victim {
  Waiting() : test::Victim(kRules), limited(Wakeful(std::move(channel))) {}
  static Channel Wakeful(Channel channel) {
    const timeval tick{0, 5000};
    EXPECT_EQ(setsockopt(channel.fd(), SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick), 0);
    return channel;
  }
  Channel limited;
};

TEST(Channel, PeerThatStallsInTheMiddleOfAMessageIsNotWaitedForForEver) {
  const Bytes whole = RawMessage{.kind = kHello, .count = 1, .payload = Of(8)}.Encode();
  for (const size_t part : {size_t{1}, size_t{7}, size_t{8}, size_t{15}}) {
    Waiting waiting;
    waiting.limited.SetLimits(0, 30);
    test::SendRaw(waiting.raw.get(), ByteView(whole).first(part));
    const auto got = waiting.limited.Receive();
    ASSERT_FALSE(got.has_value()) << part;
    EXPECT_EQ(got.error().message, "stalled in the middle of a message");
    EXPECT_EQ(got.error().code, Code::kCorrupt);
  }
}

TEST(Channel, PeerThatSendsByteByByteHasNoMoreTimeThanOthers) {
  Waiting waiting;
  waiting.limited.SetLimits(0, 60);
  SayHello(waiting, waiting.limited);
  const Bytes whole = RawMessage{.kind = kText, .count = 100000, .payload = Of(100000)}.Encode();
  std::atomic<bool> over = false;
  std::thread trickle([&] {
    for (size_t i = 0; i < whole.size() && !over; ++i) {
      if (send(waiting.raw.get(), &whole[i], 1, MSG_NOSIGNAL) != 1) return;
      usleep(1000);  // far from whole, however late the other end looks
    }
  });
  const auto got = waiting.limited.Receive();
  over = true;
  trickle.join();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().message, "stalled in the middle of a message");
}

TEST(Channel, PeerThatNeverAnswersIsNotWaitedForForEver) {
  Waiting waiting;
  waiting.limited.SetLimits(30);
  const auto got = waiting.limited.Receive();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().message, "did not answer in time");
}

TEST(Channel, LimitsGoWithTheChannelThatIsMoved) {
  Waiting waiting;
  waiting.limited.SetLimits(30);
  Channel moved(std::move(waiting.limited));
  EXPECT_EQ(moved.Receive().error().message, "did not answer in time");
}

TEST(Channel, WithoutALimitAPeerMayTakeItsTimeToBegin) {
  Waiting waiting;
  std::thread later([&] {
    usleep(60000);  // the socket has woken up several times by then
    waiting.Send({.kind = kHello, .count = 1, .payload = Of(8)});
  });
  EXPECT_TRUE(waiting.limited.Expect(kHello).has_value());
  later.join();
}

TEST(Channel, PeerThatDoesNotReadIsNotWaitedForForEver) {
  SocketPair pair = MakeSocketPair().value();
  const timeval stall{0, 20000};
  ASSERT_EQ(setsockopt(pair.ours.get(), SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof stall), 0);
  Channel left(std::move(pair.ours), kRules, {}, "right");
  ASSERT_TRUE(left.SendOne(kHello, Pair{1, 2}).has_value());
  const std::string text(200000, 'x');
  Result<void> sent;
  for (int i = 0; i < 2 && sent; ++i) sent = left.SendText(kText, text);
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().message, "does not read what it is sent");
}

TEST(Channel, PairsWakeUpAndGiveUpAsTheyMust) {
  for (const PeerReads reads : {PeerReads::kAtOnce, PeerReads::kAtItsPace}) {
    const SocketPair pair = MakeSocketPair(reads).value();
    for (const OwnedFd* end : {&pair.ours, &pair.theirs}) {
      timeval tick{}, stall{};
      socklen_t size = sizeof tick;
      ASSERT_EQ(getsockopt(end->get(), SOL_SOCKET, SO_RCVTIMEO, &tick, &size), 0);
      ASSERT_EQ(getsockopt(end->get(), SOL_SOCKET, SO_SNDTIMEO, &stall, &size), 0);
      EXPECT_EQ(tick.tv_sec, kTickSeconds);
      EXPECT_EQ(stall.tv_sec, reads == PeerReads::kAtItsPace ? 0 : kMessageSeconds);
    }
  }
}

}  // namespace
}  // namespace signpost::wire
