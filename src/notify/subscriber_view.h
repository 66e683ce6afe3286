// What subscribers see and how it is said to them: given by the dialect that they speak.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "notify/subscription.h"
#include "presence/state.h"
#include "state/user_key.h"

namespace porchlight::notify {

// A person as a subscriber's reads show them.
struct VisibleState {
  presence::State state;
  std::uint64_t sequence;
};

enum class NotificationKind : std::uint8_t {
  kChange,
  // Of the subscription's own life (spec notifications §8).
  kReauthorizationRequired,
  kSubscriptionRemoved,
  kMissed,
};

// One item of a body.
struct Notification {
  std::shared_ptr<const Subscription> subscription;
  NotificationKind kind;
  Guid person;  // of a change, as is what follows
  VisibleState seen;
};

class SubscriberView {
 public:
  virtual ~SubscriberView() = default;

  // Any thread. Whom the subscription speaks of now, in order.
  virtual std::vector<Guid> people(const Subscription& subscription) const = 0;
  // Any thread. The keys to watch for these people (watch::watch_keys).
  virtual std::vector<state::UserKey> watch_keys(const Subscription& subscription,
                                                 std::span<const Guid> people) const = 0;
  // Any thread. Whether watch_keys() may return further keys after these changes (watch::may_have_moved).
  virtual bool may_have_moved(const Subscription& subscription,
                              std::span<const state::UserKey> changed) const = 0;
  // Any thread.
  virtual VisibleState visible_state(const Subscription& subscription, const Guid& person,
                                     Time now) const = 0;
  // Any thread. Whether what its right rests on is still there.
  virtual bool is_still_permitted(const Subscription& subscription) const = 0;
  // The body of one POST; nothing where it cannot be made, and then nothing is sent. On the publisher's
  // thread.
  virtual std::optional<std::string> render(std::span<const Notification> notifications, Time now) = 0;
};

}  // namespace porchlight::notify
