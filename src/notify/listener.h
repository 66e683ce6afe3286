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

#include "notify/dialect.h"
#include "notify/subscription_store.h"
#include "notify/watchers.h"

namespace porchlight::notify {

class Publisher;

class Listener final : public Watcher, public std::enable_shared_from_this<Listener> {
 public:
  enum class Life : std::uint8_t {
    kLive,
    kEnded,    // its time is over; what waits is still told
    kRemoved,  // by its owner or by us; what waits is forgotten
  };

  // Of one person.
  struct Note {
    std::uint8_t told;   // the code of the state that was told last, or kUnsure
    bool waits = false;  // a change of this person is in the outbox
  };

  Listener(Publisher& its_publisher, Subscription subscription, std::vector<Told> told);

  std::optional<Time> told(Time now, std::span<const state::UserKey> changed) override;
  void closed() override {}

  // Whom it tells of, in order.
  const std::vector<Guid>& people() const { return what->scope == Scope::kPeople ? what->ids : members; }
  // The note of a person; nothing where it does not tell of them.
  Note* find(const Guid& person);

  Publisher& publisher;
  std::shared_ptr<const Subscription> what;
  std::vector<Guid> members;                      // of a group or a tenant, in order
  boost::container::small_vector<Note, 8> notes;  // by place in people()
  std::vector<std::pair<Guid, Seen>> last_words;  // what waited when it ended
  std::optional<Watchers::Id> watch;
  std::uint32_t watched = 0;  // tells the keys that it watches from others
  Life life = Life::kLive;
  bool is_reminded = false;  // of its end
  bool is_missing = false;   // a kMissed is in the outbox
};

}  // namespace porchlight::notify
