// Runs in place of a sealed process's work, after its own preparation and lock-down: the lines of
// <this executable>.script, which are read before the lock-down, since afterwards nothing can be.
//
//   try everything          every attempt, each in a copy of the process; standard output says how
//                           each ended
//   send FD HEX TIMES       bytes into a channel, so often
//   give FD HEX DESCRIPTOR  bytes with a descriptor
//   hear FD                 whatever is there to be read; waits for the first byte
//   stay                    reads what signpost sends until it closes its end
//
// Sending to a peer that is gone ends the process with 0: that is what the tests hope for.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/shared/sandbox/lockdown.h"
#include "tests/attacks/hijack/attempts.h"

namespace signpost {

wire::Locked RealLockDown(const sandbox::SandboxProfile& profile) asm(
    "__real__ZN8signpost7sandbox8LockDownERKNS0_14SandboxProfileE");
wire::Locked HijackedLockDown(const sandbox::SandboxProfile& profile) asm(
    "__wrap__ZN8signpost7sandbox8LockDownERKNS0_14SandboxProfileE");

namespace {

std::vector<std::string> ReadScript() {
  std::array<char, PATH_MAX> self{};
  const ssize_t n = readlink("/proc/self/exe", self.data(), self.size());
  std::ifstream file(std::string(self.data(), n > 0 ? static_cast<size_t>(n) : 0) + ".script");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

void Send(int fd, const std::string& bytes, int given) {
  size_t done = 0;
  while (done < bytes.size()) {
    iovec part{const_cast<char*>(bytes.data()) + done, bytes.size() - done};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (given >= 0 && done == 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* c = CMSG_FIRSTHDR(&message);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(c), &given, sizeof given);
    }
    const ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (n <= 0) sandbox::ExitSealed(0);
    done += static_cast<size_t>(n);
  }
}

size_t Hear(int fd) {
  static std::array<char, 65536> buffer;
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  return n > 0 ? static_cast<size_t>(n) : 0;
}

void Perform(const std::string& line) {
  std::istringstream words(line);
  std::string verb, hex;
  int fd = -1, number = 0;
  words >> verb;
  words >> fd >> hex >> number;
  if (verb == "send") {
    const std::string bytes = FromHex(hex);
    for (int i = 0; i < number; ++i) Send(fd, bytes, -1);
  } else if (verb == "give") {
    Send(fd, FromHex(hex), number);
  } else if (verb == "hear") {
    Hear(fd);
  } else if (verb == "stay") {
    while (Hear(3) > 0) {
    }
  }
}

}  // namespace

wire::Locked HijackedLockDown(const sandbox::SandboxProfile& profile) {
  const std::vector<std::string> script = ReadScript();
  if (!script.empty() && script.front() == "try everything") {
    test::TryEverything([&] { return RealLockDown(profile).has_value(); });
    sandbox::ExitSealed(0);
  }
  const wire::Locked locked = RealLockDown(profile);
  if (!locked) return locked;
  for (const std::string& line : script) Perform(line);
  sandbox::ExitSealed(0);
}

}  // namespace signpost
