// Whose tokens are believed: ourselves and the trusted issuers. Their keys change while the server runs.
#pragma once

#include <mutex>
#include <vector>

#include "identity/verifier.h"

namespace porchlight::node {

// Any thread.
class TrustedIssuers {
 public:
  // `issuers`: the first `own_count` are names of ourselves. The verifier, which must outlive it, has their
  // keys from now on.
  TrustedIssuers(identity::Verifier& verifier, std::vector<identity::Issuer> issuers, std::size_t own_count);

  // Our own keys: the server's, and the authority's where it is on.
  void set_own_keys(const std::vector<identity::PublicKey>& keys);
  // The keys of one of the issuers, as the verifier counts them.
  void set_keys(std::size_t issuer, std::vector<identity::PublicKey> keys);

 private:
  void publish() const;

  identity::Verifier& verifier_;
  const std::size_t own_count_;
  std::mutex mutex_;
  std::vector<identity::Issuer> issuers_;  // guarded by mutex_
};

}  // namespace porchlight::node
