// Whose tokens are believed: ourselves and the trusted issuers. Their keys change while the server runs.
#pragma once

#include <mutex>
#include <vector>

#include "identity/verifier.h"

namespace porchlight::server {

// Any thread.
class Trust {
 public:
  // `issuers`: the first is ourselves. The verifier, which must outlive it, has their keys from now on.
  Trust(identity::Verifier& verifier, std::vector<identity::Issuer> issuers);

  // Our own keys: the server's, and the authority's where it is on.
  void set_own_keys(std::vector<identity::PublicKey> keys) { set_keys(0, std::move(keys)); }
  // The keys of one of the issuers, counted from ourselves.
  void set_keys(std::size_t issuer, std::vector<identity::PublicKey> keys);

 private:
  void tell() const;

  identity::Verifier& verifier_;
  std::mutex mutex_;
  std::vector<identity::Issuer> issuers_;  // guarded by mutex_
};

}  // namespace porchlight::server
