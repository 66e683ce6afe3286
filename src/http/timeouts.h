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
class Timed {
 public:
  bool is_queued() const { return next_ != nullptr; }
  SteadyTime queued_for() const { return when_; }

 private:
  friend class Timeouts;
  Timed* next_ = nullptr;
  Timed* previous_ = nullptr;
  SteadyTime when_{};
};

class Timeouts {
 public:
  explicit Timeouts(SteadyTime now);
  Timeouts(const Timeouts&) = delete;
  Timeouts& operator=(const Timeouts&) = delete;

  // Queues it, or moves it where it is queued already.
  void queue(Timed& item, SteadyTime when);
  void remove(Timed& item);
  // Takes out one that is due at `now`, those of one tick in order of their time; null when there is none.
  Timed* take_due(SteadyTime now);
  // The earliest moment at which something may be due; max() where nothing is queued.
  SteadyTime next_due() const { return next_due_; }
  // Shows what is queued, soonest first (roughly), until `look` returns false. It must not change the queue.
  void visit(const std::function<bool(Timed&)>& look);

 private:
  static constexpr std::size_t kSlots = 512;
  static constexpr Duration kTick{256};  // two minutes around

  std::int64_t tick_of(SteadyTime time) const { return time.time_since_epoch() / kTick; }
  static std::size_t place_of(std::int64_t tick) { return static_cast<std::size_t>(tick) % kSlots; }
  Timed& slot(std::int64_t tick) { return slots_[place_of(tick)]; }
  Timed& sorted_slot(std::int64_t tick);
  void find_next_due();

  std::array<Timed, kSlots> slots_;  // heads of rings
  std::bitset<kSlots> is_unsorted_;  // whose ring is not in order of time
  std::int64_t current_;             // the tick up to which everything due was taken
  std::size_t count_ = 0;
  SteadyTime next_due_ = SteadyTime::max();
};

}  // namespace porchlight::http
