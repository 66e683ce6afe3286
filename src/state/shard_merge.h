// Merges what the shards hold, each in the same order, into one sequence.
#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "state/user_key.h"

namespace porchlight::state {

// The next items of one shard. They are fetched a few at a time, so that a page of n items does not copy n of each
// shard.
template <typename Item>
struct ShardCursor {
  std::uint32_t shard = 0;
  std::vector<Item> items = {};
  std::size_t next = 0;
  bool is_last = false;  // the shard has no further items
};

// Calls `visit(item)` with the items of all shards in order, until it returns false. `fetch(cursor, last)` replaces the
// items of a cursor by those behind `last` (null: the first ones), and sets is_last; it takes the lock of the shard.
// `visit` is called without a lock. `before(a, b)` is the order.
template <typename Item, typename Before, typename Fetch, typename Visit>
void merge_shards(const Before& before, const Fetch& fetch, const Visit& visit) {
  const auto later = [&](const ShardCursor<Item>* a, const ShardCursor<Item>* b) {
    return before(b->items[b->next], a->items[a->next]);
  };
  std::vector<ShardCursor<Item>> cursors(kShards);
  std::priority_queue<ShardCursor<Item>*, std::vector<ShardCursor<Item>*>, decltype(later)> heads(later);
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    ShardCursor<Item>& cursor = cursors[shard];
    cursor.shard = shard;
    fetch(cursor, nullptr);
    if (!cursor.items.empty()) heads.push(&cursor);
  }
  while (!heads.empty()) {
    ShardCursor<Item>& head = *heads.top();
    heads.pop();
    if (!visit(head.items[head.next])) return;
    if (++head.next == head.items.size() && !head.is_last) {
      const Item last = std::move(head.items.back());
      head.next = 0;
      fetch(head, &last);
    }
    if (head.next < head.items.size()) heads.push(&head);
  }
}

}  // namespace porchlight::state
