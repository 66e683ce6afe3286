// View::read_many(): the records of many users at once.
//
// A look-up of one user at random waits for memory twice: for the entry of the index, then for the slot. Three passes
// over a group of users overlap these waits: the first prefetches the index entries of all, the second finds and
// prefetches the slots, the third compares the keys and calls the visitor. Each pass locks a shard once for all its
// users.
#include <algorithm>
#include <array>

#include "state/view_impl.h"

namespace porchlight::state {
namespace {

// Users per group: their records (two cache lines each) stay in the cache from the second pass to the third.
constexpr std::size_t kGroupSize = 1024;

constexpr Slot kNoSlot = kSlotsMax;  // never allocated

// The users of one group, ordered by shard with a counting sort.
class GroupedByShard {
 public:
  struct Lookup {
    std::uint64_t hash;
    std::uint32_t place;  // in the group
    Slot likely;          // set by the second pass: most probably the user's
  };

  // `hash(key)` is PersonTable::hash().
  // At most kGroupSize users.
  template <typename Hash>
  GroupedByShard(const Guid& tenant, std::span<const Guid> users, Hash&& hash) {
    std::array<std::uint8_t, kGroupSize> shards;
    for (std::size_t i = 0; i < users.size(); ++i) {
      shards[i] = static_cast<std::uint8_t>(shard_of(tenant, users[i]));
      ++begin_[shards[i] + 1];
    }
    for (std::size_t shard = 0; shard < kShards; ++shard) begin_[shard + 1] += begin_[shard];
    auto free = begin_;
    for (std::uint32_t i = 0; i < users.size(); ++i)
      lookups_[free[shards[i]]++] = {hash(UserKey{tenant, users[i]}), i, kNoSlot};
  }

  // The users of a shard.
  std::span<Lookup> of(std::size_t shard) {
    return std::span(lookups_).subspan(begin_[shard], begin_[shard + 1] - begin_[shard]);
  }

 private:
  static_assert(kShards <= 256);
  std::array<std::size_t, kShards + 1> begin_{};  // of each shard in lookups_
  std::array<Lookup, kGroupSize> lookups_;
};

}  // namespace

void View::read_many_erased(const Guid& tenant, std::span<const Guid> users, ErasedPlaced visit,
                            void* context) const {
  const PersonTable& any =
      impl_->shards[0]->people_unchecked();  // for hash(), which reads only the seed: the same in all
  for (std::size_t from = 0; from < users.size(); from += kGroupSize) {
    const auto group = users.subspan(from, std::min(kGroupSize, users.size() - from));
    GroupedByShard grouped(tenant, group, [&](const UserKey& key) { return any.hash(key); });
    const auto each = [&](auto&& step) {
      for (std::size_t number = 0; number < kShards; ++number) {
        const auto lookups = grouped.of(number);
        if (lookups.empty()) continue;
        const Impl::ViewShard& shard = *impl_->shards[number];
        const MutexLock lock(shard.mutex);
        for (GroupedByShard::Lookup& person : lookups) step(shard.people, person);
      }
    };
    each([](const PersonTable& people, auto& person) { people.prefetch_index(person.hash); });
    each([](const PersonTable& people, auto& person) {
      person.likely = people.prefetch_slot(person.hash).value_or(kNoSlot);
    });
    each([&](const PersonTable& people, auto& person) {
      const UserKey key{tenant, group[person.place]};
      // The slot may have been freed, or given to another user, between the passes.
      if (person.likely != kNoSlot && people.holds(person.likely, key))
        return visit(context, from + person.place, people[person.likely].record);
      if (const auto slot = people.find(key, person.hash))
        visit(context, from + person.place, people[*slot].record);
    });
  }
}

}  // namespace porchlight::state
