// What the publisher needs to know from the API that its subscribers use: which people and states they may see,
// and the body of a notification. Implemented by graph/subscriptions/notification_renderer.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/trace_context.h"
#include "notify/subscription.h"
#include "presence/state.h"
#include "state/user_key.h"

namespace porchlight::notify {

// A person's presence as a read by the subscriber would show it.
struct VisibleState {
  presence::State state;
  std::uint64_t sequence;
};

// What an item reports.
enum class NotificationKind : std::uint8_t {
  kChange,
  // Lifecycle notifications (spec notifications §8).

  kReauthorizationRequired,
  kSubscriptionRemoved,
  kMissed,
};

// One item of a body.
struct Notification {
  std::shared_ptr<const Subscription> subscription;
  NotificationKind kind;
  Guid person;  // of a kChange, like `seen`
  VisibleState seen;
};

// Thread-safe, except where a function names its thread.
class SubscriberView {
 public:
  virtual ~SubscriberView() = default;

  // The people of the subscription's target at present, in order.
  virtual std::vector<Guid> people(const Subscription& subscription) const = 0;
  // The keys to watch for these people (watch::watch_keys).
  virtual std::vector<state::UserKey> watch_keys(const Subscription& subscription,
                                                 std::span<const Guid> people) const = 0;
  // Whether watch_keys() may return further keys after these changes (watch::may_have_moved).
  virtual bool may_have_moved(const Subscription& subscription,
                              std::span<const state::UserKey> changed) const = 0;
  // PresenceUnknown if the subscriber sees no such person.
  virtual VisibleState visible_state(const Subscription& subscription, const Guid& person,
                                     Time now) const = 0;
  // Whether the settings and the directory still grant the subscription.
  virtual bool is_still_permitted(const Subscription& subscription) const = 0;
  // The body of one POST. Returns nullopt if it cannot be encrypted. On the publisher's thread only.
  virtual std::optional<std::string> render(std::span<const Notification> notifications, Time now) = 0;
  // The span that caused that POST; nullopt if no traced request did.
  virtual std::optional<TraceContext> cause(std::span<const Notification>, Time) const { return {}; }
};

}  // namespace porchlight::notify
