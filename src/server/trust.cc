#include "server/trust.h"

namespace porchlight::server {

Trust::Trust(identity::Verifier& verifier, std::vector<identity::Issuer> issuers)
    : verifier_(verifier), issuers_(std::move(issuers)) {
  tell();
}

void Trust::set_keys(std::size_t issuer, std::vector<identity::PublicKey> keys) {
  const std::lock_guard lock(mutex_);
  issuers_.at(issuer).keys = std::move(keys);
  tell();
}

void Trust::tell() const { verifier_.set_keys(std::make_shared<const identity::KeySet>(issuers_)); }

}  // namespace porchlight::server
