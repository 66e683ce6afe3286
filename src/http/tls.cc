// The TLS configuration: forward secrecy and AEAD only, no renegotiation, no compression, no early data
// (spec security §5).
#include "http/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>

namespace porchlight::http {
namespace {

constexpr char kTls12Ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kTls13Ciphers[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

// OpenSSL's reason, for the operator.
std::string last_error() {
  char text[256];
  ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
  ERR_clear_error();
  return text;
}

std::unexpected<std::string> failure(const std::filesystem::path& path, std::string_view what) {
  return std::unexpected(path.string() + ": " + std::string(what) + " (" + last_error() + ")");
}

// Why the file cannot be read; nullopt if it can. OpenSSL's own errors do not name a missing file as such.
std::optional<std::string> unreadable(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return path.string() +
           (errno == ENOENT ? ": it does not exist" : std::string(": ") + std::strerror(errno));
  struct stat status;
  const bool is_file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  ::close(fd);
  if (!is_file) return path.string() + ": it is not a regular file";
  return std::nullopt;
}

// Why the key is not secret, if it is not.
std::optional<std::string> exposed(const std::filesystem::path& key) {
  struct stat status;
  if (::stat(key.c_str(), &status) != 0) return std::nullopt;
  const mode_t allowed = status.st_uid == 0 ? 0740 : 0700;
  if ((status.st_mode & 0777 & ~allowed) == 0) return std::nullopt;
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 0777));
  return key.string() + ": others may use the key, its mode is " + mode +
         "; set it to 0600, or to 0640 with root as its owner";
}

// What is wrong with the files as such, a line each; empty if nothing is.
std::string file_faults(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  std::string faults;
  for (const auto& fault : {unreadable(certificate), unreadable(key), exposed(key)})
    if (fault) faults.append(faults.empty() ? "" : "\n").append(*fault);
  return faults;
}

// A certificate's time, as in "Jan  7 09:00:00 2030 GMT".
std::string to_text(const ASN1_TIME* time) {
  BIO* const memory = BIO_new(BIO_s_mem());
  char* text = nullptr;
  std::string result = "an unreadable date";
  if (ASN1_TIME_print(memory, time) == 1) {
    const long size = BIO_get_mem_data(memory, &text);
    result.assign(text, static_cast<std::size_t>(size));
  }
  BIO_free(memory);
  return result;
}

// The first offer with that name; null if no offer has it. The offers are length-prefixed names.
const unsigned char* find_offer(std::string_view name, const unsigned char* offers, unsigned offers_size) {
  for (unsigned at = 0; at < offers_size; at += 1u + offers[at]) {
    if (offers[at] != name.size() || at + 1 + offers[at] > offers_size) continue;
    if (std::string_view(reinterpret_cast<const char*>(offers) + at + 1, offers[at]) == name)
      return offers + at + 1;
  }
  return nullptr;
}

// ALPN. HTTP/2 first, then HTTP/1.1, or HTTP/1.0 for a client that knows nothing newer. A client that offers only
// other protocols is refused: bytes of a protocol that was not agreed on could be misread by it (ALPACA attack).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offers,
                    unsigned offers_size, void*) {
  for (const std::string_view name : {"h2", "http/1.1", "http/1.0"}) {
    const unsigned char* const offer = find_offer(name, offers, offers_size);
    if (!offer) continue;
    *out = offer;
    *out_size = static_cast<unsigned char>(name.size());
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool configure(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // a record's header and body in one read
  SSL_CTX_set_max_early_data(context, 0);
  // Sessions are kept in tickets only. OpenSSL makes new ticket keys for each context, so a reload rotates
  // them.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kTls12Ciphers) == 1 &&
         SSL_CTX_set_ciphersuites(context, kTls13Ciphers) == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1;
}

}  // namespace

std::expected<std::shared_ptr<TlsContext>, std::string> TlsContext::load(
    const std::filesystem::path& certificate, const std::filesystem::path& key) {
  if (std::string faults = file_faults(certificate, key); !faults.empty()) return std::unexpected(faults);
  ERR_clear_error();
  SSL_CTX* made = SSL_CTX_new(TLS_server_method());
  if (!made) return std::unexpected("TLS is not available (" + last_error() + ")");
  std::shared_ptr<TlsContext> context(new TlsContext(made));
  if (!configure(made)) return std::unexpected("TLS cannot be initialised (" + last_error() + ")");
  if (SSL_CTX_use_certificate_chain_file(made, certificate.c_str()) != 1)
    return failure(certificate, "no certificate chain in PEM");
  if (SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return failure(key, "no private key in PEM that belongs to the certificate");
  if (SSL_CTX_check_private_key(made) != 1) return failure(key, "not the key of the certificate");
  return context;
}

TlsContext::Validity TlsContext::validity(Time now) const {
  const X509* certificate = SSL_CTX_get0_certificate(context_);
  time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const ASN1_TIME* begin = X509_get0_notBefore(certificate);
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  // Both are 0 if the date cannot be read.
  if (X509_cmp_time(begin, &seconds) >= 0) return {false, "not valid before " + to_text(begin)};
  if (X509_cmp_time(end, &seconds) <= 0) return {false, "expired since " + to_text(end)};
  return {true, "valid until " + to_text(end)};
}

std::optional<Time> TlsContext::expires() const {
  std::tm date{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context_)), &date) != 1)
    return std::nullopt;
  return Time(std::chrono::seconds(::timegm(&date)));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

}  // namespace porchlight::http
