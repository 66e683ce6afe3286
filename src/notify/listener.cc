#include "notify/listener.h"

#include <algorithm>

#include "notify/publisher.h"

namespace porchlight::notify {

Listener::Listener(Publisher& its_publisher, Subscription subscription, std::vector<Told> told)
    : publisher(its_publisher), what(std::make_shared<const Subscription>(std::move(subscription))) {
  if (what->scope != Scope::kPeople) {
    for (const Told& one : told) members.push_back(one.person);
  }
  notes.resize(people().size(), {presence::kPresenceUnknown.code(), false});
  for (const Told& one : told)
    if (Note* note = find(one.person)) note->told = one.code;
}

std::optional<Time> Listener::told(Time now, std::span<const state::UserKey> changed) {
  return publisher.told(*this, now, changed);
}

Listener::Note* Listener::find(const Guid& person) {
  const std::vector<Guid>& all = people();
  const auto at = std::ranges::lower_bound(all, person);
  return at == all.end() || *at != person ? nullptr : &notes[static_cast<std::size_t>(at - all.begin())];
}

}  // namespace porchlight::notify
