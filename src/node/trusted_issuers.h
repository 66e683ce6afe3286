// The issuers whose tokens are accepted: the server itself and the configured issuers. Their keys change while the
// server runs.
#pragma once

#include <vector>

#include "base/mutex.h"
#include "identity/verifier.h"

namespace porchlight::node {

// Any thread.
class TrustedIssuers {
 public:
  // The first `own_count` of `issuers` are the server itself. Each change of keys is published to `verifier`, which
  // must outlive this object.
  TrustedIssuers(identity::Verifier& verifier, std::vector<identity::Issuer> issuers, std::size_t own_count);

  // Replaces the server's own keys: its signing key, and the authority's keys if the authority is on.
  void set_own_keys(const std::vector<identity::PublicKey>& keys);
  // Replaces the keys of one issuer; `issuer` is its index in the constructor's list and in the verifier.
  void set_keys(std::size_t issuer, std::vector<identity::PublicKey> keys);
  // Replaces the configured issuers, which are those behind the server's own.
  void set_configured(std::vector<identity::Issuer> issuers);

  // The keys of one issuer.
  std::vector<identity::PublicKey> keys(std::size_t issuer) const;
  // The number of issuers that are the server itself.
  std::size_t own_count() const { return own_count_; }
  // Of how many issuers the keys are not known, so that their tokens are refused; and how many issuers there are
  // besides the server's own.
  struct KeysKnown {
    std::size_t missing;
    std::size_t all;
  };
  KeysKnown keys_known() const;

 private:
  void publish() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  identity::Verifier& verifier_;
  const std::size_t own_count_;
  mutable Mutex mutex_;
  std::vector<identity::Issuer> issuers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace porchlight::node
