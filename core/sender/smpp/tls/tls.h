// Speaks TLS 1.2 or 1.3 over one connected socket, as the client, between a Link's buffers and the
// wire. SMPP has no STARTTLS: the first octet is TLS or there is no session. OpenSSL does the
// protocol; this decides whom to believe and keeps its hands off the plaintext.
//
// Believed is a server whose chain ends in a certificate that the site trusts (TlsTrust), is valid
// now, and names exactly what the manifest names: a DNS name or an address among its subject
// alternative names; the common name does not count, nor does a wildcard inside a label. A pin, the
// SHA-256 of its SubjectPublicKeyInfo, must fit besides: it narrows the other checks and replaces
// none. Until all of that holds nothing but the handshake leaves.
//
// Not done: session tickets and resumption, early data, compression, renegotiation (refused),
// client certificates, revocation (a sealed process cannot ask anybody).
//
// Plaintext: records are made from the caller's buffer straight into ciphertext, which is all that
// waits here; what OpenSSL has decrypted is cleansed as it is read (SSL_OP_CLEANSE_PLAINTEXT).
// The wire is a BIO of our own: recvmsg on the socket, and a bounded buffer of ciphertext that Link
// sends, so that Seal never blocks half-way and Link knows what has left.
// One thread. System calls besides those of Link: getpid (the random generator's fork check).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/base/bytes.h"
#include "crypto/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace signpost::sender::smpp {

enum class TlsFault : uint8_t {
  kNone,
  kHandshake,  // no TLS there, or none that both sides speak
  kName,       // the certificate is for somebody else
  kUntrusted,  // its chain ends in no certificate of the bundle, or is broken
  kExpired,    // or not valid yet
  kPin,
};

// Loads everything that OpenSSL would otherwise load at its first use, the time zone file that its
// calendar opens among it: call before a lock-down.
void PrepareTls();

// The certificates that a chain may end in. Shared by all links of a process.
class TlsTrust {
 public:
  // PEM, as in /etc/ssl/certs/ca-certificates.crt; text between certificates is skipped. kInput
  // when there is none, or one that cannot be read.
  static Result<std::shared_ptr<const TlsTrust>> Create(ByteView pem);
  ssl_ctx_st* context() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Context = std::unique_ptr<ssl_ctx_st, Free>;
  explicit TlsTrust(Context context) : context_(std::move(context)) {}
  Context context_;
};

struct TlsOptions {
  std::shared_ptr<const TlsTrust> trust;
  std::string name;           // a DNS name or an IP address, as the manifest has it
  std::optional<Digest> pin;  // SHA-256 of the server key's SubjectPublicKeyInfo
};

class TlsStream {
 public:
  static constexpr size_t kRecordBytes = 16384;   // the most that Seal takes at a time
  static constexpr size_t kUnsentMax = 64 << 10;  // of ciphertext; more is a peer that floods us

  // Null when OpenSSL cannot make one, or the name is none. Begins the handshake: what it has to
  // say first is in unsent(). `fd` must outlive this; only recvmsg(MSG_DONTWAIT) is called on it.
  static std::unique_ptr<TlsStream> Begin(const TlsOptions& options, int fd);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // kWait: the socket is dry. kPause: it is not, but one turn has read enough. kEnd: the peer has
  // closed, in order or not, or broken the protocol; in the handshake fault() says why.
  enum class Status : uint8_t { kDone, kWait, kPause, kEnd };
  Status Handshake();  // one step; kDone: the peer is believed
  Status Read(std::span<uint8_t> into, size_t& got);
  void NewTurn() { budget_ = kTurnBytes; }

  // Makes one record of `plain` (1..kRecordBytes), all of it or nothing. False: no record can be
  // made any more, and none was.
  bool Seal(ByteView plain);
  void SealGoodbye();  // close_notify

  // Ciphertext that has not been sent, and how much of it now was.
  ByteView unsent() const { return ByteView(unsent_).subspan(sent_); }
  void Sent(size_t bytes);

  bool established() const { return established_; }
  bool failed() const { return failed_; }  // the handshake has
  TlsFault fault() const { return fault_; }

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  struct Wire;  // the BIO's functions
  static constexpr size_t kTurnBytes = 512 << 10;

  TlsStream(const TlsOptions& options, int fd) : options_(options), fd_(fd) {}
  bool SetUp();
  bool SetName(ssl_st* ssl) const;
  bool FitsPin() const;
  TlsFault WhyNot() const;
  Status Waiting(int result);

  const TlsOptions& options_;
  int fd_;
  std::unique_ptr<ssl_st, Free> ssl_;
  Bytes unsent_;
  size_t sent_ = 0;
  size_t budget_ = kTurnBytes;
  bool paused_ = false, wire_ended_ = false;
  bool established_ = false, failed_ = false;
  TlsFault fault_ = TlsFault::kNone;
};

}  // namespace signpost::sender::smpp
