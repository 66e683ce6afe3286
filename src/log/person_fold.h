// The fold of the events of one user (docs/log_format.md, "Folding events"): the only place that decides which events
// count. The live view, the replay at start-up, the writer's open batch and the history all use it.
#pragma once

#include <cstdint>

#include "log/event.h"
#include "presence/record.h"

namespace porchlight::log {

// What an event does to the user that is its subject.
enum class PersonEffect : std::uint8_t {
  kNone,  // a repetition, presence of a user who does not exist, or no event of a user
  kVersion,  // uses up a version and leaves the record: administratorSet, and a kind that this build does not know
  kPresence,  // changes the presence record
  kAdded,     // creates the user, with an empty record
  kProfile,   // replaces userPrincipalName and name of an existing user
  kRemoved,   // deletes the user and the record; the next version is 1
};

// The effect on a user who `exists` and whose last applied event had this version (any value if the user does not
// exist). Changes nothing. After any effect except kNone and kRemoved, the user's version is the event's.
PersonEffect person_effect(bool exists, std::uint64_t version, const Event& event);

// Whether the event may be one of a user: presence, a change of the user, or a kind that this build does not know.
bool may_concern_person(const Event& event);

// A user as the events so far leave them, profile aside.
struct PersonFold {
  bool exists = false;
  std::uint64_t version = 0;  // of the last event applied; 0 if the user does not exist
  presence::Record record;
};

// Applies an event whose subject is this user, and returns its effect.
PersonEffect apply(PersonFold& person, const Event& event);

}  // namespace porchlight::log
