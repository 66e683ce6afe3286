#include "authority/signing_keys.h"

namespace porchlight::authority {

SigningKeys::SigningKeys(KeyRing ring, Renew renew)
    : renew_(std::move(renew)), ring_(std::make_shared<const KeyRing>(std::move(ring))) {}

std::shared_ptr<const KeyRing> SigningKeys::ring() const {
  const std::lock_guard lock(mutex_);
  return ring_;
}

void SigningKeys::rotate_if_due(Time now) {
  if (!renew_ || !ring()->needs_renewal(now)) return;
  const std::unique_lock only(renewing_, std::try_to_lock);
  if (!only || now < failed_at_ + kRenewalPause || !ring()->needs_renewal(now)) return;
  auto renewed = renew_(now);
  if (!renewed) {
    failed_at_ = now;
    return;
  }
  auto next = std::make_shared<const KeyRing>(*std::move(renewed));
  const std::lock_guard lock(mutex_);
  ring_.swap(next);
}

}  // namespace porchlight::authority
