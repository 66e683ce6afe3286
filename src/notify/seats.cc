#include "notify/seats.h"

namespace porchlight::notify {

std::optional<Seats::Seat> Seats::take(const Guid& tenant, const Guid& app, std::size_t people) {
  const Seat::App who(tenant, app);
  const std::scoped_lock lock(mutex_);
  const auto found = by_app_.find(who);
  const Count own = found == by_app_.end() ? Count{} : found->second;
  const bool fits = all_.waits < limits_.waits && own.waits < limits_.waits_per_app &&
                    all_.people + people <= limits_.people && own.people + people <= limits_.people_per_app;
  if (!fits) return std::nullopt;
  for (Count* count : {&all_, &by_app_[who]}) {
    ++count->waits;
    count->people += people;
  }
  return Seat(*this, who, people);
}

void Seats::leave(const Seat::App& app, std::size_t people) {
  const std::scoped_lock lock(mutex_);
  const auto own = by_app_.find(app);
  for (Count* count : {&all_, &own->second}) {
    --count->waits;
    count->people -= people;
  }
  if (own->second.waits == 0) by_app_.erase(own);
}

}  // namespace porchlight::notify
