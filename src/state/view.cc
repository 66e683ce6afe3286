// A write applies events to the shard of their subject under that shard's mutex. Reads lock one shard at a time, so a
// read of many users sees each of them whole but is not a consistent cut over shards.
#include "state/view.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "presence/rules.h"
#include "state/view_impl.h"

namespace porchlight::state {

namespace {

// Events of a batch whose users are loaded together.
constexpr std::size_t kAppliedTogether = 16;

// 64 unpredictable bits.
std::uint64_t secure_seed() {
  const Guid random = secure_random_guid();
  std::uint64_t low, high;
  std::memcpy(&low, random.bytes.data(), 8);
  std::memcpy(&high, random.bytes.data() + 8, 8);
  // The fixed bits of a random GUID are at different places in its halves, so the result has no fixed bit.
  return low ^ (high << 7 | high >> 57);
}

}  // namespace

View::Impl::Impl() : Impl(secure_seed(), secure_seed()) {}

View::Impl::Impl(std::uint64_t people_seed, std::uint64_t upn_seed) : upns(*this, upn_seed) {
  for (auto& shard : shards) shard = std::make_unique<ViewShard>(tenants, pages, people_seed);
}

std::uint64_t View::Impl::upn_hash(UpnRef ref) const {
  const ViewShard& shard = *shards[ref.shard()];
  const MutexLock lock(shard.mutex);
  return upns.hash(shard.people.key(ref.slot()).tenant, shard.people.upn(ref.slot()));
}

bool View::Impl::has_upn(UpnRef ref, const Guid& tenant, std::string_view upn) const {
  const ViewShard& shard = *shards[ref.shard()];
  const MutexLock lock(shard.mutex);
  return equals_ignore_case(shard.people.upn(ref.slot()), upn) &&
         shard.people.key(ref.slot()).tenant == tenant;
}

void View::Impl::update_user(const log::Event& event) {
  const UserKey key{event.tenant, event.subject};
  ViewShard& shard = shard_with(key);
  const MutexLock lock(shard.mutex);
  const std::optional<Slot> slot = shard.people.find(key);
  const log::PersonEffect effect = shard.effect_of(event, slot);
  if (effect == log::PersonEffect::kNone) return;
  PersonSlot& person = shard.people[*slot];
  shard.sessions -= person.record.sessions.size();
  if (effect == log::PersonEffect::kPresence)
    presence::apply(person.record, std::get<presence::Event>(event.body));
  shard.sessions += person.record.sessions.size();
  person.version = event.version;
}

// A name changes in three steps, because of the lock order (upn_index.h): erase it from the index of names, change it
// in the slot, insert it again. In between the user is found by neither name. No other thread applies events to this
// shard meanwhile, so the slot remains this user's while the shard is unlocked.
void View::Impl::put_user(const log::Event& event, const directory::UserPut& put) {
  const UserKey key{event.tenant, event.subject};
  const std::uint32_t number = shard_of(key.tenant, key.user);
  ViewShard& shard = *shards[number];
  const std::uint32_t tenant = tenants.intern(key.tenant);
  MutexLock lock(shard.mutex);
  std::optional<Slot> slot = shard.people.find(key);
  const log::PersonEffect effect = shard.effect_of(event, slot);
  if (effect == log::PersonEffect::kNone) return;
  const bool is_new = effect == log::PersonEffect::kAdded;
  const std::string old_upn = is_new ? std::string() : std::string(shard.people.upn(*slot));
  const bool is_renamed = !is_new && !equals_ignore_case(old_upn, put.upn);
  if (is_renamed) {
    lock.unlock();
    upns.erase(upns.hash(key.tenant, old_upn), UpnRef::at(number, *slot));
    lock.lock();
  }
  if (is_new) {
    slot = shard.people.add(tenant, key.user);
    tenants.people(tenant).fetch_add(1, std::memory_order_relaxed);
  }
  shard.people.set_profile(*slot, put.upn, put.name);
  shard.people[*slot].version = event.version;
  lock.unlock();
  if (is_new || is_renamed) upns.insert(upns.hash(key.tenant, put.upn), UpnRef::at(number, *slot));
  if (is_renamed) user_removals.fetch_add(1, std::memory_order_release);
}

void View::Impl::remove_user(const log::Event& event) {
  const UserKey key{event.tenant, event.subject};
  const std::uint32_t number = shard_of(key.tenant, key.user);
  ViewShard& shard = *shards[number];
  MutexLock lock(shard.mutex);
  const std::optional<Slot> slot = shard.people.find(key);
  if (shard.effect_of(event, slot) == log::PersonEffect::kNone) return;
  const std::string upn(shard.people.upn(*slot));
  const std::uint32_t tenant = shard.people[*slot].tenant;
  lock.unlock();
  upns.erase(upns.hash(key.tenant, upn), UpnRef::at(number, *slot));
  directory.set_administrator(key.tenant, key.user, false);
  lock.lock();
  shard.sessions -= shard.people[*slot].record.sessions.size();
  shard.people.remove(*slot);
  tenants.people(tenant).fetch_sub(1, std::memory_order_relaxed);
  user_removals.fetch_add(1, std::memory_order_release);
}

void View::Impl::set_administrator(const log::Event& event, bool on) {
  if (event.subject.is_nil()) return directory.set_operator(event.tenant, on, event.version);
  ViewShard& shard = shard_with({event.tenant, event.subject});
  {
    const MutexLock lock(shard.mutex);
    const std::optional<Slot> slot = shard.people.find({event.tenant, event.subject});
    if (shard.effect_of(event, slot) == log::PersonEffect::kNone) return;
    shard.people[*slot].version = event.version;
  }
  directory.set_administrator(event.tenant, event.subject, on);
}

void View::Impl::change_directory(const log::Event& event, const directory::EntityChange& change) {
  const std::uint64_t version = event.version;
  std::visit(
      Overloaded{
          [&](const directory::TenantPut& put) {
            tenants.intern(event.tenant);
            directory.put(directory::Tenant{event.tenant, put.name, put.settings}, version);
          },
          [&](const directory::TenantRemoved&) { directory.remove_tenant(event.tenant, version); },
          [&](const directory::UserPut& put) { put_user(event, put); },
          [&](const directory::UserRemoved&) { remove_user(event); },
          [&](const directory::AppPut& put) {
            const directory::App app{event.subject, put.name,  put.client,
                                     put.scopes,    put.roles, put.priority};
            directory.put(event.tenant, app, version);
          },
          [&](const directory::AppRemoved&) { directory.remove_app(event.tenant, event.subject, version); },
          [&](const directory::GroupPut& put) {
            directory.put(event.tenant, directory::Group{event.subject, put.name, put.members}, version);
          },
          [&](const directory::GroupRemoved&) {
            directory.remove_group(event.tenant, event.subject, version);
          },
          [&](const directory::AdministratorSet& set) { set_administrator(event, set.on); },
      },
      change);
}

// Starts loading the slots of the first users: in a batch of another node they are all over the memory, and the waits
// for them overlap. The one event of an own batch has been decided on its user a moment ago.
void View::Impl::ViewShard::prefetch(std::span<const log::Event> events) const {
  if (events.size() == 1) return;
  std::array<std::uint64_t, kAppliedTogether> hashes;
  const std::size_t count = std::min(events.size(), kAppliedTogether);
  const MutexLock lock(mutex);
  for (std::size_t i = 0; i < count; ++i) {
    hashes[i] = people.hash({events[i].tenant, events[i].subject});
    people.prefetch_index(hashes[i]);
  }
  for (std::size_t i = 0; i < count; ++i) people.prefetch_slot(hashes[i]);
}

void View::Impl::apply(const log::Event& event) {
  if (const auto* const change = std::get_if<log::DirectoryEvent>(&event.body)) {
    change_directory(event, change->what);
  } else {
    update_user(event);
  }
}

UpnIndex::HashedRef View::Impl::restore(std::uint32_t number, std::uint32_t tenant, const Guid& user,
                                        std::string_view upn, std::string_view name,
                                        VersionedRecord&& stored) {
  ViewShard& shard = *shards[number];
  Slot slot;
  {
    const MutexLock lock(shard.mutex);
    slot = shard.people.append(tenant, user);
    shard.people.set_profile(slot, upn, name);
    shard.sessions += stored.record.sessions.size();
    shard.people[slot].record = std::move(stored.record);
    shard.people[slot].version = stored.version;
  }
  tenants.people(tenant).fetch_add(1, std::memory_order_relaxed);
  return {upns.hash(tenants.id(tenant), upn), UpnRef::at(number, slot)};
}

View::View() : impl_(std::make_unique<Impl>()) {}
View::~View() = default;

bool View::read_erased(const UserKey& key, Erased visit, void* context) const {
  const Impl::ViewShard& shard = impl_->shard_with(key);
  const MutexLock lock(shard.mutex);
  const std::optional<Slot> slot = shard.people.find(key);
  if (!slot) return false;
  visit(context, shard.people[*slot].record);
  return true;
}

bool View::contains(const UserKey& key) const {
  const Impl::ViewShard& shard = impl_->shard_with(key);
  const MutexLock lock(shard.mutex);
  return shard.people.find(key).has_value();
}

std::optional<Guid> View::find_user_by_upn(const Guid& tenant, std::string_view upn) const {
  const std::optional<UpnRef> ref = impl_->upns.find(tenant, upn);
  if (!ref) return std::nullopt;
  const Impl::ViewShard& shard = *impl_->shards[ref->shard()];
  const MutexLock lock(shard.mutex);
  // Between the two locks the slot may have been freed or given to another user; the name was removed then.
  if (!equals_ignore_case(shard.people.upn(ref->slot()), upn)) return std::nullopt;
  const UserKey key = shard.people.key(ref->slot());
  if (key.tenant != tenant) return std::nullopt;
  return key.user;
}

std::optional<directory::User> View::find_user(const UserKey& key) const {
  const Impl::ViewShard& shard = impl_->shard_with(key);
  const MutexLock lock(shard.mutex);
  const std::optional<Slot> slot = shard.people.find(key);
  if (!slot) return std::nullopt;
  return directory::User{key.user, std::string(shard.people.upn(*slot)),
                         std::string(shard.people.name(*slot))};
}

// Visits shard by shard, kPeoplePerLock users per lock. `after` names the place to continue at: its shard, and the
// first id greater than it there. A user who is removed meanwhile does not matter, because the place is a key and not
// an iterator.
std::optional<Guid> View::scan_erased(const Guid& tenant, const std::optional<Guid>& after, std::size_t limit,
                                      ErasedVisit visit, void* context) const {
  std::optional<Guid> last = after;  // the last user visited
  std::size_t count = 0;
  for (std::uint32_t number = after ? shard_of(tenant, *after) : 0; number < kShards; ++number) {
    const Impl::ViewShard& shard = *impl_->shards[number];
    const PersonTable& people = shard.people_unchecked();
    bool is_begun = after && number == shard_of(tenant, *after);  // `last` is in this shard
    for (bool is_more = true; is_more;) {
      std::size_t visited = 0;
      bool is_refused = false;
      is_more = false;
      const auto visit_slot = [&](Slot slot) {
        const UserKey key = people.key(slot);
        if (key.tenant != tenant) return false;
        is_refused = count == limit ||
                     !visit(context, key.user, people.upn(slot), people.name(slot), people[slot].record);
        if (is_refused) return false;
        last = key.user;
        is_begun = true;
        ++count;
        is_more = ++visited == kPeoplePerLock;
        return !is_more;
      };
      const MutexLock lock(shard.mutex);
      is_begun ? people.scan_after({tenant, *last}, visit_slot)
               : people.scan_from({tenant, Guid{}}, visit_slot);
      if (is_refused) return last;
    }
  }
  return std::nullopt;
}

void View::each(
    std::uint32_t number,
    const std::function<void(const UserKey&, const presence::Record&, std::uint64_t)>& visit) const {
  const Impl::ViewShard& shard = *impl_->shards[number];
  const PersonTable& people = shard.people_unchecked();
  std::optional<UserKey> last;
  for (bool is_more = true; is_more;) {
    std::size_t visited = 0;
    is_more = false;
    const auto visit_slot = [&](Slot slot) {
      const PersonSlot& person = people[slot];
      last = people.key(slot);
      visit(*last, person.record, person.version);
      is_more = ++visited == kPeoplePerLock;
      return !is_more;
    };
    const MutexLock lock(shard.mutex);
    last ? people.scan_after(UserKey(*last), visit_slot) : people.scan_from(UserKey{}, visit_slot);
  }
}

std::size_t View::count_users(const Guid& tenant) const {
  const std::optional<std::uint32_t> number = impl_->tenants.find(tenant);
  return number ? impl_->tenants.people(*number).load(std::memory_order_relaxed) : 0;
}

bool View::has_tenant(const Guid& tenant) const { return impl_->directory.has_tenant(tenant); }
bool View::has_app(const Guid& tenant, const Guid& app) const {
  return impl_->directory.has_app(tenant, app);
}
std::vector<directory::Tenant> View::tenants() const { return impl_->directory.tenants(); }
std::vector<directory::App> View::apps(const Guid& tenant) const { return impl_->directory.apps(tenant); }
bool View::is_administrator(const Guid& tenant, const Guid& user) const {
  return impl_->directory.is_administrator(tenant, user);
}
bool View::is_operator(const Guid& tenant) const { return impl_->directory.is_administrator(tenant, Guid{}); }
std::vector<Guid> View::administrators(const Guid& tenant) const {
  return impl_->directory.administrators(tenant);
}
std::uint64_t View::directory_epoch() const { return impl_->directory.epoch(); }
// Both only grow, so a change of either changes the sum.
std::uint64_t View::removals_epoch() const {
  return impl_->directory.removals_epoch() + impl_->user_removals.load(std::memory_order_acquire);
}

std::optional<directory::App> View::find_app(const Guid& tenant, const Guid& app) const {
  auto found = impl_->directory.find_app(tenant, app);
  if (!found) return std::nullopt;
  return std::move(found->value);
}

directory::SessionFlags View::session_flags(const Guid& tenant, const Guid& app) const {
  return impl_->directory.session_flags(tenant, app);
}

std::vector<Guid> View::tenant_ids() const { return impl_->directory.tenant_ids(); }

std::optional<Guid> View::find_tenant_named(std::string_view name) const {
  return impl_->directory.find_tenant_named(name);
}

std::optional<directory::Tenant> View::find_tenant(const Guid& tenant) const {
  auto found = impl_->directory.find_tenant(tenant);
  if (!found) return std::nullopt;
  return std::move(found->value);
}

std::optional<directory::Group> View::find_group(const Guid& tenant, const Guid& group) const {
  auto found = impl_->directory.find_group(tenant, group);
  if (!found) return std::nullopt;
  return std::move(found->value);
}

std::vector<directory::Group> View::groups(const Guid& tenant) const {
  return impl_->directory.groups(tenant);
}

std::vector<GroupName> View::list_groups(const Guid& tenant, const std::optional<Guid>& after,
                                         std::size_t limit) const {
  return impl_->directory.list_groups(tenant, after, limit);
}

std::size_t View::count_groups(const Guid& tenant) const { return impl_->directory.count_groups(tenant); }

std::vector<Guid> View::groups_with(const Guid& tenant, const Guid& user,
                                    const std::vector<Guid>& groups) const {
  return impl_->directory.groups_with(tenant, user, groups);
}

std::vector<Guid> View::groups_of(const Guid& tenant, const Guid& user) const {
  return impl_->directory.groups_of(tenant, user);
}

std::optional<VersionedRecord> View::copy(const UserKey& key) const {
  const Impl::ViewShard& shard = impl_->shard_with(key);
  const MutexLock lock(shard.mutex);
  const std::optional<Slot> slot = shard.people.find(key);
  if (!slot) return std::nullopt;
  return VersionedRecord{shard.people[*slot].record, shard.people[*slot].version};
}

std::uint64_t View::tenant_version(const Guid& tenant) const {
  const auto found = impl_->directory.find_tenant(tenant);
  return found ? found->version : 0;
}

std::uint64_t View::app_version(const Guid& tenant, const Guid& app) const {
  const auto found = impl_->directory.find_app(tenant, app);
  return found ? found->version : 0;
}

std::uint64_t View::group_version(const Guid& tenant, const Guid& group) const {
  const auto found = impl_->directory.find_group(tenant, group);
  return found ? found->version : 0;
}

void View::apply(log::Position position, const log::Batch& batch) {
  CHECK(position.shard < kShards);
  for (ChangeListener* const listener : impl_->listeners) listener->on_applying(position, batch);
  Impl::ViewShard& shard = *impl_->shards[position.shard];
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    if (i % kAppliedTogether == 0) shard.prefetch(std::span(batch.events).subspan(i));
    impl_->apply(batch.events[i]);
  }
  {
    const MutexLock lock(shard.mutex);
    shard.seq = std::max(shard.seq, position.seq);
  }
  for (ChangeListener* const listener : impl_->listeners) listener->on_applied(batch);
}

std::size_t View::count_sessions() const {
  std::size_t sessions = 0;
  for (const auto& shard : impl_->shards) {
    const MutexLock lock(shard->mutex);
    sessions += shard->sessions;
  }
  return sessions;
}

void View::add_listener(ChangeListener& listener) { impl_->listeners.push_back(&listener); }

log::Position View::position(std::uint32_t shard) const {
  const MutexLock lock(impl_->shards[shard]->mutex);
  return {shard, impl_->shards[shard]->seq};
}

}  // namespace porchlight::state
