// The self-signed certificate: a CA that is valid for ten years, which clients may choose to trust, and a
// leaf of 397 days, the longest that clients accept. The leaf is replaced in its last 30 days, or when the
// names change.
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "base/durable_file.h"
#include "http/tls.h"

namespace porchlight::http {
namespace {

namespace fs = std::filesystem;

constexpr int kLeafDays = 397;
constexpr int kCaDays = 3653;
constexpr int kRenewDays = 30;
constexpr long kSecondsPerDay = 24 * 60 * 60;

template <auto kFree>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* thing) const {
    kFree(thing);
  }
};
using UniqueKey = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using UniqueCertificate = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;
using UniqueExtension = std::unique_ptr<X509_EXTENSION, OpenSslDeleter<X509_EXTENSION_free>>;
using UniqueBio = std::unique_ptr<BIO, OpenSslDeleter<BIO_free_all>>;

// Empty if OpenSSL fails.
struct CertificateAndKey {
  UniqueCertificate certificate;
  UniqueKey key;
};

struct Paths {
  fs::path ca, ca_key, leaf, leaf_key;
};

bool is_address(const std::string& name) {
  in6_addr ignored;
  return ::inet_pton(AF_INET, name.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
}

// Whether the name can be put into a list of alternative names, which OpenSSL parses with a syntax of its
// own.
bool is_plain_name(const std::string& name) {
  return is_address(name) || (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == '*';
         }));
}

// "DNS:a,IP:b": OpenSSL's syntax for the names of a certificate.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names)
    list.append(list.empty() ? "" : ",").append(is_address(name) ? "IP:" : "DNS:").append(name);
  return list;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const UniqueExtension extension(X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_random_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40);  // positive, and always of the same length
  BIGNUM* number = BN_bin2bn(bytes, sizeof bytes, nullptr);
  const bool done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  return done;
}

bool set_common_name(X509* certificate, const char* name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1;
}

// A new key, and the parts that both certificates have. Valid from yesterday, for clients whose clocks are
// behind.
CertificateAndKey begin_certificate(const char* name, int days) {
  CertificateAndKey made{UniqueCertificate(X509_new()), UniqueKey(EVP_EC_gen("P-256"))};
  X509* certificate = made.certificate.get();
  if (!certificate || !made.key || X509_set_version(certificate, 2) != 1 || !set_random_serial(certificate) ||
      !X509_gmtime_adj(X509_getm_notBefore(certificate), -kSecondsPerDay) ||
      !X509_gmtime_adj(X509_getm_notAfter(certificate), (days - 1) * kSecondsPerDay) ||
      X509_set_pubkey(certificate, made.key.get()) != 1 || !set_common_name(certificate, name))
    return {};
  return made;
}

CertificateAndKey make_ca() {
  CertificateAndKey made = begin_certificate("Porchlight self-made CA", kCaDays);
  X509* certificate = made.certificate.get();
  if (!certificate || X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(certificate, certificate, NID_subject_key_identifier, "hash") ||
      X509_sign(certificate, made.key.get(), EVP_sha256()) == 0)
    return {};
  return made;
}

CertificateAndKey make_leaf(const CertificateAndKey& ca, const std::vector<std::string>& names) {
  CertificateAndKey made = begin_certificate("Porchlight", kLeafDays);
  X509* certificate = made.certificate.get();
  X509* issuer = ca.certificate.get();
  if (!certificate || X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
      !add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") ||
      !add_extension(certificate, issuer, NID_subject_key_identifier, "hash") ||
      !add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") ||
      !add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(names)) ||
      X509_sign(certificate, ca.key.get(), EVP_sha256()) == 0)
    return {};
  return made;
}

UniqueCertificate read_certificate(const fs::path& path) {
  const UniqueBio file(BIO_new_file(path.c_str(), "r"));
  return UniqueCertificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
}

UniqueKey read_key(const fs::path& path) {
  const UniqueBio file(BIO_new_file(path.c_str(), "r"));
  return UniqueKey(file ? PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr) : nullptr);
}

