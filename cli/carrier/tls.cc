#include "cli/carrier/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "crypto/base/bytes.h"

namespace signpost::carrier {
namespace {

// What SSL_read and SSL_write say, as recv and send say it.
ssize_t AsErrno(ssl_st* tls, int result) {
  if (result > 0) return result;
  const int error = SSL_get_error(tls, result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
    return -1;
  }
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = ECONNRESET;
  return -1;
}

int Bounded(size_t size) { return static_cast<int>(std::min<size_t>(size, 1 << 20)); }

}  // namespace

void FreeTls::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void FreeTls::operator()(ssl_st* connection) const { SSL_free(connection); }

Result<TlsServer> LoadTls(const std::string& certificate_file, const std::string& key_file,
                          bool only_12) {
  PrepareCrypto();           // the machine's openssl.cnf changes nothing here
  signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
  TlsServer server(SSL_CTX_new(TLS_server_method()));
  if (!server) return Fail(Code::kInternal, "cannot start TLS");
  SSL_CTX_set_min_proto_version(server.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(server.get(), only_12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_mode(server.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(server.get(), certificate_file.c_str()) != 1) {
    return Fail(Code::kInput, "not a certificate in PEM form", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(server.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Fail(Code::kInput, "not the certificate's private key in PEM form", key_file);
  }
  return server;
}

Wire::Wire(int fd, ssl_ctx_st* server) : fd_(fd) {
  if (server == nullptr) return;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  tls_.reset(SSL_new(server));
  if (!tls_ || SSL_set_fd(tls_.get(), fd) != 1) {
    shutdown(fd, SHUT_RDWR);  // never in the clear instead
    return;
  }
  SSL_set_accept_state(tls_.get());
}

ssize_t Wire::Read(char* data, size_t size) {
  if (!tls_) return recv(fd_, data, size, MSG_DONTWAIT);
  ERR_clear_error();
  return AsErrno(tls_.get(), SSL_read(tls_.get(), data, Bounded(size)));
}

ssize_t Wire::Write(const char* data, size_t size) {
  if (!tls_) return send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  ERR_clear_error();
  return AsErrno(tls_.get(), SSL_write(tls_.get(), data, Bounded(size)));
}

bool Wire::Unread() const { return tls_ && SSL_pending(tls_.get()) > 0; }

void Wire::EndWriting() {
  if (tls_) SSL_shutdown(tls_.get());
  shutdown(fd_, SHUT_WR);
}

}  // namespace signpost::carrier
