// What a stream has told of its people, and what it still owes. Pure.
//
// Of each person the hash of what was told last is kept: what is owed is whoever looks different now,
// and of them only what they look like now. Nothing waits in a queue.
//
// An event's id is a digest of all that was told up to it. A client that comes back with one is told what has
// changed since: the people are dealt out over kParts parts, and a part whose digest is not what it would be
// now is told again. That depends on no clock, no log and no process: it holds after a restart, a jump of the
// clock, a change of rights. It tells the client nothing but what it was told.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"

namespace porchlight::graph {

// What was told of a person, as a number that is never 0.
using PresenceHash = std::uint32_t;
PresenceHash hash_presence(std::string_view json);

class StreamSync {
 public:
  // Up to so many people, each has a part of their own.
  static constexpr std::size_t kParts = 16;

  // Of these people from now on. What was told of those who stay is kept, and whoever is new is owed. Gives
  // the others of whom something was told, or may have been.
  std::vector<Guid> set_people(std::vector<Guid> people);
  std::size_t size() const { return people_.size(); }
  std::vector<Guid> people() const;

  bool has(const Guid& person) const { return index_of(person).has_value(); }
  // Whether this is not what they were last told to look like.
  bool is_changed(const Guid& person, PresenceHash now) const;
  // They may look different: they are owed, if they are of these people.
  void mark_pending(const Guid& person);
  bool has_pending() const { return next_pending_ < pending_.size(); }
  // The next who is owed, and is so no longer.
  Guid pop_pending();
  // They look like this now; false where it is what was told already.
  bool mark_sent(const Guid& person, PresenceHash hash);

  // The digest, as text.
  std::string id() const;
  // Takes up where the stream left off that gave this id: `now` is what each of the people looks like, in
  // order of people(). Only those of the parts that differ are owed. False, and nothing is changed, where the
  // id is none, or is of other people.
  bool resume(std::string_view id, std::span<const PresenceHash> now);

 private:
  struct TrackedPerson {
    Guid id;
    PresenceHash sent = 0;  // 0: nothing
    bool is_pending = false;
    bool may_be_known = false;  // was perhaps told by the stream that this one goes on from
  };
  std::optional<std::size_t> index_of(const Guid& person) const;
  void mark_pending_at(std::size_t index);
  void recompute_sums();
  void clear_pending();

  std::vector<TrackedPerson> people_;   // in order of id
  std::uint32_t set_ = 0;               // a digest of who they are
  std::vector<std::uint32_t> sums_;     // by part: of what was told
  std::vector<std::uint32_t> pending_;  // places, each once, in the order in which they came to be owed
  std::size_t next_pending_ = 0;
};

}  // namespace porchlight::graph
