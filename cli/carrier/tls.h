// Speaks TLS for the rehearsal's message centre: the certificate that a site made for itself, and
// the octets of one connection. OpenSSL on the socket, nothing else; what a real message centre
// does with its load balancer.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "crypto/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace signpost::carrier {

struct FreeTls {
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_st* connection) const;
};
using TlsServer = std::unique_ptr<ssl_ctx_st, FreeTls>;

// TLS 1.2 or 1.3 with this certificate (PEM, its chain behind it) and its key. kInput when one of
// them cannot be read or they do not belong together. SIGPIPE is ignored from then on.
Result<TlsServer> LoadTls(const std::string& certificate_file, const std::string& key_file,
                          bool only_12);

// One accepted socket, with or without TLS: as recv and send with MSG_DONTWAIT, errno included. An
// end in the wrong place, and all that is no TLS, is an end.
class Wire {
 public:
  Wire() = default;
  Wire(int fd, ssl_ctx_st* server);  // `server` may be null: no TLS
  ssize_t Read(char* data, size_t size);
  ssize_t Write(const char* data, size_t size);
  // More is there than poll can know of.
  bool Unread() const;
  // Half a close: what was written still arrives.
  void EndWriting();

 private:
  int fd_ = -1;
  std::unique_ptr<ssl_st, FreeTls> tls_;
};

}  // namespace signpost::carrier
