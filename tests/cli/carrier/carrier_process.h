// signpost-carrier as a child: its port, its output, and at the end its counts.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "crypto/base/bytes.h"
#include "crypto/base/fd.h"
#include "crypto/base/file.h"

namespace signpost::carrier {

class CarrierProcess {
 public:
  // Port 0: any free one.
  explicit CarrierProcess(std::vector<std::string> options = {}, uint16_t port = 0) {
    report_ = testing::TempDir() + "carrier-" + Id<struct Any>::Random().Hex() + ".json";
    std::vector<std::string> words = {SIGNPOST_BIN_DIR "/signpost-carrier", "--port",
                                      std::to_string(port), "--report", report_};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int out[2];
    if (pipe(out) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], 1);
      close(out[0]);
      close(out[1]);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(out[1]);
    out_ = OwnedFd(out[0]);
    const std::string first = ReadLine();
    const size_t colon = first.rfind(':');
    if (colon != std::string::npos) {
      port_ = static_cast<uint16_t>(std::stoi(first.substr(colon + 1)));
    }
  }
  ~CarrierProcess() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove(report_, ignored);
  }

  uint16_t port() const { return port_; }
  OwnedFd Dial() const {
    OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    return fd;
  }
  std::string ReadLine() {
    std::string line;
    for (char c; read(out_.get(), &c, 1) == 1 && c != '\n';) line.push_back(c);
    return line;
  }
  // SIGTERM, unless it has ended by itself; returns all that it still said.
  std::string Stop(bool by_itself = false) {
    if (!by_itself) kill(pid_, SIGTERM);
    std::string rest;
    char chunk[4096];
    for (ssize_t n; (n = read(out_.get(), chunk, sizeof chunk)) > 0;) {
      rest.append(chunk, static_cast<size_t>(n));
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    json_ = ReadFile(report_).value_or("");
    return rest;
  }
  // A count of the report, after Stop.
  long Count(const std::string& name) const {
    const size_t at = json_.find("\"" + name + "\":");
    return at == std::string::npos ? -1 : std::atol(json_.c_str() + at + name.size() + 3);
  }
  const std::string& json() const { return json_; }

 private:
  pid_t pid_ = -1;
  OwnedFd out_;
  std::string report_, json_;
  uint16_t port_ = 0;
};

}  // namespace signpost::carrier
