// Fetches the keys of trusted issuers on threads of its own, and keeps the last good ones for a day
// (docs/issuers.md).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "identity/keys.h"

namespace porchlight::issuers {

// How many providers are called at the same time; each of them by one fetch at a time.
inline constexpr std::size_t kFetchersMax = 4;

// Where an issuer's keys are. Exactly one of the URLs is set.
struct KeySource {
  std::string iss;  // the issuer that the discovery document must name
  std::string discovery_url;
  std::string jwks_url;
  std::filesystem::path ca_file;  // empty: the system's certificates
};

// Fetches in the background from construction to destruction.
class KeyFetcher {
 public:
  // Called on the fetcher's threads, and in the constructor for cached keys. Calls for one source are in
  // order. `keys` with an empty list: the keys have expired.
  struct Callbacks {
    std::function<void(std::size_t source, std::vector<identity::PublicKey> keys)> keys;
    std::function<void(std::string_view text)> info;
    std::function<void(std::string_view text)> warning;
  };

  // Creates `folder`, where the last good keys are cached, if it does not exist. `clock` must outlive the
  // fetcher. A source's number is its index in `sources`.
  KeyFetcher(std::vector<KeySource> sources, std::filesystem::path folder, const Clock& clock,
             Callbacks callbacks);
  // Aborts running fetches within a second.
  ~KeyFetcher();

  // A token named a key that the source's issuer does not have. Thread-safe; does not block.
  void unknown_key(std::size_t source);
  // A manual clock has moved.
  void clock_advanced();

  // How the fetches of a source went.
  struct FetchStatus {
    std::optional<Time> fetched_at = {};  // the keys that were fetched last, also before a restart
    std::optional<Time> failed_at = {};   // the last fetch that failed
    std::string fault = {};               // why, as a sentence
  };
  // Thread-safe.
  FetchStatus status(std::size_t source);

 private:
  struct Issuer;
  void load_cached(std::size_t number);
  void work(const std::stop_token& stop);
  Issuer* next_due() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void fetch(Issuer& issuer, const std::stop_token& stop);
  void wake_workers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::filesystem::path folder_;
  const Clock& clock_;
  const Callbacks callbacks_;
  Mutex mutex_;  // not held during fetches and callbacks
  CondVar changed_;
  // Grows with each reason to look for due sources.
  std::uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Issuer>> issuers_;  // the list is constant; mutex_ guards each schedule
  std::vector<std::jthread> threads_;
};

}  // namespace porchlight::issuers
