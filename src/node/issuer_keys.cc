#include "node/issuer_keys.h"

#include <algorithm>

#include "base/logging.h"
#include "node/configured_issuers.h"

namespace porchlight::node {

IssuerKeys::IssuerKeys(std::filesystem::path cache, const Clock& clock, identity::Verifier& verifier,
                       TrustedIssuers& trusted, std::vector<TrustedIssuer> issuers)
    : cache_(std::move(cache)), clock_(clock), trusted_(trusted), issuers_(std::move(issuers)) {
  verifier.on_unknown_key([this](std::size_t issuer) { unknown_key(issuer); });
  start_fetching();
}

// The old fetcher ends before the list changes, so that its answers never go to an issuer of the new list.
std::expected<void, std::string> IssuerKeys::replace(std::vector<TrustedIssuer> issuers) {
  auto next = configured_issuers(issuers);
  if (!next) return std::unexpected(next.error());
  const std::vector<TrustedIssuer> present = this->issuers();
  if (issuers == present) {
    for (std::size_t i = 0; i < issuers.size(); ++i)
      if (!issuers[i].jwks_file.empty())
        trusted_.set_keys(trusted_.own_count() + i, std::move((*next)[i].keys));
    return {};
  }
  std::unique_ptr<issuers::KeyFetcher> ended;
  {
    const MutexLock lock(mutex_);
    ended = std::move(fetcher_);
  }
  ended.reset();
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    const auto same = std::ranges::find(present, issuers[i]);
    if (same != present.end() && issuers[i].jwks_file.empty())
      (*next)[i].keys =
          trusted_.keys(trusted_.own_count() + static_cast<std::size_t>(same - present.begin()));
  }
  {
    const MutexLock lock(mutex_);
    trusted_.set_configured(*std::move(next));
    issuers_ = std::move(issuers);
    fetched_.clear();
  }
  start_fetching();
  return {};
}

std::vector<TrustedIssuer> IssuerKeys::issuers() {
  const MutexLock lock(mutex_);
  return issuers_;
}

std::vector<IssuerKeys::IssuerStatus> IssuerKeys::status() {
  const MutexLock lock(mutex_);
  std::vector<IssuerStatus> all;
  all.reserve(issuers_.size());
  for (std::size_t i = 0; i < issuers_.size(); ++i) {
    const std::size_t number = trusted_.own_count() + i;
    IssuerStatus& one = all.emplace_back(IssuerStatus{.issuer = issuers_[i], .key_ids = {}, .fetches = {}});
    for (const identity::PublicKey& key : trusted_.keys(number)) one.key_ids.push_back(key.kid);
    const auto source = std::ranges::find(fetched_, number);
    if (fetcher_ && source != fetched_.end())
      one.fetches = fetcher_->status(static_cast<std::size_t>(source - fetched_.begin()));
  }
  return all;
}

// Cached keys are set at once, others when they come.
void IssuerKeys::start_fetching() {
  std::vector<issuers::KeySource> sources;
  std::vector<std::size_t> numbers;  // the verifier's index of each source's issuer
  const std::vector<TrustedIssuer> all = issuers();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const TrustedIssuer& trusted = all[i];
    if (!trusted.jwks_file.empty()) continue;
    sources.push_back({trusted.iss, trusted.discovery_url, trusted.jwks_url, trusted.ca_file});
    numbers.push_back(trusted_.own_count() + i);
  }
  if (sources.empty()) return;
  auto fetcher = std::make_unique<issuers::KeyFetcher>(
      std::move(sources), cache_, clock_,
      issuers::KeyFetcher::Callbacks{
          .keys =
              [this, numbers](std::size_t source, std::vector<identity::PublicKey> keys) {
                trusted_.set_keys(numbers[source], std::move(keys));
              },
          .info = [](std::string_view text) { log_info(text); },
          .warning = [](std::string_view text) { log_warning(text); }});
  const MutexLock lock(mutex_);
  fetched_ = std::move(numbers);
  fetcher_ = std::move(fetcher);
}

// On a verifying thread.
void IssuerKeys::unknown_key(std::size_t issuer) {
  const MutexLock lock(mutex_);
  const auto found = std::ranges::find(fetched_, issuer);
  if (fetcher_ && found != fetched_.end())
    fetcher_->unknown_key(static_cast<std::size_t>(found - fetched_.begin()));
}

void IssuerKeys::clock_advanced() {
  const MutexLock lock(mutex_);
  if (fetcher_) fetcher_->clock_advanced();
}

}  // namespace porchlight::node
