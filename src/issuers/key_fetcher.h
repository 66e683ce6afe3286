// Fetches the keys of trusted issuers in the background, on threads of its own, and keeps the last good ones
// for a day. docs/issuers.md describes it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "identity/keys.h"

namespace porchlight::issuers {

// At most so many providers are asked at the same time; each by one fetch at most.
inline constexpr std::size_t kFetchersMax = 4;

// Where an issuer's keys are. One of the two addresses is empty.
struct KeySource {
  std::string iss;  // as the discovery document must have it
  std::string discovery_url;
  std::string jwks_url;
  std::filesystem::path ca_file;  // empty: the system's
};

class KeyFetcher {
 public:
  // What the fetcher tells, on its threads; the keys of an earlier life in the constructor. One source's are
  // told in order.
  struct Callbacks {
    std::function<void(std::size_t source, std::vector<identity::PublicKey> keys)> keys;
    std::function<void(std::string_view text)> info;
    std::function<void(std::string_view text)> warning;
  };

  // Makes the folder, in which the last good keys are kept, where it is not there. `clock` must outlive it.
  KeyFetcher(std::vector<KeySource> sources, std::filesystem::path folder, const Clock& clock,
             Callbacks callbacks);
  // Abandons what is under way, within a second.
  ~KeyFetcher();

  // A token named a key that this source's issuer does not have yet. Any thread; does not wait.
  void unknown_key(std::size_t source);
  // A clock that stands still was moved.
  void clock_advanced();

 private:
  struct Issuer;
  void load_cached(std::size_t number);
  void work(const std::stop_token& stop);
  Issuer* next_due();
  void fetch(Issuer& issuer, const std::stop_token& stop);
  void wake_workers();

  const std::filesystem::path folder_;
  const Clock& clock_;
  const Callbacks callbacks_;
  std::mutex mutex_;  // never held while anything is fetched or told
  std::condition_variable_any changed_;
  std::uint64_t changes_ = 0;                     // guarded by mutex_
  std::vector<std::unique_ptr<Issuer>> issuers_;  // their schedules guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace porchlight::issuers
