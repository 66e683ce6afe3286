// A bounded map whose entries expire: codes, sessions, pending devices. All entries have the same lifetime, so they
// expire in the order of insertion, and a queue of expiries suffices.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "authority/digest.h"
#include "base/check.h"
#include "base/time.h"

namespace porchlight::authority {

// Not thread-safe. Keys are secrets: the map stores only their SHA-256 hashes, so the time of a lookup reveals nothing
// about the keys in it. add() is amortised O(1), the others are O(1).
template <typename T>
class ExpiringMap {
 public:
  ExpiringMap(Duration life, std::size_t count_max) : life_(life), count_max_(count_max) {}

  // Returns false if the key exists, or the map is full. A removed entry counts until its expiry.
  bool add(std::string_view key, T value, Time now) {
    remove_expired(now);
    if (order_.size() >= count_max_) return false;
    const std::string hash = sha256(key);
    if (!items_.try_emplace(hash, Expiring{std::move(value), now + life_}).second) return false;
    order_.push_back({hash, now + life_});
    CHECK(items_.size() <= order_.size());  // each entry has an expiry in the queue
    return true;
  }

  // Returns null if the key does not exist or has expired. Valid until the next call of add() or remove().
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

  // A key in the queue may have been removed, or removed and added again with a later expiry: then it stays.
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
