#include "log/person_fold.h"

#include "base/overloaded.h"
#include "presence/rules.h"

namespace porchlight::log {

namespace {

bool is_of_person(const Event& event, const directory::EntityChange& change) {
  return std::holds_alternative<directory::UserPut>(change) ||
         std::holds_alternative<directory::UserRemoved>(change) ||
         (std::holds_alternative<directory::AdministratorSet>(change) && !event.subject.is_nil());
}

// The effect of a directory event with a new version on a user.
PersonEffect effect_of(const directory::EntityChange& change, bool exists) {
  if (std::holds_alternative<directory::UserPut>(change))
    return exists ? PersonEffect::kProfile : PersonEffect::kAdded;
  if (!exists) return PersonEffect::kNone;
  return std::holds_alternative<directory::UserRemoved>(change) ? PersonEffect::kRemoved
                                                                : PersonEffect::kVersion;
}

}  // namespace

// A user who does not exist has no version, so any put creates them; versions start again at 1 after a removal. An
// event that is applied twice therefore counts once while the user exists. A put repeated after the removal creates
// the user again, but the repeated removal follows it: applying the end of the log again, from any place on, leads to
// the same state.
PersonEffect person_effect(bool exists, std::uint64_t version, const Event& event) {
  const bool is_new = !exists || event.version > version;
  if (!is_new) return PersonEffect::kNone;
  const auto if_exists = [&](PersonEffect effect) { return exists ? effect : PersonEffect::kNone; };
  return std::visit(Overloaded{
                        [&](const presence::Event&) { return if_exists(PersonEffect::kPresence); },
                        [&](const DirectoryEvent& change) {
                          return is_of_person(event, change.what) ? effect_of(change.what, exists)
                                                                  : PersonEffect::kNone;
                        },
                        [&](const SkippedEvent&) { return if_exists(PersonEffect::kVersion); },
                    },
                    event.body);
}

bool may_concern_person(const Event& event) {
  const auto* const change = std::get_if<DirectoryEvent>(&event.body);
  return !change || is_of_person(event, change->what);
}

PersonEffect apply(PersonFold& person, const Event& event) {
  const PersonEffect effect = person_effect(person.exists, person.version, event);
  if (effect == PersonEffect::kNone) return effect;
  if (effect == PersonEffect::kRemoved) {
    person = {};
    return effect;
  }
  if (effect == PersonEffect::kPresence)
    presence::apply(person.record, std::get<presence::Event>(event.body));
  person.exists = true;
  person.version = event.version;
  return effect;
}

}  // namespace porchlight::log
