// When which connection must be looked at again: a coarse wheel of lists. Deadlines are promises to look, not
// verdicts: a connection that did something meanwhile is simply put back, so being busy costs nothing here.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>

#include "base/time.h"

namespace porchlight::http {

// What can be queued: a base of the connection.
class TimerEntry {
 public:
  bool is_queued() const { return next_ != nullptr; }
  SteadyTime queued_until() const { return when_; }

 private:
  friend class TimerWheel;
  TimerEntry* next_ = nullptr;
  TimerEntry* previous_ = nullptr;
  SteadyTime when_{};
};

class TimerWheel {
 public:
  explicit TimerWheel(SteadyTime now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Queues it, or moves it where it is queued already.
  void queue(TimerEntry& item, SteadyTime when);
  void remove(TimerEntry& item);
  // Takes out one that is due at `now`, those of one tick in order of their time; null when there is none.
  TimerEntry* pop_due(SteadyTime now);
  // The earliest moment at which something may be due; max() where nothing is queued.
  SteadyTime next_due() const { return next_due_; }
  // Shows what is queued, soonest first (roughly), until `look` returns false. It must not change the queue.
  void visit(const std::function<bool(TimerEntry&)>& visitor);

 private:
  static constexpr std::size_t kSlots = 512;
  static constexpr Duration kTick{256};  // two minutes around

  std::int64_t tick_of(SteadyTime time) const { return time.time_since_epoch() / kTick; }
  static std::size_t slot_index(std::int64_t tick) { return static_cast<std::size_t>(tick) % kSlots; }
  TimerEntry& slot(std::int64_t tick) { return slots_[slot_index(tick)]; }
  TimerEntry& sorted_slot(std::int64_t tick);
  void find_next_due();

  std::array<TimerEntry, kSlots> slots_;  // heads of rings
  std::bitset<kSlots> is_unsorted_;       // whose ring is not in order of time
  std::int64_t current_;                  // the tick up to which everything due was taken
  std::size_t count_ = 0;
  SteadyTime next_due_ = SteadyTime::max();
};

}  // namespace porchlight::http
