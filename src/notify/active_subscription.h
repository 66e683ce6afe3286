// A subscription while it is served: what was last sent for each person, and what is pending. Guarded by the mutex
// of its publisher.
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/box.h"
#include "notify/subscriber_view.h"
#include "notify/subscription_store.h"
#include "watch/watch_registry.h"
#include "webhook/webhook_client.h"

namespace porchlight::notify {

class Publisher;

// All members except on_change() and on_closed() need the publisher's mutex. The publisher must outlive it.
class ActiveSubscription final : public watch::Watcher,
                                 public std::enable_shared_from_this<ActiveSubscription> {
 public:
  enum class Lifecycle : std::uint8_t {
    kActive,
    kExpired,  // its time is over; pending items are still sent
    kRemoved,  // by its owner or by the server; pending items are dropped
  };

  // What the subscriber knows of one person.
  struct PersonDelivery {
    std::uint8_t sent_code;  // code of the state that was sent last, or kSentUnknown
    bool is_queued = false;  // whether a change of this person is in the outbox
  };

  // The last post that the subscriber did not accept.
  struct FailedPost {
    Time at{};
    webhook::PostError error{};
    int status = 0;  // 0: none arrived
  };

  // `last_sent`: as stored, in order of person. For a group or a tenant it also lists the members.
  ActiveSubscription(Publisher& its_publisher, Subscription its_subscription,
                     const std::vector<LastSent>& last_sent);

  // Watcher: forwards to Publisher::on_change.
  std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) override;
  void on_closed() override {}

  // Whether the subscription names its people. Otherwise they are members of a group or a tenant.
  bool names_people() const { return subscription->target.kind == watch::TargetKind::kPeople; }
  // The people whose changes are sent, in order.
  const std::vector<Guid>& people() const { return names_people() ? subscription->target.ids : members; }
  // The entry of a person. Returns null if the subscription does not include them. O(log n).
  PersonDelivery* find(const Guid& person);

  Publisher& publisher;
  std::shared_ptr<const Subscription> subscription;
  std::vector<Guid> members;                                            // of the group or tenant, in order
  boost::container::small_vector<PersonDelivery, 8> person_deliveries;  // by index in people()
  std::vector<std::pair<Guid, VisibleState>> final_states;              // of pending changes, when it expired
  std::optional<watch::WatchRegistry::Id> watch_id;
  std::uint64_t watched_checksum = 0;  // of the keys that it watches
  std::size_t uncompared = 0;   // how many of people(), the last ones, the new watch has still to compare
  Time accepted_at{};           // the last post, since the server started; Time{}: none
  Box<FailedPost> failed_post;  // likewise
  Lifecycle lifecycle = Lifecycle::kActive;
  bool is_reminded = false;     // whether kReauthorizationRequired was queued for this expiry
  bool missed_pending = false;  // whether a kMissed is in the outbox
  bool may_have_moved = false;  // whether the keys to watch may be others, once all people were compared
};

}  // namespace porchlight::notify
