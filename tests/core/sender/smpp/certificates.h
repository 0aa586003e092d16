// Certificates for tests, made while they run: an authority, and what it vouches for.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "crypto/base/bytes.h"

namespace signpost::sender::smpp {

struct FreeCertificate {
  void operator()(X509* c) const { X509_free(c); }
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};

struct Identity {
  std::unique_ptr<X509, FreeCertificate> certificate;
  std::unique_ptr<EVP_PKEY, FreeCertificate> key;

  std::string Pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate.get());
    return Taken(out);
  }
  std::string KeyPem() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return Taken(out);
  }
  Digest Pin() const {
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
    const Digest pin = Sha256(ByteView(der, static_cast<size_t>(size)));
    OPENSSL_free(der);
    return pin;
  }

 private:
  static std::string Taken(BIO* out) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string taken(text, static_cast<size_t>(size));
    BIO_free(out);
    return taken;
  }
};

struct Wanted {
  std::string names = "DNS:carrier.example";  // subjectAltName; empty: none
  std::string common_name = "test";
  long from_seconds = -3600, until_seconds = 86400;  // from now
};

class Authority {
 public:
  explicit Authority(const std::string& name = "test authority") {
    Wanted wanted;
    wanted.names.clear();
    wanted.common_name = name;
    self_ = Make(wanted, nullptr);
  }
  const Identity& self() const { return self_; }
  Identity Issue(const Wanted& wanted = {}) const { return Make(wanted, &self_); }

 private:
  static void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static Identity Make(const Wanted& wanted, const Identity* issuer) {
    Identity made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    X509* const c = made.certificate.get();
    static long serial = 1;
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(c), wanted.from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(c), wanted.until_seconds);
    X509_set_pubkey(c, made.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()),
                               -1, -1, 0);
    X509* const by = issuer == nullptr ? c : issuer->certificate.get();
    X509_set_issuer_name(c, X509_get_subject_name(by));
    Extend(c, by, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wanted.names.empty()) Extend(c, by, NID_subject_alt_name, wanted.names);
    X509_sign(c, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256());
    return made;
  }
  Identity self_;
};

}  // namespace signpost::sender::smpp
