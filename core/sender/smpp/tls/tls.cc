#include "core/sender/smpp/tls/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace signpost::sender::smpp {
namespace {

// Forward secrecy and authenticated encryption only.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kCiphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr uint64_t kOptions =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT;

bool IsAddress(const std::string& name) {
  std::array<uint8_t, 16> raw;
  return inet_pton(AF_INET, name.c_str(), raw.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), raw.data()) == 1;
}

ssl_ctx_st* NewContext() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return nullptr;
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kCiphers12) != 1 ||
      SSL_CTX_set_ciphersuites(context, kCiphers13) != 1) {
    SSL_CTX_free(context);
    return nullptr;
  }
  return context;
}

}  // namespace

void TlsTrust::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void TlsStream::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }

void PrepareTls() {
  PrepareCrypto();  // first: it decides that no configuration file is read
  tzset();
  std::array<uint8_t, 16> random;
  const bool ready = OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1 &&
                     RAND_bytes(random.data(), random.size()) == 1 &&
                     RAND_priv_bytes(random.data(), random.size()) == 1;
  SSL_CTX* context = ready ? NewContext() : nullptr;
  if (context == nullptr) std::abort();
  SSL_CTX_free(context);
}

Result<std::shared_ptr<const TlsTrust>> TlsTrust::Create(ByteView pem) {
  PrepareCrypto();
  ERR_clear_error();
  Context context(NewContext());
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<size_t>(pem.size(), INT32_MAX))),
      BIO_free_all);
  if (!context || !text) return Fail(Code::kInternal, "cannot start TLS");
  X509_STORE* store = SSL_CTX_get_cert_store(context.get());
  size_t certificates = 0;
  while (X509* certificate = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    certificates += X509_STORE_add_cert(store, certificate) == 1 ? 1 : 0;
    X509_free(certificate);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates == 0 || !at_end) {
    return Fail(Code::kInput, "not certificates in PEM form", "ca_file");
  }
  return std::shared_ptr<const TlsTrust>(new TlsTrust(std::move(context)));
}

// The BIO under the SSL object. Reading goes to the socket; writing only fills unsent_.
struct TlsStream::Wire {
  static TlsStream& Of(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int Read(BIO* bio, char* data, int size) {
    TlsStream& stream = Of(bio);
    BIO_clear_retry_flags(bio);
    if (stream.budget_ == 0) {
      stream.paused_ = true;
      BIO_set_retry_read(bio);
      return -1;
    }
    while (true) {
      iovec part{data, std::min(static_cast<size_t>(size), stream.budget_)};
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      const ssize_t n = recvmsg(stream.fd_, &message, MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        BIO_set_retry_read(bio);
        return -1;
      }
      if (n <= 0) {
        stream.wire_ended_ = true;
        return 0;
      }
      stream.budget_ -= static_cast<size_t>(n);
      return static_cast<int>(n);
    }
  }

  static int Write(BIO* bio, const char* data, int size) {
    TlsStream& stream = Of(bio);
    BIO_clear_retry_flags(bio);
    if (stream.unsent().size() + static_cast<size_t>(size) > kUnsentMax) return 0;
    stream.unsent_.erase(stream.unsent_.begin(),
                         stream.unsent_.begin() + static_cast<ptrdiff_t>(stream.sent_));
    stream.sent_ = 0;
    stream.unsent_.insert(stream.unsent_.end(), data, data + size);
    return size;
  }

  static long Control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF) return Of(bio).wire_ended_ ? 1 : 0;
    return 0;
  }

  static const BIO_METHOD* Method() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
      if (made == nullptr || BIO_meth_set_read(made, Read) != 1 ||
          BIO_meth_set_write(made, Write) != 1 || BIO_meth_set_ctrl(made, Control) != 1) {
        std::abort();
      }
      return made;
    }();
    return method;
  }
};

std::unique_ptr<TlsStream> TlsStream::Begin(const TlsOptions& options, int fd) {
  std::unique_ptr<TlsStream> stream(new TlsStream(options, fd));
  if (!stream->SetUp()) return nullptr;
  stream->Handshake();
  return stream;
}

TlsStream::~TlsStream() = default;

bool TlsStream::SetUp() {
  ssl_.reset(SSL_new(options_.trust->context()));
  BIO* wire = BIO_new(Wire::Method());
  if (!ssl_ || wire == nullptr || !SetName(ssl_.get())) {
    BIO_free(wire);
    return false;
  }
  BIO_set_data(wire, this);
  BIO_set_init(wire, 1);
  SSL_set_bio(ssl_.get(), wire, wire);
  SSL_set_connect_state(ssl_.get());
  return true;
}

bool TlsStream::SetName(ssl_st* ssl) const {
  const std::string& name = options_.name;
  // OpenSSL reads a leading dot as "any name under it", and an empty name as "any name at all".
  if (name.empty() || name.front() == '.') return false;
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (IsAddress(name)) return X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1;
  return X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

bool TlsStream::FitsPin() const {
  if (!options_.pin) return true;
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return false;
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return false;
  const Digest found = Sha256(ByteView(der, static_cast<size_t>(size)));
  OPENSSL_free(der);
  return found == *options_.pin;
}

TlsFault TlsStream::WhyNot() const {
  switch (SSL_get_verify_result(ssl_.get())) {
    case X509_V_OK:
      return TlsFault::kHandshake;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsFault::kName;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsFault::kExpired;
    default:
      return TlsFault::kUntrusted;
  }
}

// What a result of OpenSSL's that is not success asks for.
TlsStream::Status TlsStream::Waiting(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  if (error != SSL_ERROR_WANT_READ) return Status::kEnd;
  if (!paused_) return Status::kWait;
  paused_ = false;
  return Status::kPause;
}

TlsStream::Status TlsStream::Handshake() {
  if (established_) return Status::kDone;
  if (failed_) return Status::kEnd;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    if (FitsPin()) {
      established_ = true;
      return Status::kDone;
    }
    fault_ = TlsFault::kPin;
  } else {
    const Status status = Waiting(result);
    if (status != Status::kEnd) return status;
    fault_ = WhyNot();
  }
  failed_ = true;
  return Status::kEnd;
}

TlsStream::Status TlsStream::Read(std::span<uint8_t> into, size_t& got) {
  ERR_clear_error();
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
  return result == 1 ? Status::kDone : Waiting(result);
}

bool TlsStream::Seal(ByteView plain) {
  ERR_clear_error();
  size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written);
  ERR_clear_error();
  return result == 1 && written == plain.size();
}

void TlsStream::SealGoodbye() {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsStream::Sent(size_t bytes) {
  sent_ += bytes;
  if (sent_ < unsent_.size()) return;
  unsent_.clear();
  sent_ = 0;
}

}  // namespace signpost::sender::smpp
