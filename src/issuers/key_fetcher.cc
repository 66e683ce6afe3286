// Each thread takes the source that is due first, fetches its keys without the lock, and waits for the next
// due time. Schedule decides the times and is guarded by the mutex; a source is fetched by one thread at a
// time (Schedule::due() has no value meanwhile), which may then use the source's other fields without the
// lock.
#include "issuers/key_fetcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "issuers/cached_keys.h"
#include "issuers/discovery.h"
#include "issuers/https_get.h"
#include "issuers/schedule.h"

namespace porchlight::issuers {
namespace {

// The longest wait. Waits use the system clock, the only one that the thread sanitizer supports, and that
// clock may be set; so the time is checked now and then.
constexpr Duration kSleepMax = std::chrono::minutes(1);

using Keys = std::vector<identity::PublicKey>;

// The URL of a source's keys, from its discovery document if it has one.
std::expected<std::string, std::string> find_keys(const KeySource& source, const std::stop_token& stop) {
  if (source.discovery_url.empty()) return source.jwks_url;
  const auto document = https_get(source.discovery_url, source.ca_file, stop);
  if (!document) return document;
  return read_discovery(*document, source.iss, source.discovery_url);
}

// The keys of a source. Takes up to two requests.
std::expected<Keys, std::string> fetch_keys(const KeySource& source, const std::stop_token& stop) {
  const auto url = find_keys(source, stop);
  if (!url) return std::unexpected(url.error());
  const auto text = https_get(*url, source.ca_file, stop);
  if (!text) return std::unexpected(text.error());
  auto keys = identity::parse_jwks(*text);
  if (keys && keys->empty()) return std::unexpected("the key set has no key that may verify tokens");
  return keys;
}

}  // namespace

// A source: its schedule, and the keys it last delivered.
struct KeyFetcher::Issuer {
  const std::size_t number;
  const KeySource source;
  const std::filesystem::path file;
  Schedule schedule;
  FetchStatus status;      // guarded by the mutex
  std::string known_jwks;  // the keys last passed to the callback; used by the fetching thread only
  bool failing = false;    // the last fetch failed; used by the fetching thread only
};

KeyFetcher::KeyFetcher(std::vector<KeySource> sources, std::filesystem::path folder, const Clock& clock,
                       Callbacks callbacks)
    : folder_(std::move(folder)), clock_(clock), callbacks_(std::move(callbacks)) {
  std::error_code ignored;  // without the folder, saving the keys reports the error
  std::filesystem::create_directory(folder_, ignored);
  for (KeySource& source : sources) {
    const std::string& url = source.jwks_url.empty() ? source.discovery_url : source.jwks_url;
    auto file = cached_keys_file(folder_, source.iss, url);
    issuers_.push_back(std::make_unique<Issuer>(issuers_.size(), std::move(source), std::move(file),
                                                Schedule(clock_.steady()), FetchStatus(), std::string()));
    load_cached(issuers_.size() - 1);
  }
  for (std::size_t i = 0; i < std::min(issuers_.size(), kFetchersMax); ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

KeyFetcher::~KeyFetcher() {
  for (std::jthread& thread : threads_) thread.request_stop();
  const MutexLock lock(mutex_);
  wake_workers();
}

// Loads the cached keys of a source. They count as fetched when they were, so they expire a day after that.
void KeyFetcher::load_cached(std::size_t number) {
  Issuer& issuer = *issuers_[number];
  auto cached = load_cached_keys(issuer.file);
  if (!cached) return;
  const Duration age = clock_.wall() - cached->fetched_at;
  if (age < Duration{} || age >= kKeysMaxAge) return;
  issuer.schedule = Schedule(clock_.steady(), clock_.steady() - age);
  issuer.status.fetched_at = cached->fetched_at;
  issuer.known_jwks = identity::print_jwks(cached->keys);
  callbacks_.keys(number, std::move(cached->keys));
}

void KeyFetcher::unknown_key(std::size_t source) {
  const MutexLock lock(mutex_);
  if (issuers_[source]->schedule.unknown_key(clock_.steady())) wake_workers();
}

void KeyFetcher::clock_advanced() {
  const MutexLock lock(mutex_);
  wake_workers();
}

KeyFetcher::FetchStatus KeyFetcher::status(std::size_t source) {
  const MutexLock lock(mutex_);
  return issuers_[source]->status;
}

void KeyFetcher::wake_workers() {
  ++changes_;
  changed_.notify_all();
}

// The source that is due first; null while all of them are being fetched.
KeyFetcher::Issuer* KeyFetcher::next_due() {
  Issuer* next = nullptr;
  for (const auto& issuer : issuers_) {
    const auto due = issuer->schedule.due();
    if (due && (!next || *due < *next->schedule.due())) next = issuer.get();
  }
  return next;
}

// The life of one thread.
void KeyFetcher::work(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    const std::uint64_t changes = changes_;
    Issuer* next = next_due();
    const Duration left = next ? *next->schedule.due() - clock_.steady() : kSleepMax;
    if (!next || (left > Duration{} && clock_.is_manual())) {
      while (changes_ == changes) changed_.wait(mutex_);
    } else if (left > Duration{}) {
      const auto until = std::chrono::system_clock::now() + std::min(left, kSleepMax);
      while (changes_ == changes && changed_.wait_until(mutex_, until)) {
      }
    } else {
      next->schedule.begin();
      lock.unlock();
      fetch(*next, stop);
      lock.lock();
      wake_workers();  // the source may be the next one again
    }
  }
}

// Fetches once and reports the outcome. No callback is made with the mutex held.
void KeyFetcher::fetch(Issuer& issuer, const std::stop_token& stop) {
  const std::string& iss = issuer.source.iss;
  // The keys are as old as the request for them.
  const SteadyTime begun = clock_.steady();
  const Time begun_wall = clock_.wall();
  auto keys = fetch_keys(issuer.source, stop);
  if (stop.stop_requested()) return;
  if (!keys) {
    MutexLock lock(mutex_);
    const Schedule::Failure failure = issuer.schedule.failed(begun);
    issuer.status.failed_at = begun_wall;
    issuer.status.fault = keys.error();
    lock.unlock();
    issuer.failing = true;
    if (failure.expired) {
      issuer.known_jwks.clear();
      callbacks_.keys(issuer.number, {});
    }
    if (failure.alarm) {
      callbacks_.warning(fmt::format("the keys of {} cannot be fetched: {}; {}", iss, keys.error(),
                                     issuer.known_jwks.empty()
                                         ? "no keys are stored, and its tokens are refused"
                                         : "the last good ones are used, up to a day"));
    }
    return;
  }
  if (std::exchange(issuer.failing, false))
    callbacks_.info(fmt::format("the keys of {} can be fetched again", iss));
  if (auto saved = save_cached_keys(issuer.file, {begun_wall, *keys}); !saved)
    callbacks_.warning(saved.error());
  std::string text = identity::print_jwks(*keys);
  if (text != issuer.known_jwks) {
    issuer.known_jwks = std::move(text);
    callbacks_.info(fmt::format("the keys of {} are new: {}", iss, keys->size()));
    callbacks_.keys(issuer.number, *std::move(keys));
  }
  const MutexLock lock(mutex_);
  issuer.schedule.succeeded(begun);
  issuer.status.fetched_at = begun_wall;
}

}  // namespace porchlight::issuers
