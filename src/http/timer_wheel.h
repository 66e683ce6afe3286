// The deadlines of a loop's connections, in a timing wheel. An entry that fires only asks for a check: a
// connection whose deadline has moved is queued again, so activity costs nothing here.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>

#include "base/time.h"

namespace porchlight::http {

// Base of what can be queued: the connection.
class TimerEntry {
 public:
  // Whether the entry is in a wheel, and for when.
  bool is_queued() const { return next_ != nullptr; }
  SteadyTime queued_until() const { return when_; }

 private:
  friend class TimerWheel;
  TimerEntry* next_ = nullptr;
  TimerEntry* previous_ = nullptr;
  SteadyTime when_{};
};

// Not thread-safe. Entries must be removed before they are destroyed.
class TimerWheel {
 public:
  explicit TimerWheel(SteadyTime now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Queues the entry, or moves it if it is queued.
  void queue(TimerEntry& item, SteadyTime when);
  // Removes the entry, if it is queued.
  void remove(TimerEntry& item);
  // Removes and returns an entry that is due at `now`, earlier ones first within a tick. Returns null if none
  // is.
  TimerEntry* pop_due(SteadyTime now);
  // The earliest time at which an entry may be due; max() if none is queued.
  SteadyTime next_due() const { return next_due_; }

 private:
  static constexpr std::size_t kSlots = 512;
  static constexpr Duration kTick{256};  // so the wheel spans two minutes

  std::int64_t tick_of(SteadyTime time) const { return time.time_since_epoch() / kTick; }
  static std::size_t slot_index(std::int64_t tick) { return static_cast<std::size_t>(tick) % kSlots; }
  TimerEntry& slot(std::int64_t tick) { return slots_[slot_index(tick)]; }
  TimerEntry& sorted_slot(std::int64_t tick);
  void find_next_due();

  std::array<TimerEntry, kSlots> slots_;  // list heads of rings
  std::bitset<kSlots> is_unsorted_;       // slots whose ring is not in order of time
  std::int64_t current_;                  // the first tick that may have due entries
  std::size_t count_ = 0;
  SteadyTime next_due_ = SteadyTime::max();
};

}  // namespace porchlight::http
