// The publisher's own thread: what is due is chosen, posted, and what came of it is remembered.
#include <algorithm>

#include "notify/publisher.h"

namespace porchlight::notify {
namespace {

// The longest sleep: the system clock's finer count must hold its end.
constexpr Duration kLongestSleep = std::chrono::days(1);
// What is served with one write to the disk. Requests for subscriptions wait while it is chosen.
constexpr std::size_t kTurnsAtOnce = 64;
constexpr std::size_t kItemsAtOnce = 4 * kItemsPerPostMax;

// What was in the outbox of an ended listener.
std::optional<Seen> last_word(const Listener& listener, const Guid& person) {
  const auto found = std::ranges::find(listener.last_words, person, &std::pair<Guid, Seen>::first);
  if (found == listener.last_words.end()) return std::nullopt;
  return found->second;
}

// The note of the person that this change is of, unless it is not to be told any more: forgotten, or told
// elsewhere by now.
Listener::Note* note_of(const Owed& owed, std::string_view url) {
  Listener& listener = *owed.listener;
  if (listener.life == Listener::Life::kRemoved || *listener.what->url != url) return nullptr;
  return listener.find(owed.person);
}

void tell(SubscriptionStore::Telling& telling, const Listener& listener, const Told& told) {
  if (listener.life != Listener::Life::kLive) return;
  // Of a list, who is not known has no row; of a group, who has no row is not in it.
  if (told.code == presence::kPresenceUnknown.code() && listener.what->scope == Scope::kPeople)
    telling.forget(listener.what->id, told.person);
  else
    telling.tell(listener.what->id, told);
}

}  // namespace

void Publisher::clock_advanced() {
  Lock lock(mutex_);
  wake_.notify_all();
  settled_.wait(lock, [this] {
    return closing_ || (!busy_ && arrived_.empty() && outbox_.first_due() > clock_.wall());
  });
}

void Publisher::run() {
  Lock lock(mutex_);
  while (!closing_) {
    if (!arrived_.empty()) {
      take_replies(lock);
    } else if (outbox_.first_due() <= clock_.wall()) {
      take_turns(lock);
    } else {
      settled_.notify_all();
      sleep_until(outbox_.first_due(), lock);
    }
  }
}

void Publisher::sleep_until(Time due, Lock& lock) {
  if (due == presence::kNever || clock_.stands_still()) return wake_.wait(lock);
  wake_.wait_until(lock, std::chrono::system_clock::time_point(std::min(due, clock_.wall() + kLongestSleep)));
}

// Posts what the URLs that are due are owed. What is about to leave is first marked as unsure on disk, for
// all of them at once: whatever happens from then on, it is not taken for told.
void Publisher::take_turns(Lock& lock) {
  const Moment now = moment();
  SubscriptionStore::Telling telling;
  std::vector<std::pair<std::shared_ptr<Sent>, Duration>> leaving;
  std::size_t items = 0;
  for (std::size_t i = 0; i < kTurnsAtOnce && items < kItemsAtOnce && outbox_.first_due() <= now.wall; ++i) {
    Outbox::Turn turn = outbox_.next_turn(now);
    items += turn.items.size();
    give_up(turn.url, turn.dropped, telling, now.wall);
    Sent sent = choose(turn, telling, now.wall);
    if (!sent.items.empty())
      leaving.emplace_back(std::make_shared<Sent>(std::move(sent)), turn.timeout);
    else if (!turn.items.empty())
      outbox_.nothing_sent(turn.url, now);
  }
  busy_ = true;
  lock.unlock();
  const bool marked = telling.empty() || store_.write(std::move(telling), SubscriptionStore::Sync::kYes);
  if (marked)
    for (const auto& [sent, timeout] : leaving) send(sent, timeout);
  lock.lock();
  busy_ = false;
  if (marked) return;
  for (const auto& [sent, timeout] : leaving) take_back(*sent);
}

// What the disk does not know to be sent stays here until it does: it counts as told as before.
void Publisher::take_back(Sent& sent) {
  for (std::size_t i = 0; i < sent.items.size(); ++i) {
    if (sent.items[i].what != What::kChange) continue;
    if (Listener::Note* const note = note_of(sent.items[i], sent.url)) note->told = sent.told_before[i];
  }
  outbox_.put_back(sent.url, still_owed(sent), moment());
}

// Where it cannot be put into words, it counts as a post that failed.
void Publisher::send(const std::shared_ptr<Sent>& sent, Duration timeout) {
  auto arrive = [this, sent](webhook::Reply reply) {
    const Lock lock(mutex_);
    arrived_.push_back({sent, std::move(reply)});
    wake_.notify_all();
  };
  auto body = dialect_.body(sent->notices, clock_.wall());
  if (!body) return arrive({.fault = webhook::Fault::kOther});
  poster_.post(
      {.url = sent->url, .content_type = "application/json", .body = *std::move(body), .timeout = timeout},
      std::move(arrive));
}

// Of what waits, that which a read would still show differently from what was told.
Publisher::Sent Publisher::choose(Outbox::Turn& turn, SubscriptionStore::Telling& telling, Time now) {
  Sent sent{turn.url, {}, {}, {}};
  for (Owed& owed : turn.items) {
    Listener& listener = *owed.listener;
    if (owed.what != What::kChange) {
      sent.notices.push_back({listener.what, owed.what, {}, {presence::kPresenceUnknown, 0}});
      sent.told_before.push_back(kUnsure);
      sent.items.push_back(std::move(owed));
      continue;
    }
    Listener::Note* note = note_of(owed, turn.url);
    if (note == nullptr) continue;
    note->waits = false;
    const auto seen = listener.life == Listener::Life::kEnded
                          ? last_word(listener, owed.person)
                          : dialect_.seen(*listener.what, owed.person, listener.what->last_by(now));
    if (!seen || seen->state.code() == note->told) continue;
    // What changed since the last try is tried for four hours of its own.
    if (owed.tried.value_or(seen->state.code()) != seen->state.code()) owed.since = now;
    owed.tried = seen->state.code();
    sent.told_before.push_back(std::exchange(note->told, kUnsure));
    if (sent.told_before.back() != kUnsure) tell(telling, listener, {owed.person, kUnsure});
    sent.notices.push_back({listener.what, What::kChange, owed.person, *seen});
    sent.items.push_back(std::move(owed));
  }
  return sent;
}

void Publisher::take_replies(Lock& lock) {
  SubscriptionStore::Telling telling;
  for (const Arrived& arrived : std::exchange(arrived_, {})) {
    const webhook::Reply& reply = arrived.reply;
    const bool taken = reply.accepted();
    const Moment now = moment();
    if (taken) note_taken(*arrived.sent, telling);
    std::vector<Owed> back = taken ? std::vector<Owed>() : still_owed(*arrived.sent);
    const auto over =
        outbox_.answered(arrived.sent->url, {taken, reply.took}, std::move(back), now, random_.next());
    give_up(arrived.sent->url, over, telling, now.wall);
  }
  if (telling.empty()) return;
  busy_ = true;
  lock.unlock();
  store_.write(std::move(telling), SubscriptionStore::Sync::kNo);
  lock.lock();
  busy_ = false;
}

void Publisher::note_taken(const Sent& sent, SubscriptionStore::Telling& telling) {
  for (std::size_t i = 0; i < sent.items.size(); ++i) {
    const Owed& owed = sent.items[i];
    if (owed.what == What::kMissed) owed.listener->is_missing = false;
    if (owed.what != What::kChange) continue;
    Listener::Note* note = note_of(owed, sent.url);
    if (note == nullptr) continue;
    note->told = sent.notices[i].seen.state.code();
    tell(telling, *owed.listener, {owed.person, note->told});
  }
}

// What changed once more meanwhile is in the outbox already.
std::vector<Owed> Publisher::still_owed(Sent& sent) {
  std::erase_if(sent.items, [&](const Owed& owed) {
    if (owed.what != What::kChange) return false;
    Listener::Note* note = note_of(owed, sent.url);
    return note == nullptr || std::exchange(note->waits, true);
  });
  return std::move(sent.items);
}

// Whoever missed something reads everything once (spec notifications §8). It still counts as not told: it is
// owed again as soon as the person is looked at again, as at a change or a renewal.
void Publisher::give_up(const std::string& url, const std::vector<Owed>& dropped,
                        SubscriptionStore::Telling& telling, Time now) {
  std::size_t count = 0;
  for (const Owed& owed : dropped) {
    Listener& listener = *owed.listener;
    if (owed.what == What::kMissed) listener.is_missing = false;
    if (owed.what != What::kChange) continue;
    Listener::Note* note = note_of(owed, url);
    if (note == nullptr) continue;
    note->waits = false;
    if (listener.life == Listener::Life::kLive) bury(listener, owed.person, telling, now);
    owe_event(listener, What::kMissed, now);
    ++count;
  }
  if (count != 0 && settings_.dropped) settings_.dropped(count, origin_of(url));
}

void Publisher::bury(const Listener& listener, const Guid& person, SubscriptionStore::Telling& telling,
                     Time now) {
  if (!settings_.dead_letters) return;
  if (dead_letters_ >= kDeadLettersMax) {
    for (const DeadLetter& oldest : store_.dead_letters(1))
      if (store_.take_dead_letter(oldest)) --dead_letters_;
  }
  const Subscription& what = *listener.what;
  telling.bury({now, what.id, person, what.tenant, what.app});
  ++dead_letters_;
}

}  // namespace porchlight::notify
