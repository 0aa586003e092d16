// A sealer at the other end of socket pairs: in this process (a thread) or the real binary.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/sealer/sealer.h"
#include "core/shared/wire/reader_boundary.h"
#include "core/shared/wire/sealer_boundary.h"
#include "core/signpost/process/child.h"
#include "crypto/custody/key_file.h"
#include "crypto/number/phone_number.h"

namespace signpost::test {

constexpr std::string_view kPassphrase = "correct horse battery staple";

inline OwnedFd PipeWith(std::string_view text) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  OwnedFd read_end(ends[0]), write_end(ends[1]);
  EXPECT_TRUE(WriteAll(write_end.get(), AsBytes(text), "pipe").has_value());
  return read_end;
}

inline memory::SecretBuffer PassphraseBuffer(std::string_view text = kPassphrase) {
  const OwnedFd fd = PipeWith(text);
  return memory::ReadPassphrase(fd.get()).value();
}

inline custody::TrustRoot Trust(Mode mode) {
  custody::TrustRoot trust;
  trust.mode = mode;
  trust.genesis_policy = Sha256("a policy");
  trust.ledger_vkey = "ledger+00000000+AA==";
  return trust;
}

using NumberBytes = std::array<uint8_t, number::PhoneNumber::kBytes>;

// The drama range: 07700 900000 to 900999.
inline NumberBytes Fictional(int n) {
  std::string digits = std::to_string(900000 + n);
  const number::PhoneNumber number = number::PhoneNumber::FromE164("+447700" + digits).value();
  NumberBytes bytes;
  std::ranges::copy(number.Expose(number::ExposeNumber{}), bytes.begin());
  return bytes;
}

// Not in the drama range, and nobody's: the national part of a mobile number, in a country that
// does not exist.
inline NumberBytes NotFictional() {
  const number::PhoneNumber number =
      number::PhoneNumber::FromE164(std::string("+999") + "0000000").value();
  NumberBytes bytes;
  std::ranges::copy(number.Expose(number::ExposeNumber{}), bytes.begin());
  return bytes;
}

struct KeyFiles {
  std::string opt_out, contact;
};

inline KeyFiles MakeKeyFiles(Mode mode, std::string_view passphrase = kPassphrase) {
  const custody::Wrapper wrapper =
      custody::Wrapper::Create(PassphraseBuffer(passphrase), custody::KdfCost::kMinimal).value();
  custody::KeyFileHeader header;
  header.trust = Trust(mode);
  header.purpose = custody::KeyPurpose::kOptOutToken;
  KeyFiles files;
  files.opt_out = wrapper.Wrap(header, memory::SecretKey::Random().value()).value();
  header.purpose = custody::KeyPurpose::kContactToken;
  files.contact = wrapper.Wrap(header, memory::SecretKey::Random().value()).value();
  return files;
}

enum class Where { kThread, kBinary };

// Owns one running sealer; Numbers() plays the reader or the sender.
class RunningSealer {
 public:
  RunningSealer(Where where, wire::sealer::Job job, std::string_view passphrase = kPassphrase) {
    wire::SocketPair control = wire::MakeSocketPair().value();
    wire::SocketPair numbers = wire::MakeSocketPair().value();
    OwnedFd secret = PipeWith(passphrase);
    const std::span<const wire::Rule> rules =
        job == wire::sealer::Job::kListen
            ? std::span<const wire::Rule>(wire::sealer::kRepliesToSealer)
            : wire::reader::kNumbersToSealer;
    control_ = std::make_unique<wire::Channel>(std::move(control.ours), wire::sealer::kToSealer,
                                               wire::sealer::kFromSealer, "sealer");
    numbers_ = std::make_unique<wire::Channel>(std::move(numbers.ours), rules,
                                               std::span<const wire::Rule>(), "sealer");
    start_.job = job;
    if (where == Where::kBinary) {
      process::ChildFds fds;
      fds.Put(wire::kControlFd, std::move(control.theirs));
      fds.Put(wire::sealer::kNumbersFd, std::move(numbers.theirs));
      fds.Put(wire::sealer::kPassphraseFd, std::move(secret));
      child_ = std::make_unique<process::Child>(
          process::Spawn("signpost-sealer", std::move(fds)).value());
      return;
    }
    thread_ = std::thread(
        [this, c = control.theirs.release(), n = numbers.theirs.release(), p = secret.release()] {
          exit_code_ = sealer::RunSealer(OwnedFd(c), OwnedFd(n), OwnedFd(p));
        });
  }
  ~RunningSealer() {
    control_->Close();
    numbers_->Close();
    if (thread_.joinable()) thread_.join();
  }

  wire::sealer::Start& start() { return start_; }
  wire::Channel& Control() { return *control_; }
  wire::Channel& Numbers() { return *numbers_; }

  void Begin(const std::vector<std::string>& key_files) {
    ASSERT_TRUE(control_->SendOne(wire::sealer::kStart, start_).has_value());
    for (const std::string& file : key_files) {
      ASSERT_TRUE(control_->SendText(wire::sealer::kKeyFile, file).has_value());
    }
  }
  void SendNumbers(const std::vector<NumberBytes>& numbers) {
    // The sealer may have stopped already: that is for the test to see in its answer.
    std::vector<wire::reader::Number> frames;
    for (const NumberBytes& number : numbers) {
      wire::reader::Number& frame = frames.emplace_back();
      std::copy(number.begin(), number.end(), frame.number);
      frame.last_contact = static_cast<int32_t>(frames.size());
      frame.traffic = 1;
    }
    (void)numbers_->Send<wire::reader::Number>(wire::reader::kNumbers, frames).has_value();
    sent_ += numbers.size();
  }
  void SendEnd() { (void)numbers_->SendOne(wire::reader::kEnd, sent_).has_value(); }
  void SendEnd(uint64_t claimed) {
    (void)numbers_->SendOne(wire::reader::kEnd, claimed).has_value();
  }

  // The failure that it reports, kNone when it says kEnd, nullopt when it just goes away.
  std::optional<wire::sealer::Failure> Outcome() {
    for (;;) {
      const auto frames = control_->Receive();
      if (!frames || !*frames) return std::nullopt;
      if ((*frames)->kind == wire::sealer::kEnd) return wire::sealer::Failure::kNone;
      if ((*frames)->kind == wire::sealer::kFailed) {
        return (*frames)->AsKnown<wire::sealer::Failed>()->failure;
      }
    }
  }
  // Its exit code; for the binary -1 stands for any failure of the process.
  int ExitCodeOf() {
    if (child_) return child_->Wait() ? 0 : -1;
    thread_.join();
    return exit_code_;
  }

 private:
  wire::sealer::Start start_{};
  uint64_t sent_ = 0;
  int exit_code_ = -1;
  std::unique_ptr<wire::Channel> control_, numbers_;
  std::unique_ptr<process::Child> child_;
  std::thread thread_;
};

}  // namespace signpost::test
