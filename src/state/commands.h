// Commands on users: the interface between those who receive commands and those who carry them out.
#pragma once

#include "base/guid.h"
#include "base/time.h"
#include "presence/event.h"
#include "state/outcome.h"
#include "state/user_key.h"

namespace porchlight::state {

// Carries out commands on users. Implementations: Writer, and the router of a cluster. May be used from any thread.
class Commands {
 public:
  virtual ~Commands() = default;

  // Carries out a command on a user. `done` is called once, on any thread: when the change is durable and visible, or
  // with the error. It may call submit(). `event_id` identifies the command: one that arrives again within
  // kOutcomesKept is not carried out again, and has the outcome of the first. `now` is the time at which it was
  // received.
  virtual void submit(const UserKey& key, const Guid& event_id, const presence::Command& command, Time now,
                      WriteCallback done) = 0;
};

}  // namespace porchlight::state
