// An identity as the two files that signpost-carrier reads; removed with this.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/core/sender/smpp/certificates.h"

namespace signpost::carrier {

class TlsFiles {
 public:
  explicit TlsFiles(const sender::smpp::Identity& identity)
      : stem_(testing::TempDir() + "tls-" + Id<struct Any>::Random().Hex()) {
    std::ofstream(stem_ + ".pem") << identity.Pem();
    std::ofstream(stem_ + ".key") << identity.KeyPem();
  }
  ~TlsFiles() {
    std::error_code ignored;
    std::filesystem::remove(certificate(), ignored);
    std::filesystem::remove(key(), ignored);
  }
  std::string certificate() const { return stem_ + ".pem"; }
  std::string key() const { return stem_ + ".key"; }
  std::vector<std::string> Options(std::vector<std::string> others = {}) const {
    for (const std::string& word :
         {std::string("--tls-cert"), certificate(), std::string("--tls-key"), key()}) {
      others.push_back(word);
    }
    return others;
  }

 private:
  std::string stem_;
};

}  // namespace signpost::carrier
