#include "notify/seats.h"

namespace porchlight::notify {

std::optional<Seats::Seat> Seats::take(const Guid& tenant, const Guid& app, std::size_t people,
                                       const std::optional<Guid>& user) {
  const Seat::App who(tenant, app);
  std::optional<Seat::App> person;
  if (user) person.emplace(tenant, *user);
  const std::scoped_lock lock(mutex_);
  const auto found = by_app_.find(who);
  const Count own = found == by_app_.end() ? Count{} : found->second;
  const bool may_wait = all_.waits < limits_.waits && own.waits < limits_.waits_per_app;
  if (!may_wait || !fits(own, people)) return std::nullopt;
  if (person) {
    std::size_t& waits = by_user_[*person];
    if (waits >= limits_.waits_per_user) return std::nullopt;
    ++waits;
  }
  for (Count* count : {&all_, &by_app_[who]}) {
    ++count->waits;
    count->people += people;
  }
  return Seat(*this, who, person, people);
}

bool Seats::fits(const Count& own, std::size_t more) const {
  return all_.people + more <= limits_.people && own.people + more <= limits_.people_per_app;
}

bool Seats::Seat::resize(std::size_t people) {
  const std::scoped_lock lock(seats_->mutex_);
  Count& own = seats_->by_app_.at(app_);
  if (people > people_ && !seats_->fits(own, people - people_)) return false;
  for (Count* count : {&seats_->all_, &own}) count->people += people - people_;
  people_ = people;
  return true;
}

void Seats::leave(const Seat& seat) {
  const std::scoped_lock lock(mutex_);
  const auto own = by_app_.find(seat.app_);
  for (Count* count : {&all_, &own->second}) {
    --count->waits;
    count->people -= seat.people_;
  }
  if (own->second.waits == 0) by_app_.erase(own);
  if (!seat.user_) return;
  const auto user = by_user_.find(*seat.user_);
  if (--user->second == 0) by_user_.erase(user);
}

}  // namespace porchlight::notify
