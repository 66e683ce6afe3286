// The state of a stream: what was sent of each person, and who is pending. Pure.
//
// For each person the hash of the last presence sent is stored. A person is pending if their presence may differ
// from it; only the present state is sent then. No event is queued.
//
// The id of an event is a digest of all that was sent up to it. A client that resumes with such an id gets what
// has changed since: the people are distributed over kParts parts, and the parts whose digest differs from the
// present one are sent again. This needs no clock, log or state of a process, so it works after a restart, a
// jump of the clock or a change of permissions. The digest reveals nothing but what the client was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"

namespace porchlight::graph {

// Hash of a presence as sent to the client. Never 0: 0 stands for "nothing sent".
using PresenceHash = std::uint32_t;
PresenceHash hash_presence(std::string_view json);

// Not thread-safe. Costs 25 bytes a person; functions of one person are O(log n).
class StreamSync {
 public:
  // Parts of the digest. Up to this number of people, each person has a part of their own.
  static constexpr std::size_t kParts = 16;

  // Replaces the people. For people who remain, the sent state is kept; new people become pending. Returns the
  // removed people whose presence was, or may have been, sent. O(n log n).
  std::vector<Guid> set_people(std::vector<Guid> people);
  std::size_t size() const { return people_.size(); }
  // The people, in order of id.
  std::vector<Guid> people() const;
  // One of them, by index.
  const Guid& person(std::size_t index) const { return people_[index].id; }

  bool has(const Guid& person) const { return index_of(person).has_value(); }
  // Whether the hash differs from the last one sent. False for a person who is not in the stream.
  bool is_changed(const Guid& person, PresenceHash now) const;
  // Marks a person as pending. Does nothing for a person who is pending or not in the stream.
  void mark_pending(const Guid& person);
  bool has_pending() const { return next_pending_ < pending_.size(); }
  // Removes and returns the first pending person. There must be one.
  Guid pop_pending();
  // Records what is sent. Returns false if it equals what was sent last, so that it need not be sent.
  bool mark_sent(const Guid& person, PresenceHash hash);

  // The digest of all that was sent, in base64url.
  std::string id() const;
  // Resumes the stream that produced this id. `now`: the present hash of each person, in the order of people().
  // Only people in parts that differ become pending. Returns false and changes nothing if the id is malformed or
  // belongs to other people.
  bool resume(std::string_view id, std::span<const PresenceHash> now);

 private:
  struct TrackedPerson {
    Guid id;
    PresenceHash sent = 0;  // hash of the last presence sent; 0: none
    bool is_pending = false;
    bool may_be_known = false;  // whether the resumed stream may have sent them
  };
  // The index in people_, or nullopt. O(log n).
  std::optional<std::size_t> index_of(const Guid& person) const;
  void mark_pending_at(std::size_t index);
  void recompute_sums();
  void clear_pending();

  std::vector<TrackedPerson> people_;   // in order of id
  std::uint32_t set_ = 0;               // digest of the ids of people_
  std::vector<std::uint32_t> sums_;     // by part: sum of the hashes sent
  std::vector<std::uint32_t> pending_;  // indexes, each once, oldest first
  std::size_t next_pending_ = 0;        // in pending_
};

}  // namespace porchlight::graph
