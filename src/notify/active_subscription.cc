// Start of a subscription from its stored rows, and the lookup of a person. people() is sorted, and
// person_deliveries is parallel to it: that costs two bytes a person.
#include "notify/active_subscription.h"

#include <algorithm>

#include "notify/publisher.h"

namespace porchlight::notify {

ActiveSubscription::ActiveSubscription(Publisher& its_publisher, Subscription its_subscription,
                                       const std::vector<LastSent>& last_sent)
    : publisher(its_publisher),
      subscription(std::make_shared<const Subscription>(std::move(its_subscription))) {
  if (!names_people()) {
    for (const LastSent& one : last_sent) members.push_back(one.person);
  }
  person_deliveries.resize(people().size(), {presence::kPresenceUnknown.code(), false});
  for (const LastSent& one : last_sent)
    if (PersonDelivery* person_delivery = find(one.person)) person_delivery->sent_code = one.code;
}

std::optional<Time> ActiveSubscription::on_change(Time now, std::span<const state::UserKey> changed) {
  return publisher.on_change(*this, now, changed);
}

ActiveSubscription::PersonDelivery* ActiveSubscription::find(const Guid& person) {
  const std::vector<Guid>& all = people();
  const auto at = std::ranges::lower_bound(all, person);
  return at == all.end() || *at != person ? nullptr
                                          : &person_deliveries[static_cast<std::size_t>(at - all.begin())];
}

}  // namespace porchlight::notify
