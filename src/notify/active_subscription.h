// One subscription at work: what it told of whom, and what it is still to tell. Guarded by its publisher's
// lock.
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "notify/subscriber_view.h"
#include "notify/subscription_store.h"
#include "watch/watch_registry.h"

namespace porchlight::notify {

class Publisher;

class ActiveSubscription final : public watch::Watcher,
                                 public std::enable_shared_from_this<ActiveSubscription> {
 public:
  enum class Lifecycle : std::uint8_t {
    kActive,
    kExpired,  // its time is over; what waits is still told
    kRemoved,  // by its owner or by us; what waits is forgotten
  };

  // Of one person.
  struct PersonDelivery {
    std::uint8_t sent_code;  // the code of the state that was told last, or kSentUnknown
    bool is_queued = false;  // a change of this person is in the outbox
  };

  ActiveSubscription(Publisher& its_publisher, Subscription its_subscription,
                     std::vector<LastSent> last_sent);

  std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) override;
  void on_closed() override {}

  // Whether the subscription names its people. Otherwise they are members of a group or a tenant.
  bool names_people() const { return subscription->target.kind == watch::TargetKind::kPeople; }
  // Whom it tells of, in order.
  const std::vector<Guid>& people() const { return names_people() ? subscription->target.ids : members; }
  // The note of a person; nothing where it does not tell of them.
  PersonDelivery* find(const Guid& person);

  Publisher& publisher;
  std::shared_ptr<const Subscription> subscription;
  std::vector<Guid> members;                                            // of a group or a tenant, in order
  boost::container::small_vector<PersonDelivery, 8> person_deliveries;  // by place in people()
  std::vector<std::pair<Guid, VisibleState>> final_states;              // what waited when it ended
  std::optional<watch::WatchRegistry::Id> watch_id;
  std::uint64_t watched_checksum = 0;  // of the keys that it watches
  Lifecycle lifecycle = Lifecycle::kActive;
  bool is_reminded = false;     // of its end
  bool missed_pending = false;  // a kMissed is in the outbox
};

}  // namespace porchlight::notify
