// TLS 1.2 (ECDHE, AEAD) and 1.3 over OpenSSL 3: the context that all connections share, and the self-made
// certificate.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;

namespace porchlight::http {

class TlsContext {
 public:
  // Certificate chain and key as PEM files. The error says which file and what is wrong with it.
  static std::expected<std::shared_ptr<TlsContext>, std::string> load(
      const std::filesystem::path& certificate, const std::filesystem::path& key);
  ~TlsContext();
  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

// Files of a self-made certificate: a CA that clients can be told to trust, and a certificate it signed.
struct SelfSigned {
  std::filesystem::path ca;
  std::filesystem::path certificate;
  std::filesystem::path key;
};

// Makes them in `folder` (keys 0600) for these DNS names and addresses, or finds the ones made before while
// they have 30 days left.
std::expected<SelfSigned, std::string> ensure_self_signed(const std::filesystem::path& folder,
                                                          const std::vector<std::string>& names);

}  // namespace porchlight::http
