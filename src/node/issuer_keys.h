// The keys of the configured issuers: read from files, or fetched in the background. The list of issuers may be
// replaced while tokens are verified.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "identity/verifier.h"
#include "issuers/key_fetcher.h"
#include "node/config.h"
#include "node/trusted_issuers.h"

namespace porchlight::node {

// Created, changed and destroyed on one thread at a time.
class IssuerKeys {
 public:
  // `trusted` has `issuers` already, with the keys of files; starts to fetch those of the others, and caches them in
  // `cache`. All must outlive this object, and `verifier` must not verify tokens of users after it.
  IssuerKeys(std::filesystem::path cache, const Clock& clock, identity::Verifier& verifier,
             TrustedIssuers& trusted, std::vector<TrustedIssuer> issuers);

  // Replaces the issuers and reads files of keys again. An issuer that stays as it was keeps its keys, so its tokens
  // are accepted throughout. An error, which is a sentence, changes nothing. May take a second.
  std::expected<void, std::string> replace(std::vector<TrustedIssuer> issuers);

  // An issuer, and what is known of its keys.
  struct IssuerStatus {
    TrustedIssuer issuer;
    std::vector<std::string> key_ids;
    issuers::KeyFetcher::FetchStatus fetches;  // empty if the keys are in a file
  };
  // That of each issuer, in the order of the configuration. Any thread.
  std::vector<IssuerStatus> status();

  // A manual clock has moved. Any thread.
  void clock_advanced();

 private:
  std::vector<TrustedIssuer> issuers();
  void start_fetching();
  void unknown_key(std::size_t issuer);

  const std::filesystem::path cache_;
  const Clock& clock_;
  TrustedIssuers& trusted_;
  Mutex mutex_;
  std::vector<TrustedIssuer> issuers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::size_t> fetched_ ABSL_GUARDED_BY(mutex_);  // the issuers that fetcher_ fetches for
  std::unique_ptr<issuers::KeyFetcher> fetcher_
      ABSL_GUARDED_BY(mutex_);  // null if no issuer's keys are fetched
};

}  // namespace porchlight::node
