// A bounded table of things that are forgotten after a time: codes, sessions, counts of failures. All live
// equally long, so the oldest is the first to go.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "authority/digest.h"
#include "base/time.h"

namespace porchlight::authority {

// Not for more than one thread. Secret keys are held as their hash alone: looking one up takes a time that
// tells nothing of those that are there.
template <typename T>
class ExpiringMap {
 public:
  ExpiringMap(Duration life, std::size_t count_max) : life_(life), count_max_(count_max) {}

  // False where the key is there, or the table is full of what has not run out; what was removed counts until
  // it would have.
  bool add(std::string_view key, T value, Time now) {
    remove_expired(now);
    if (order_.size() >= count_max_) return false;
    const std::string hash = sha256(key);
    if (!items_.try_emplace(hash, Expiring{std::move(value), now + life_}).second) return false;
    order_.push_back({hash, now + life_});
    return true;
  }

  // What has run out is not found; null where there is nothing. Good until the next call.
  T* find(std::string_view key, Time now) {
    const auto found = items_.find(sha256(key));
    return found == items_.end() || now >= found->second.until ? nullptr : &found->second.value;
  }

  void remove(std::string_view key) { items_.erase(sha256(key)); }

 private:
  struct Expiring {
    T value;
    Time until;
  };
  struct Expiry {
    std::string hash;
    Time until;
  };

  // The order may name what was removed, or is there anew with a later end.
  void remove_expired(Time now) {
    while (!order_.empty() && now >= order_.front().until) {
      const auto found = items_.find(order_.front().hash);
      if (found != items_.end() && now >= found->second.until) items_.erase(found);
      order_.pop_front();
    }
  }

  const Duration life_;
  const std::size_t count_max_;
  std::unordered_map<std::string, Expiring> items_;
  std::deque<Expiry> order_;
};

}  // namespace porchlight::authority
