// Random histories of one user for the property tests. The seed determines the whole history.
#pragma once

#include <vector>

#include "presence/naive.h"
#include "presence/rules.h"
#include "presence/story.h"

namespace porchlight::presence::testing {

// Histories, lives and fading are in whole minutes, so checking every minute sees every change.
inline constexpr Duration kStep = std::chrono::minutes(1);

// A random generator (SplitMix64): seeding is free, and the sequences of neighbouring seeds are unrelated.
class Dice {
 public:
  using result_type = std::uint64_t;
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return (*this)() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <typename Range>
  auto pick(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::uint64_t state_;
};

inline SessionKey any_key(Dice& dice) {
  static const std::vector<SessionKey> kSessionKeys = {key("A"), key("A2"), key("A3"),
                                                       key("B"), key("B2"), key("C")};
  return dice.pick(kSessionKeys);
}

inline Command any_command(Dice& dice) {
  const auto minutes = [&](std::uint64_t from, std::uint64_t to) {
    return std::chrono::minutes(from + dice.below(to - from + 1));
  };
  switch (dice.below(10)) {
    case 0:
    case 1:
      return ClearSession{any_key(dice)};
    case 2:
    case 3:
      return SetPreferred{dice.pick(preferred_states()), minutes(1, 20)};
    case 4:
      return ClearPreferred{};
    case 5: {
      const auto settable = documented_states().first(documented_states().size() - 1);  // not PresenceUnknown
      SetSession set{any_key(dice), dice.pick(settable), std::nullopt, true};
      if (dice.one_in(2)) set.life = minutes(5, 25);
      return set;
    }
    default: {
      SetSession set{any_key(dice), dice.pick(session_states()), std::nullopt, false};
      if (!dice.one_in(4)) set.life = dice.one_in(50) ? minutes(5, 240) : minutes(5, 25);
      if (dice.one_in(3)) set.state = kAvailable;  // the one that fades
      return set;
    }
  }
}

// Applies the command to the naive model. It must be one that decide() accepts.
inline void apply_naively(NaivePerson& person, const Command& command, Time now) {
  if (const auto* set = std::get_if<SetSession>(&command)) {
    const Time until = set->life ? now + *set->life : (set->client ? kNever : now + std::chrono::minutes(5));
    person.sessions.insert_or_assign(set->key,
                                     NaiveLife{set->state.availability(), set->state.activity(), now, until});
  } else if (const auto* clear = std::get_if<ClearSession>(&command)) {
    person.sessions.erase(clear->key);
  } else if (const auto* prefer = std::get_if<SetPreferred>(&command)) {
    person.preferred =
        NaiveLife{prefer->state.availability(), prefer->state.activity(), now, now + *prefer->life};
  } else {
    person.preferred.reset();
  }
}

// The time to the next event: often zero or near a fading time, sometimes hours.
inline Duration random_wait(Dice& dice) {
  if (dice.one_in(3)) return Duration(0);
  if (dice.one_in(40)) return kStep * static_cast<int>(dice.below(240));
  return kStep * static_cast<int>(dice.below(13));
}

// A time at which every input of the record that expires has expired.
inline Time end_of_all(const Record& record, Time now) {
  Time end = now;
  for (const Session& session : record.sessions)
    if (!session.never_expires()) end = std::max(end, session.expires_at());
  if (record.preferred()) end = std::max(end, record.preferred()->expires_at);
  return end + kStep;
}

// A history of events and what it leads to: the record, the naive model, and the time of the last command.
struct History {
  Record record;
  NaivePerson naive;
  Time now = kStart;
  std::vector<Event> events;
};

inline History any_history(Dice& dice) {
  History history;
  const std::size_t length = 1 + dice.below(9);
  for (std::size_t i = 0; i < length; ++i) {
    history.now += random_wait(dice);
    const Command command = any_command(dice);
    const auto outcome = decide(history.record, command, history.now);
    if (!outcome || !*outcome) continue;
    apply(history.record, **outcome);
    apply_naively(history.naive, command, history.now);
    history.events.push_back(**outcome);
  }
  return history;
}

// Whether the rules and the naive model show the same pair.
inline bool agree(State state, NaivePair pair) {
  return state.availability() == pair.availability && state.activity() == pair.activity;
}

}  // namespace porchlight::presence::testing
