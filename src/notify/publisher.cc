#include "notify/publisher.h"

#include <algorithm>

#include "presence/record.h"

namespace porchlight::notify {

using presence::kNever;
using state::UserKey;
using Sync = SubscriptionStore::Sync;

namespace {

// What is forgotten at the start goes in pieces of so many.
constexpr std::size_t kForgottenAtOnce = 1000;

// With whose place in the directory the right ends.
UserKey anchor_of(const Subscription& subscription) {
  return {subscription.tenant, subscription.user.value_or(Guid{})};
}

// Whoever watches nobody of a tenant is told when its people, groups and applications change.
UserKey directory_of(const Subscription& subscription) { return {subscription.tenant, Guid{}}; }

// Tells sets of keys apart.
std::uint32_t sum_of(const std::vector<UserKey>& keys) {
  std::size_t sum = keys.size();
  for (const UserKey& key : keys)
    sum = sum * 31 + std::hash<Guid>()(key.tenant) + std::hash<Guid>()(key.user);
  return static_cast<std::uint32_t>(sum ^ sum >> 32);
}

// Calls what it holds, at the latest when the task that it is part of is dropped.
class Promise {
 public:
  explicit Promise(Publisher::Done done) : done_(std::move(done)) {}
  Promise(Promise&& other) noexcept : done_(std::exchange(other.done_, nullptr)) {}
  Promise& operator=(Promise&&) = delete;
  ~Promise() {
    if (done_) done_(Publisher::Outcome::kFailed, nullptr);
  }
  void keep(Publisher::Outcome outcome, Publisher::Held held = nullptr) {
    std::exchange(done_, nullptr)(outcome, std::move(held));
  }

