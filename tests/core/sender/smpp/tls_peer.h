// A message centre behind TLS, in the test's own process: OpenSSL's server on memory buffers, and a
// wire between them and the socket that a test can slow down, cut or write on.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/core/sender/smpp/certificates.h"
#include "tests/core/sender/smpp/peer.h"

namespace signpost::sender::smpp {

class TlsServerPeer : public Peer {
 public:
  // `version`: the only one that it speaks; 0: any. `authority`: also sent, unless null.
  explicit TlsServerPeer(const Identity& identity, int version = 0) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(context_, 0);  // so that old versions are there to be refused
    SSL_CTX_set_min_proto_version(context_, version);
    SSL_CTX_set_max_proto_version(context_, version);
    SSL_CTX_use_certificate(context_, identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_, identity.key.get());
  }
  ~TlsServerPeer() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  OwnedFd Connect() override {
    SSL_free(ssl_);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_);
    ended_ = goodbye_ = false;
    return Peer::Connect();
  }

  // Moves what there is, at most `step` octets each way; true when there was any.
  bool Pump() {
    if (!ours_) return false;
    bool moved = false;
    char chunk[4096];
    const size_t most = std::min(step, sizeof chunk);
    const ssize_t n = reading ? recv(ours_.get(), chunk, most, MSG_DONTWAIT) : -1;
    if (n > 0) {
      BIO_write(SSL_get_rbio(ssl_), chunk, static_cast<int>(n));
      arrived.append(chunk, static_cast<size_t>(n));
      moved = true;
    }
    Decrypt();
    const int out = BIO_pending(SSL_get_wbio(ssl_));
    if (out > 0 && writing) {
      const int got =
          BIO_read(SSL_get_wbio(ssl_), chunk, std::min<int>(out, static_cast<int>(most)));
      (void)!send(ours_.get(), chunk, static_cast<size_t>(got), MSG_NOSIGNAL);
      moved = true;
    }
    return moved;
  }
  void SendRaw(std::string_view bytes) override {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    ERR_clear_error();
  }
  // Past TLS, on the wire itself.
  void SendOnWire(std::string_view bytes) { Peer::SendRaw(bytes); }
  // Seals `bytes` and gives what would go over the wire, without sending it.
  std::string Sealed(std::string_view bytes) {
    SendRaw(bytes);
    return TakeOutput();
  }
  std::string TakeOutput() {
    std::string out(static_cast<size_t>(BIO_pending(SSL_get_wbio(ssl_))), '\0');
    if (!out.empty()) BIO_read(SSL_get_wbio(ssl_), out.data(), static_cast<int>(out.size()));
    return out;
  }
  // Makes the server find fault with what it reads: it says so with a fatal alert.
  void BreakInput() {
    const std::string record = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
    BIO_write(SSL_get_rbio(ssl_), record.data(), static_cast<int>(record.size()));
    Decrypt();
  }

  SSL* ssl() { return ssl_; }
  bool goodbye() const { return goodbye_; }  // the client said close_notify

  size_t step = SIZE_MAX;
  bool reading = true, writing = true;
  std::string arrived;  // octets of the wire

 protected:
  void Pull() override { Decrypt(); }

 private:
  void Decrypt() {
    char chunk[4096];
    for (int n; !ended_ && (n = SSL_read(ssl_, chunk, sizeof chunk)) != 0;) {
      if (n > 0) {
        in_.append(chunk, static_cast<size_t>(n));
        continue;
      }
      const int error = SSL_get_error(ssl_, n);
      ended_ = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
      break;
    }
    goodbye_ = (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
    ERR_clear_error();
  }
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  bool ended_ = false, goodbye_ = false;
};

}  // namespace signpost::sender::smpp
