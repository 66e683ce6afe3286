#include "node/trusted_issuers.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/check.h"

namespace porchlight::node {

TrustedIssuers::TrustedIssuers(identity::Verifier& verifier, std::vector<identity::Issuer> issuers,
                               std::size_t own_count)
    : verifier_(verifier), own_count_(own_count), issuers_(std::move(issuers)) {
  const MutexLock lock(mutex_);
  CHECK(own_count_ <= issuers_.size());
  publish();
}

void TrustedIssuers::set_own_keys(const std::vector<identity::PublicKey>& keys) {
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < own_count_; ++i) issuers_.at(i).keys = keys;
  publish();
}

void TrustedIssuers::set_keys(std::size_t issuer, std::vector<identity::PublicKey> keys) {
  const MutexLock lock(mutex_);
  issuers_.at(issuer).keys = std::move(keys);
  publish();
}

void TrustedIssuers::set_configured(std::vector<identity::Issuer> issuers) {
  const MutexLock lock(mutex_);
  issuers_.erase(issuers_.begin() + static_cast<std::ptrdiff_t>(own_count_), issuers_.end());
  std::ranges::move(issuers, std::back_inserter(issuers_));
  publish();
}

std::vector<identity::PublicKey> TrustedIssuers::keys(std::size_t issuer) const {
  const MutexLock lock(mutex_);
  return issuers_.at(issuer).keys;
}

TrustedIssuers::KeysKnown TrustedIssuers::keys_known() const {
  const MutexLock lock(mutex_);
  const auto others = std::span(issuers_).subspan(own_count_);
  const auto missing =
      std::ranges::count_if(others, [](const identity::Issuer& issuer) { return issuer.keys.empty(); });
  return {static_cast<std::size_t>(missing), others.size()};
}

void TrustedIssuers::publish() const {
  verifier_.set_keys(std::make_shared<const identity::KeySet>(issuers_));
}

}  // namespace porchlight::node
