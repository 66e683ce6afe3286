// Users in order of id or of a text. Each shard has its users in that order, and the shards are merged.
#include <algorithm>
#include <functional>

#include "base/text.h"
#include "state/shard_merge.h"
#include "state/view_impl.h"

namespace porchlight::state {
namespace {

// Users that a cursor copies at first and at most; the number doubles, since few requests read more than a page.
constexpr std::size_t kCopiedFirst = 8;
constexpr std::size_t kCopiedMax = 256;

std::string_view text_of(const directory::User& user, UserText which) {
  return which == UserText::kName ? user.name : user.upn;
}

// Whether a user stands before another one in an order.
bool stands_before(const directory::User& a, const directory::User& b, UserOrder order) {
  if (order.descending) return stands_before(b, a, {order.by});
  const auto texts = compare_ignore_case(text_of(a, order.by), text_of(b, order.by));
  return texts != 0 ? texts < 0 : a.id < b.id;
}

}  // namespace

// Ids are spread over the shards by a hash, so a page of `limit` ids needs about limit / kShards of each; a cursor
// fetches twice that at a time.
std::vector<Guid> View::list_users(const Guid& tenant, const std::optional<Guid>& after,
                                   std::size_t limit) const {
  std::vector<Guid> page;
  if (limit == 0) return page;
  const std::size_t cursor_ids = 4 + 2 * limit / kShards;
  const auto fetch = [&](ShardCursor<Guid>& cursor, const Guid* last) {
    const Impl::ViewShard& shard = *impl_->shards[cursor.shard];
    const PersonTable& people = shard.people_unchecked();
    cursor.items.clear();
    cursor.is_last = true;
    const MutexLock lock(shard.mutex);
    const auto visit_slot = [&](Slot slot) {
      const UserKey key = people.key(slot);
      if (key.tenant != tenant) return false;
      cursor.items.push_back(key.user);
      cursor.is_last = cursor.items.size() < cursor_ids;
      return cursor.is_last;
    };
    if (last != nullptr || after)
      people.scan_after({tenant, last != nullptr ? *last : *after}, visit_slot);
    else
      people.scan_from({tenant, Guid{}}, visit_slot);
  };
  merge_shards<Guid>(std::less<Guid>(), fetch, [&](const Guid& id) {
    page.push_back(id);
    return page.size() < limit;
  });
  return page;
}

void View::scan_users_by(const Guid& tenant, UserOrder order, const std::optional<UserPlace>& after,
                         const std::function<bool(const directory::User&)>& visit) const {
  const std::optional<std::uint32_t> number = impl_->tenants.find(tenant);
  if (!number) return;
  const auto fetch = [&](ShardCursor<directory::User>& cursor, const directory::User* last) {
    Impl::ViewShard& shard = *impl_->shards[cursor.shard];
    const PersonTable& people = shard.people_unchecked();
    const std::size_t limit = last == nullptr ? kCopiedFirst : std::min(2 * cursor.items.size(), kCopiedMax);
    const std::optional<UserPlace> from =
        last == nullptr ? after : UserPlace{std::string(text_of(*last, order.by)), last->id};
    cursor.items.clear();
    cursor.is_last = true;
    const MutexLock lock(shard.mutex);
    shard.people.build_order(order.by);
    people.scan_by(*number, order, from, [&](Slot slot) {
      cursor.items.push_back(
          {people[slot].user, std::string(people.upn(slot)), std::string(people.name(slot))});
      cursor.is_last = cursor.items.size() < limit;
      return cursor.is_last;
    });
  };
  const auto before = [&](const directory::User& a, const directory::User& b) {
    return stands_before(a, b, order);
  };
  merge_shards<directory::User>(before, fetch, visit);
}

}  // namespace porchlight::state
