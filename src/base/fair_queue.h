// A bounded queue in which tenants take turns, and within a tenant the sources of its items: an item waits for one item
// of each other tenant, however many of them wait.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "base/check.h"

namespace porchlight {

// Whose item waits. The numbers are hashes or indexes; those of equal owners share a turn.
struct QueueOwner {
  std::uint64_t tenant = 0;
  std::uint64_t source = 0;  // such as the network of an address
};

// Not thread-safe. Items of one owner keep their order.
template <typename T>
class FairQueue {
 public:
  // At most `items_max` items wait.
  explicit FairQueue(std::size_t items_max) : items_max_(items_max) {}

  // Adds an item. If the queue is full, returns the item that makes room, which may be `item` itself: the newest of
  // the source that has most items, within the tenant that has most. So an owner who fills the queue loses items, and
  // no other does.
  std::optional<T> push(const QueueOwner& owner, T item) {
    TenantItems& tenant = tenants_[owner.tenant];
    tenant.sources[owner.source].push_back(std::move(item));
    ++tenant.items_count;
    if (++items_count_ <= items_max_) return std::nullopt;
    return remove_newest_of_longest();
  }

  // Removes and returns the item whose turn it is. The queue must not be empty.
  T pop() {
    CHECK(!empty());
    const auto tenant = after(tenants_, last_);
    const auto source = after(tenant->second.sources, tenant->second.last);
    last_ = tenant->first;
    tenant->second.last = source->first;
    T item = std::move(source->second.front());
    source->second.pop_front();
    erase_if_empty(tenant, source);
    return item;
  }

  bool empty() const { return items_count_ == 0; }
  std::size_t size() const { return items_count_; }

 private:
  using Sources = std::map<std::uint64_t, std::list<T>>;
  struct TenantItems {
    Sources sources;
    std::size_t items_count = 0;
    std::uint64_t last = 0;  // the source of the item removed last
  };
  using Tenants = std::map<std::uint64_t, TenantItems>;

  // The entry behind `key`; the first one after the last.
  template <typename Map>
  static typename Map::iterator after(Map& map, std::uint64_t key) {
    const auto next = map.upper_bound(key);
    return next == map.end() ? map.begin() : next;
  }

  T remove_newest_of_longest() {
    const auto tenant =
        std::ranges::max_element(tenants_, {}, [](const auto& entry) { return entry.second.items_count; });
    const auto source = std::ranges::max_element(tenant->second.sources, {},
                                                 [](const auto& entry) { return entry.second.size(); });
    T item = std::move(source->second.back());
    source->second.pop_back();
    erase_if_empty(tenant, source);
    return item;
  }

  // Counts an item as removed, and forgets owners without items: the queue holds nothing of those that left.
  void erase_if_empty(typename Tenants::iterator tenant, typename Sources::iterator source) {
    --items_count_;
    if (source->second.empty()) tenant->second.sources.erase(source);
    if (--tenant->second.items_count == 0) tenants_.erase(tenant);
  }

  const std::size_t items_max_;
  Tenants tenants_;
  std::size_t items_count_ = 0;
  std::uint64_t last_ = 0;  // the tenant of the item removed last
};

}  // namespace porchlight