 private:
  Publisher::Done done_;
};

}  // namespace

void Publisher::Slot::give_back() {
  if (Publisher* publisher = std::exchange(publisher_, nullptr)) publisher->leave(place_);
}

Publisher::Publisher(Watchers& watchers, SubscriptionStore& store, webhook::Poster& poster,
                     const Clock& clock, Dialect& dialect, const PublisherSettings& settings)
    : watchers_(watchers),
      store_(store),
      poster_(poster),
      clock_(clock),
      dialect_(dialect),
      settings_(settings),
      registry_(settings.limits) {
  thread_ = std::thread([this] { run(); });
}

Publisher::~Publisher() { close(); }

std::expected<void, std::string> Publisher::start() {
  auto taken_up = take_up_all();
  started_ = taken_up.has_value();
  const Lock lock(mutex_);
  start_ended_ = true;
  looked_.notify_all();
  return taken_up;
}

void Publisher::await_start(std::size_t enough) {
  Lock lock(mutex_);
  looked_.wait(lock, [&] { return start_ended_ || looked_at_ >= enough; });
}

// The lock is free between one and the next: there may be a million of them.
std::expected<void, std::string> Publisher::take_up_all() {
  {
    const Lock lock(mutex_);
    dead_letters_ = store_.dead_letters(kDeadLettersMax).size();
  }
  const Time now = clock_.wall();
  SubscriptionStore::Telling forgotten;
  std::size_t forgotten_count = 0;
  const auto read = store_.each(texts_, [&](Subscription subscription, std::vector<Told> told) {
    const bool rightful = dialect_.is_rightful(subscription);
    const auto listener = make(std::move(subscription), std::move(told));
    if (!rightful || listener->what->expires_at <= now) {
      forgotten.remove(listener->what->id, listener->people());
      if (++forgotten_count % kForgottenAtOnce == 0) store_.write(std::exchange(forgotten, {}), Sync::kNo);
    }
    return take_up(listener, rightful, now);
  });
  if (!forgotten.empty()) store_.write(std::move(forgotten), Sync::kNo);
  return read;
}

// One of the store's, or its last word. False where there is nothing to go on for.
bool Publisher::take_up(const std::shared_ptr<Listener>& listener, bool rightful, Time now) {
  const Lock lock(mutex_);
  if (closing_) return false;
  if (rightful && listener->what->expires_at > now) {
    registry_.take(place_of(*listener->what));
    listeners_.emplace(listener->what->id, listener);
    watch(listener);
  } else {
    listener->life = Listener::Life::kRemoved;
    if (!rightful) owe_event(*listener, What::kSubscriptionRemoved, now);
  }
  ++looked_at_;
  looked_.notify_all();
  return true;
}

void Publisher::close() {
  {
    const Lock lock(mutex_);
    closing_ = true;
    wake_.notify_all();
    settled_.notify_all();
    for (const auto& [id, listener] : listeners_)
      if (listener->watch) watchers_.unwatch(*listener->watch);
  }
  if (thread_.joinable()) thread_.join();
}

std::expected<Publisher::Slot, Denial> Publisher::reserve(const Subscription& subscription) {
  const Place place = place_of(subscription);
  const Lock lock(mutex_);
  const auto denial = registry_.deny(place, [&](const Guid& id) {
    const auto other = listeners_.find(id);
    return other != listeners_.end() && other->second->what->resource == subscription.resource;
  });
  if (denial) return std::unexpected(*denial);
  registry_.take(place);
  return Slot(*this, place);
}

void Publisher::leave(const Place& place) {
  const Lock lock(mutex_);
  registry_.leave(place);
}

void Publisher::add(Slot slot, Subscription subscription, Done done) {
  disk_.run([this, slot = std::move(slot), subscription = std::move(subscription),
             promise = Promise(std::move(done))]() mutable {
    const std::vector<Told> told = told_at_first(subscription);
    SubscriptionStore::Telling telling;
    telling.put(subscription);
    for (const Told& one : told) telling.tell(subscription.id, one);
    if (!store_.write(std::move(telling), Sync::kYes)) return promise.keep(Outcome::kFailed);
    Held held;
    {
      const Lock lock(mutex_);
      const auto listener = make(std::move(subscription), told);
      held = listener->what;
      listeners_.emplace(held->id, listener);
      slot.publisher_ = nullptr;  // the place is the subscription's from now on
      watch(listener);
    }
    promise.keep(Outcome::kDone, std::move(held));
  });
}

void Publisher::change(const Guid& id, std::function<void(Subscription&)> edit, Done done) {
  disk_.run([this, id, edit = std::move(edit), promise = Promise(std::move(done))]() mutable {
    const Held old = find(id, clock_.wall());
    if (!old) return promise.keep(Outcome::kGone);
    const auto changed = [&] {
      Subscription copy = *old;
      edit(copy);
      return std::make_shared<const Subscription>(std::move(copy));
    }();
    SubscriptionStore::Telling telling;
    telling.put(*changed);
    if (!store_.write(std::move(telling), Sync::kYes)) return promise.keep(Outcome::kFailed);
    {
      const Lock lock(mutex_);
      const auto found = listeners_.find(id);
      if (found == listeners_.end()) {
        SubscriptionStore::Telling undone;  // it ended meanwhile
        undone.remove(id, {});
        store_.write(std::move(undone), Sync::kNo);
        return promise.keep(Outcome::kGone);
      }
      const std::shared_ptr<Listener> listener = found->second;
      // What waits for the old URL is owed to the new one instead.
      if (*listener->what->url != *changed->url)
        for (Listener::Note& note : listener->notes) note.waits = false;
      listener->what = changed;
      listener->is_reminded = false;
      watch_again(*listener);
    }
    promise.keep(Outcome::kDone, changed);
  });
}

void Publisher::remove(const Guid& id, Done done) {
  disk_.run([this, id, promise = Promise(std::move(done))]() mutable {
    std::shared_ptr<Listener> listener;
    std::vector<Guid> people;
    {
      const Lock lock(mutex_);
      const auto found = listeners_.find(id);
      if (found == listeners_.end()) return promise.keep(Outcome::kGone);
      listener = found->second;
      people = listener->people();
    }
    SubscriptionStore::Telling telling;
    telling.remove(id, people);
    if (!store_.write(std::move(telling), Sync::kYes)) return promise.keep(Outcome::kFailed);
    {
      const Lock lock(mutex_);
      listener->life = Listener::Life::kRemoved;
      take_down(*listener);
    }
    promise.keep(Outcome::kDone);
  });
}

Publisher::Held Publisher::find(const Guid& id, Time now) const {
  const Lock lock(mutex_);
  const auto found = listeners_.find(id);
  if (found == listeners_.end() || found->second->what->expires_at <= now) return nullptr;
  return found->second->what;
}

std::pair<std::vector<Publisher::Held>, bool> Publisher::list(
    const Place& after, std::size_t limit, Time now,
    const std::function<bool(const Place&)>& in_scope) const {
  const Lock lock(mutex_);
  std::pair<std::vector<Held>, bool> page{};
  registry_.each(after, [&](const Place& place) {
    if (!in_scope(place)) return false;
    const auto found = listeners_.find(place.id);
    if (found == listeners_.end() || found->second->what->expires_at <= now) return true;
    page.second = page.first.size() == limit;
    if (!page.second) page.first.push_back(found->second->what);
    return !page.second;
  });
  return page;
}

std::size_t Publisher::count() const {
  const Lock lock(mutex_);
  return listeners_.size();
}

std::vector<DeadLetter> Publisher::dead_letters(const Guid& tenant, std::size_t limit) const {
  std::vector<DeadLetter> letters = store_.dead_letters(kDeadLettersMax);
  std::erase_if(letters, [&](const DeadLetter& letter) { return letter.tenant != tenant; });
  if (letters.size() > limit) letters.resize(limit);
  return letters;
}

Publisher::Replayed Publisher::replay(const Guid& tenant) {
  Replayed replayed;
  for (const DeadLetter& letter : dead_letters(tenant, kDeadLettersMax)) {
    const Lock lock(mutex_);
    if (!store_.take_dead_letter(letter)) continue;
    --dead_letters_;
    const auto found = listeners_.find(letter.subscription);
    Listener::Note* note = found == listeners_.end() ? nullptr : found->second->find(letter.person);
    if (note == nullptr) {
      ++replayed.gone;
      continue;
    }
    note->told = kUnsure;
    owe_change(*found->second, letter.person, *note, clock_.wall());
    ++replayed.again;
  }
  return replayed;
}

std::optional<Time> Publisher::told(Listener& listener, Time now, std::span<const UserKey> changed) {
  const Lock lock(mutex_);
  if (listener.life != Listener::Life::kLive || closing_) return std::nullopt;
  const Subscription& what = *listener.what;
  if (now >= what.expires_at) return end(listener, Listener::Life::kEnded, now), std::nullopt;
  const bool is_of_directory = std::ranges::binary_search(changed, anchor_of(what)) ||
                               std::ranges::binary_search(changed, directory_of(what));
  if (is_of_directory && !dialect_.is_rightful(what)) {
    end(listener, Listener::Life::kRemoved, now);
    owe_event(listener, What::kSubscriptionRemoved, now);
    return std::nullopt;
  }
  if (is_of_directory && what.scope != Scope::kPeople && refresh_members(listener)) return std::nullopt;
  bool may_be_elsewhere = false;
  for (const UserKey& key : changed) {
    Listener::Note* note = listener.find(key.user);
    if (note == nullptr) continue;
    // Whoever comes or goes in the subscription's own tenant may have to be looked for elsewhere.
    may_be_elsewhere |= key.tenant == what.tenant && dialect_.keys_of(what, key.user).size() > 1;
    if (!note->waits && dialect_.seen(what, key.user, now).state.code() != note->told)
      owe_change(listener, key.user, *note, now);
  }
  if (may_be_elsewhere && sum_of(keys_of(listener)) != listener.watched)
    return watch_again(listener), std::nullopt;
  if (!what.more().lifecycle_url) return what.expires_at;
  const Time reminder = what.expires_at - kReminderBefore;
  if (now < reminder) return reminder;
  if (!std::exchange(listener.is_reminded, true)) owe_event(listener, What::kReauthorizationRequired, now);
  return what.expires_at;
}

// What its caller knows at the beginning.
std::vector<Told> Publisher::told_at_first(const Subscription& subscription) const {
  const Time now = clock_.wall();
  std::vector<Told> told;
  for (const Guid& person : dialect_.people(subscription)) {
    const std::uint8_t code = dialect_.seen(subscription, person, now).state.code();
    // Of the people of a list, those that nobody knows have no row (subscription_store.h).
    if (subscription.scope != Scope::kPeople || code != presence::kPresenceUnknown.code())
      told.push_back({person, code});
  }
  return told;
}

std::shared_ptr<Listener> Publisher::make(Subscription subscription, std::vector<Told> told) {
  return std::make_shared<Listener>(*this, std::move(subscription), std::move(told));
}

void Publisher::watch(const std::shared_ptr<Listener>& listener) {
  std::vector<UserKey> keys = keys_of(*listener);
  listener->watched = sum_of(keys);
  listener->watch = watchers_.watch(std::move(keys), listener);
}

std::vector<UserKey> Publisher::keys_of(const Listener& listener) const {
  const Subscription& what = *listener.what;
  std::vector<UserKey> keys = {anchor_of(what)};
  if (what.scope != Scope::kPeople) keys.push_back(directory_of(what));
  for (const Guid& person : listener.people())
    std::ranges::move(dialect_.keys_of(what, person), std::back_inserter(keys));
  return keys;
}

// Takes over who is in the group or tenant now, and watches them. Whether anybody came or went.
bool Publisher::refresh_members(Listener& listener) {
  std::vector<Guid> members = dialect_.people(*listener.what);
  if (members == listener.members) return false;
  decltype(listener.notes) notes;
  for (const Guid& person : members) {
    const Listener::Note* note = listener.find(person);
    notes.push_back(note != nullptr ? *note : Listener::Note{presence::kPresenceUnknown.code()});
  }
  SubscriptionStore::Telling telling;
  for (const Guid& person : listener.members)
    if (!std::ranges::binary_search(members, person)) telling.forget(listener.what->id, person);
  listener.members = std::move(members);
  listener.notes = std::move(notes);
  if (!telling.empty()) store_.write(std::move(telling), Sync::kNo);
  watch_again(listener);
  return true;
}

void Publisher::watch_again(Listener& listener) {
  if (listener.watch) watchers_.unwatch(*listener.watch);
  watch(listener.shared_from_this());
}

void Publisher::owe_change(Listener& listener, const Guid& person, Listener::Note& note, Time since) {
  if (std::exchange(note.waits, true)) return;
  outbox_.add(*listener.what->url, {listener.shared_from_this(), What::kChange, person, since}, moment());
  wake_.notify_all();
}

void Publisher::owe_event(Listener& listener, What what, Time since) {
  const Text& url = listener.what->more().lifecycle_url;
  if (!url || (what == What::kMissed && std::exchange(listener.is_missing, true))) return;
  outbox_.add(*url, {listener.shared_from_this(), what, {}, since}, moment());
  wake_.notify_all();
}

void Publisher::end(Listener& listener, Listener::Life life, Time now) {
  listener.life = life;
  const Subscription& what = *listener.what;
  if (life == Listener::Life::kEnded) {
    const Time last = what.last_by(now);
    for (std::size_t i = 0; i < listener.notes.size(); ++i) {
      const Guid& person = listener.people()[i];
      if (listener.notes[i].waits || listener.notes[i].told == kUnsure)
        listener.last_words.emplace_back(person, dialect_.seen(what, person, last));
    }
  }
  take_down(listener);
  // Not synced: a start finds out by itself that it has ended.
  SubscriptionStore::Telling telling;
  telling.remove(what.id, listener.people());
  store_.write(std::move(telling), Sync::kNo);
}

void Publisher::take_down(Listener& listener) {
  const std::shared_ptr<Listener> kept = listener.shared_from_this();
  if (listeners_.erase(listener.what->id) == 0) return;
  registry_.leave(place_of(*listener.what));
  if (listener.watch) watchers_.unwatch(*listener.watch);
}

}  // namespace porchlight::notify
