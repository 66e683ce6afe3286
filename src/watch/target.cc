#include "watch/target.h"

#include <algorithm>
#include <functional>

#include "base/check.h"

namespace porchlight::watch {
namespace {

using state::UserKey;

std::vector<Guid> trusted_tenants(const state::View& view, const Guid& tenant) {
  auto own = view.find_tenant(tenant);
  return own ? std::move(own->settings.trusts) : std::vector<Guid>();
}

}  // namespace

std::vector<Guid> all_people(const state::View& view, const Guid& tenant) {
  PeopleReading reading;
  while (!reading.read_more(view, tenant)) continue;
  return reading.take();
}

// Not up to a count that is taken first: a person who is added in between would push the last one out of the result.
bool PeopleReading::read_more(const state::View& view, const Guid& tenant) {
  const auto after = people_.empty() ? std::nullopt : std::optional(people_.back());
  const std::vector<Guid> page = view.list_users(tenant, after, kPeoplePerCall);
  people_.insert(people_.end(), page.begin(), page.end());
  return page.size() < kPeoplePerCall;
}

bool PeopleReading::is_outdated_by(const state::View& view, std::span<const UserKey> changed) const {
  return std::ranges::any_of(changed, [&](const UserKey& key) {
    return !people_.empty() && key.user <= people_.back() &&
           std::ranges::binary_search(people_, key.user) != view.contains(key);
  });
}

std::optional<std::vector<Guid>> people_of(const state::View& view, const Guid& tenant,
                                           const WatchTarget& target) {
  if (target.kind == TargetKind::kPeople) return target.ids;
  if (target.kind == TargetKind::kTenant) return all_people(view, tenant);
  CHECK(!target.ids.empty());
  auto group = view.find_group(tenant, target.ids.front());
  if (!group) return std::nullopt;
  return std::move(group->members);
}

std::size_t people_count(const state::View& view, const Guid& tenant, const WatchTarget& target) {
  if (target.kind == TargetKind::kTenant) return view.count_users(tenant);
  const auto people = people_of(view, tenant, target);
  return people ? people->size() : 0;
}

std::vector<UserKey> watch_keys(const state::View& view, const Guid& tenant, std::span<const Guid> people) {
  std::vector<UserKey> keys;
  keys.reserve(people.size());
  std::optional<std::vector<Guid>> trusted;  // read for the first absent person
  for (const Guid& person : people) {
    keys.push_back({tenant, person});
    if (view.contains(keys.back())) continue;
    if (!trusted) trusted = trusted_tenants(view, tenant);
    for (const Guid& other : *trusted) keys.push_back({other, person});
  }
  return keys;
}

bool may_have_moved(const state::View& view, const Guid& tenant, std::span<const UserKey> changed) {
  bool is_absent = false;
  for (const UserKey& key : changed)
    is_absent |= key.tenant == tenant && key.user != Guid{} && !view.contains(key);
  return is_absent && !trusted_tenants(view, tenant).empty();
}

std::uint64_t checksum_of(std::span<const UserKey> keys) {
  std::uint64_t sum = keys.size();
  for (const UserKey& key : keys)
    sum = sum * 31 + std::hash<Guid>()(key.tenant) + std::hash<Guid>()(key.user);
  return sum;
}

}  // namespace porchlight::watch
