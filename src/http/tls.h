// TLS 1.2 (ECDHE, AEAD) and 1.3 over OpenSSL 3: the context that connections share, and the self-signed
// certificate.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

struct ssl_ctx_st;

namespace porchlight::http {

// Certificate, key and protocol settings. Immutable; shared by all loops.
class TlsContext {
 public:
  // Reads a certificate chain and its key from PEM files. The error names the file and the reason; it is one if others
  // may read the key. The rule is PostgreSQL's (ssl_key_file): mode 0600 or less, or 0640 if root owns the file.
  static std::expected<std::shared_ptr<TlsContext>, std::string> load(
      const std::filesystem::path& certificate, const std::filesystem::path& key);
  ~TlsContext();
  // Whether clients accept the certificate at a time, as far as its dates tell, and the date: "valid until Jan  7
  // 09:00:00 2030 GMT", "expired since …" or "not valid before …".
  struct Validity {
    bool good;
    std::string text;
  };
  Validity validity(Time now) const;
  // The end of the certificate's dates; nullopt if it cannot be read.
  std::optional<Time> expires() const;
  // OpenSSL's context; owned by this object.
  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

// The files of a self-signed certificate: a CA that clients can be configured to trust, and a certificate
// signed by it.
struct SelfSigned {
  std::filesystem::path ca;
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// Makes the files in `folder` (keys with mode 0600) for these DNS names and addresses, or reuses existing
// ones that are valid for 30 more days. A CA is made only if the folder has neither one nor a certificate. Clients
// that trust the old CA refuse a new one, so if a part of the old one is needed but lost or damaged, that is an error.
std::expected<SelfSigned, std::string> ensure_self_signed(const std::filesystem::path& folder,
                                                          const std::vector<std::string>& names);

}  // namespace porchlight::http
