// TLS 1.2 (ECDHE, AEAD) and 1.3 over OpenSSL 3: the context that connections share, and the self-signed
// certificate.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace porchlight::http {

// Certificate, key and protocol settings. Immutable; shared by all loops.
class TlsContext {
 public:
  // Reads a certificate chain and its key from PEM files. The error names the file and the reason.
  static std::expected<std::shared_ptr<TlsContext>, std::string> load(
      const std::filesystem::path& certificate, const std::filesystem::path& key);
  ~TlsContext();
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
// ones that are valid for 30 more days.
std::expected<SelfSigned, std::string> ensure_self_signed(const std::filesystem::path& folder,
                                                          const std::vector<std::string>& names);

}  // namespace porchlight::http
