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

// The thread sanitizer knows waits by the wall clock only, which may jump: a look now and then.
constexpr Duration kSleepMax = std::chrono::minutes(1);

using Keys = std::vector<identity::PublicKey>;

std::expected<std::string, std::string> find_keys(const KeySource& source, const std::stop_token& stop) {
  if (source.discovery_url.empty()) return source.jwks_url;
  const auto document = https_get(source.discovery_url, source.ca_file, stop);
  if (!document) return document;
  return read_discovery(*document, source.iss, source.discovery_url);
}

std::expected<Keys, std::string> fetch_keys(const KeySource& source, const std::stop_token& stop) {
  const auto url = find_keys(source, stop);
  if (!url) return std::unexpected(url.error());
  const auto text = https_get(*url, source.ca_file, stop);
  if (!text) return std::unexpected(text.error());
  auto keys = identity::parse_jwks(*text);
  if (keys && keys->empty()) return std::unexpected("the key set holds no key that may verify tokens");
  return keys;
}

}  // namespace

// One source: when it is next asked, and what it last gave.
struct KeyFetcher::Issuer {
  const std::size_t number;
  const KeySource source;
  const std::filesystem::path file;
  Schedule schedule;
  std::string known_jwks;  // the keys that were told, as JWKS; whoever fetches may touch it
  bool failing = false;
};

KeyFetcher::KeyFetcher(std::vector<KeySource> sources, std::filesystem::path folder, const Clock& clock,
                       Callbacks callbacks)
    : folder_(std::move(folder)), clock_(clock), callbacks_(std::move(callbacks)) {
  std::error_code ignored;  // without the folder, saving says so
  std::filesystem::create_directory(folder_, ignored);
  for (KeySource& source : sources) {
    const std::string& url = source.jwks_url.empty() ? source.discovery_url : source.jwks_url;
    auto file = cached_keys_file(folder_, source.iss, url);
    issuers_.push_back(std::make_unique<Issuer>(issuers_.size(), std::move(source), std::move(file),
                                                Schedule(clock_.steady()), std::string()));
    load_cached(issuers_.size() - 1);
  }
  for (std::size_t i = 0; i < std::min(issuers_.size(), kFetchersMax); ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

KeyFetcher::~KeyFetcher() = default;

// The keys of an earlier life are good for what is left of their day.
void KeyFetcher::load_cached(std::size_t number) {
  Issuer& issuer = *issuers_[number];
  auto cached = load_cached_keys(issuer.file);
  if (!cached) return;
  const Duration age = clock_.wall() - cached->fetched_at;
  if (age < Duration{} || age >= kKeysMaxAge) return;
  issuer.schedule = Schedule(clock_.steady(), clock_.steady() - age);
  issuer.known_jwks = identity::print_jwks(cached->keys);
  callbacks_.keys(number, std::move(cached->keys));
}

void KeyFetcher::unknown_key(std::size_t source) {
  const std::lock_guard lock(mutex_);
  if (issuers_[source]->schedule.unknown_key(clock_.steady())) wake_workers();
}

void KeyFetcher::clock_advanced() {
  const std::lock_guard lock(mutex_);
  wake_workers();
}

void KeyFetcher::wake_workers() {
  ++changes_;
  changed_.notify_all();
}

KeyFetcher::Issuer* KeyFetcher::next_due() {
  Issuer* next = nullptr;
  for (const auto& issuer : issuers_) {
    const auto due = issuer->schedule.due();
    if (due && (!next || *due < *next->schedule.due())) next = issuer.get();
  }
  return next;
}

void KeyFetcher::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto changed = [this, changes = changes_] { return changes_ != changes; };
    Issuer* next = next_due();
    const Duration left = next ? *next->schedule.due() - clock_.steady() : kSleepMax;
    if (!next || (left > Duration{} && clock_.is_manual())) {
      changed_.wait(lock, stop, changed);
    } else if (left > Duration{}) {
      changed_.wait_until(lock, stop, std::chrono::system_clock::now() + std::min(left, kSleepMax), changed);
    } else {
      next->schedule.begin();
      lock.unlock();
      fetch(*next, stop);
      lock.lock();
      wake_workers();  // it may be next again
    }
  }
}

void KeyFetcher::fetch(Issuer& issuer, const std::stop_token& stop) {
  const std::string& iss = issuer.source.iss;
  // What is fetched is as old as the question.
  const SteadyTime begun = clock_.steady();
  const Time begun_wall = clock_.wall();
  auto keys = fetch_keys(issuer.source, stop);
  if (stop.stop_requested()) return;
  if (!keys) {
    std::unique_lock lock(mutex_);
    const Schedule::Failure failure = issuer.schedule.failed(begun);
    lock.unlock();
    issuer.failing = true;
    if (failure.expired) {
      issuer.known_jwks.clear();
      callbacks_.keys(issuer.number, {});
    }
    if (failure.alarm) {
      callbacks_.warning(fmt::format("the keys of {} cannot be fetched: {}; {}", iss, keys.error(),
                                     issuer.known_jwks.empty() ? "there are none, and its tokens are refused"
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
  const std::lock_guard lock(mutex_);
  issuer.schedule.succeeded(begun);
}

}  // namespace porchlight::issuers
