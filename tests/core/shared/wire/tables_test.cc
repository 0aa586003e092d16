#include "tests/core/shared/wire/tables.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "tests/core/shared/wire/raw.h"

namespace signpost::wire {
namespace {

using test::kTables;
using test::RawMessage;
using test::Table;
using test::Victim;

TEST(Tables, NoTwoRulesForOneKindInOneState) {
  for (const Table& table : test::kTables) {
    std::set<std::pair<uint8_t, uint8_t>> seen;
    for (const Rule& rule : table.rules) {
      EXPECT_TRUE(seen.insert({rule.kind, rule.from_state}).second)
          << table.name << ": kind " << int{rule.kind} << ", state " << int{rule.from_state};
    }
  }
}

TEST(Tables, EveryMessageIsBounded) {
  for (const Table& table : test::kTables) {
    for (const Rule& rule : table.rules) {
      EXPECT_LE(uint64_t{rule.frame_bytes} * rule.max_frames, 1u << 20) << table.name;
      EXPECT_LE(rule.fds, uint8_t{reader::kParts}) << table.name;
      EXPECT_EQ(rule.frame_bytes == 0, rule.max_frames == 0) << table.name;
    }
  }
}

TEST(Tables, EveryStateCanBeReached) {
  for (const Table& table : test::kTables) {
    std::set<uint8_t> reached = {0};
    for (size_t i = 0; i < table.rules.size(); ++i) {
      for (const Rule& rule : table.rules) {
        if (reached.count(rule.from_state) != 0) reached.insert(rule.to_state);
      }
    }
    for (const Rule& rule : table.rules) {
      EXPECT_EQ(reached.count(rule.from_state), 1u) << table.name << " " << int{rule.kind};
    }
  }
}

// What has the shape of numbers with their positions has no way to signpost.
TEST(Tables, NumberFramesDoNotGoToSignpost) {
  for (const Rule& rule : opener::kFromOpener) {
    EXPECT_NE(rule.frame_bytes, sizeof(sender::Numbered)) << "opener to signpost";
  }
  for (const Rule& rule : sender::kFromSender) {
    EXPECT_NE(rule.frame_bytes, sizeof(sender::Numbered)) << "sender to signpost";
    EXPECT_NE(rule.frame_bytes, sizeof(sealer::ReplyNumber)) << "sender to signpost";
  }
}

// The table once more, written another way: what a peer may send next.
class Model {
 public:
  explicit Model(std::span<const Rule> rules) : rules_(rules) {}
  bool Allows(const RawMessage& message, size_t fds) {
    for (const Rule& rule : rules_) {
      if (rule.kind != message.kind || rule.from_state != state_) continue;
      const bool count =
          rule.max_frames == 1 ? message.count == 1 : message.count <= rule.max_frames;
      uint64_t& used = used_[&rule];
      if (!count || fds != rule.fds || (rule.at_most != 0 && used == rule.at_most)) return false;
      ++used;
      state_ = rule.to_state;
      frame_bytes_ = rule.frame_bytes;
      return true;
    }
    return false;
  }
  uint32_t frame_bytes() const { return frame_bytes_; }

 private:
  std::span<const Rule> rules_;
  std::map<const Rule*, uint64_t> used_;
  uint8_t state_ = 0;
  uint32_t frame_bytes_ = 0;
};

TEST(Tables, RandomMessagesAreRefusedUnlessAllowed) {
  for (const Table& table : test::kTables) {
    const bool ok = rc::check(std::string(table.name), [&] {
      Victim victim(table.rules);
      Model model(table.rules);
      for (int i = 0; i < 12; ++i) {
        RawMessage message;
        // Mostly messages of the table, so that its deeper states are reached.
        const auto& rule = table.rules[*rc::gen::inRange<size_t>(0, table.rules.size())];
        const bool strange = *rc::gen::inRange(0, 12) == 0;
        message.kind = strange ? *rc::gen::arbitrary<uint8_t>() : rule.kind;
        const uint32_t most = std::min<uint32_t>(rule.max_frames, 40);
        message.count = *rc::gen::inRange(0, 12) == 0 ? rule.max_frames + 1
                        : rule.max_frames == 1        ? 1
                                                      : *rc::gen::inRange<uint32_t>(0, most + 1);
        const size_t fds = *rc::gen::inRange(0, 20) == 0 ? 1 : rule.fds;
        message.fds_claimed = static_cast<uint8_t>(fds);
        const bool allowed = model.Allows(message, fds);
        if (allowed) message.payload.resize(size_t{message.count} * model.frame_bytes(), 0x5a);
        victim.Send(message, fds);
        const auto got = victim.channel.Receive();
        RC_ASSERT(got.has_value() == allowed);
        if (!allowed) return;
        RC_ASSERT((*got)->kind == message.kind);
        RC_ASSERT((*got)->bytes.size() == message.payload.size());
        RC_ASSERT((*got)->fds.size() == fds);
      }
    });
    EXPECT_TRUE(ok) << table.name;
  }
}

TEST(Tables, RandomBytesNeverCrash) {
  for (const Table& table : test::kTables) {
    const bool ok = rc::check(std::string(table.name), [&](const std::vector<uint8_t>& bytes) {
      Victim victim(table.rules);
      if (!bytes.empty()) test::SendRaw(victim.raw.get(), bytes);
      victim.Hangup();
      for (;;) {
        const auto got = victim.channel.Receive();
        if (!got || !*got) return;
        RC_ASSERT((*got)->bytes.size() == size_t{(*got)->count} * (*got)->frame_bytes);
      }
    });
    EXPECT_TRUE(ok) << table.name;
  }
}

}  // namespace
}  // namespace signpost::wire