bool lasts_long_enough(const X509* certificate) {
  int days = 0, seconds = 0;
  return certificate && ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) == 1 &&
         days >= kRenewDays;
}

// Whether the certificate is valid for all names.
bool has_names(X509* certificate, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    if (is_address(name)) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
    return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
  });
}

// Reads an existing pair. Empty if it is incomplete, does not match or expires soon.
CertificateAndKey find_pair(const fs::path& certificate, const fs::path& key) {
  CertificateAndKey found{read_certificate(certificate), read_key(key)};
  if (!found.key || !lasts_long_enough(found.certificate.get()) ||
      X509_check_private_key(found.certificate.get(), found.key.get()) != 1)
    return {};
  return found;
}

std::string to_pem(X509* certificate) {
  const UniqueBio memory(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!memory || PEM_write_bio_X509(memory.get(), certificate) != 1) return {};
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::string to_pem(EVP_PKEY* key) {
  const UniqueBio memory(BIO_new(BIO_s_secmem()));
  char* text = nullptr;
  if (!memory || PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return {};
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::expected<void, std::string> write_file(const fs::path& path, std::string_view text, mode_t mode) {
  const auto written = replace_file(path, mode, text);
  if (!written) return std::unexpected("cannot write " + path.string() + ": " + text_of(written.error()));
  return {};
}

std::expected<void, std::string> write_pair(const CertificateAndKey& pair, const fs::path& certificate,
                                            const fs::path& key) {
  if (!pair.key) return std::unexpected("OpenSSL could not make a certificate");
  if (auto done = write_file(key, to_pem(pair.key.get()), 0600); !done) return done;
  return write_file(certificate, to_pem(pair.certificate.get()), 0644);
}

std::unexpected<std::string> lost(const fs::path& path, const Paths& paths) {
  return std::unexpected(path.string() + ": missing, damaged or about to expire. Restore it; or remove " +
                         paths.ca.string() + " and " + paths.leaf.string() +
                         " to make a new CA, which clients must then trust instead");
}

// The CA as it is, or a new one in a folder that never had one. Its key may be absent: only a new leaf needs it.
std::expected<CertificateAndKey, std::string> ensure_ca(const Paths& paths) {
  if (!fs::exists(paths.ca) && !fs::exists(paths.leaf)) {
    CertificateAndKey made = make_ca();
    if (auto done = write_pair(made, paths.ca, paths.ca_key); !done) return std::unexpected(done.error());
    return made;
  }
  CertificateAndKey ca{read_certificate(paths.ca), nullptr};
  if (!lasts_long_enough(ca.certificate.get())) return lost(paths.ca, paths);
  ca.key = find_pair(paths.ca, paths.ca_key).key;
  return ca;
}

// Whether the leaf's files can be used as they are.
bool is_leaf_good(const Paths& paths, X509* ca, const std::vector<std::string>& names) {
  const CertificateAndKey leaf = find_pair(paths.leaf, paths.leaf_key);
  return leaf.key && has_names(leaf.certificate.get(), names) &&
         X509_verify(leaf.certificate.get(), X509_get0_pubkey(ca)) == 1;
}

}  // namespace

std::expected<SelfSigned, std::string> ensure_self_signed(const fs::path& folder,
                                                          const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (!is_plain_name(name)) return std::unexpected("not a DNS name or address: " + name);
  if (names.empty()) return std::unexpected("a certificate needs at least one name");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return std::unexpected("cannot write " + folder.string() + ": " + error.message());

  const Paths paths{folder / "ca.pem", folder / "ca.key", folder / "server.pem", folder / "server.key"};
  SelfSigned files{paths.ca, paths.leaf, paths.leaf_key};
  const auto ca = ensure_ca(paths);
  if (!ca) return std::unexpected(ca.error());
  if (is_leaf_good(paths, ca->certificate.get(), names)) return files;
  if (!ca->key) return lost(paths.ca_key, paths);
  if (auto done = write_pair(make_leaf(*ca, names), paths.leaf, paths.leaf_key); !done)
    return std::unexpected(done.error());
  return files;
}

}  // namespace porchlight::http
