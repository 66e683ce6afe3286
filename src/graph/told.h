// What a stream has told of its people, and what it still owes. Pure.
//
// Of each person the fingerprint of what was told last is kept: what is owed is whoever looks different now,
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
using Fingerprint = std::uint32_t;
Fingerprint fingerprint_of(std::string_view told);

class Told {
 public:
  // Up to so many people, each has a part of their own.
  static constexpr std::size_t kParts = 16;

  // Of these people from now on. What was told of those who stay is kept, and whoever is new is owed. Gives
  // the others of whom something was told, or may have been.
  std::vector<Guid> set_people(std::vector<Guid> people);
  std::size_t size() const { return people_.size(); }
  std::vector<Guid> people() const;

  bool has(const Guid& person) const { return place_of(person).has_value(); }
  // Whether this is not what they were last told to look like.
  bool differs(const Guid& person, Fingerprint now) const;
  // They may look different: they are owed, if they are of these people.
  void owe(const Guid& person);
  bool owes() const { return next_owed_ < owed_.size(); }
  // The next who is owed, and is so no longer.
  Guid take_owed();
  // They look like this now; false where it is what was told already.
  bool tell(const Guid& person, Fingerprint fingerprint);

  // The digest, as text.
  std::string id() const;
  // Takes up where the stream left off that gave this id: `now` is what each of the people looks like, in
  // order of people(). Only those of the parts that differ are owed. False, and nothing is changed, where the
  // id is none, or is of other people.
  bool resume(std::string_view id, std::span<const Fingerprint> now);

 private:
  struct Person {
    Guid id;
    Fingerprint told = 0;  // 0: nothing
    bool is_owed = false;
    bool may_be_known = false;  // was perhaps told by the stream that this one goes on from
  };
  std::optional<std::size_t> place_of(const Guid& person) const;
  void owe_at(std::size_t place);
  void sum_up();
  void forget_owed();

  std::vector<Person> people_;       // in order of id
  std::uint32_t set_ = 0;            // a digest of who they are
  std::vector<std::uint32_t> sums_;  // by part: of what was told
  std::vector<std::uint32_t> owed_;  // places, each once, in the order in which they came to be owed
  std::size_t next_owed_ = 0;
};

}  // namespace porchlight::graph
