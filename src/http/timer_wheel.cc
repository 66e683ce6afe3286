// A hashed timing wheel of 512 slots of 256 ms, each a ring through the entries themselves: queue() and
// remove() are O(1) and allocate nothing. A slot is sorted only when it becomes due and if its entries were
// not queued in order.
#include "http/timer_wheel.h"

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace porchlight::http {

TimerWheel::TimerWheel(SteadyTime now) : current_(tick_of(now)) {
  for (TimerEntry& head : slots_) head.next_ = head.previous_ = &head;
}

void TimerWheel::queue(TimerEntry& item, SteadyTime when) {
  remove(item);
  // A time beyond the wheel goes to the last slot, and is queued again from there.
  const std::int64_t tick =
      std::clamp(tick_of(when), current_, current_ + static_cast<std::int64_t>(kSlots) - 1);
  TimerEntry& head = slot(tick);
  item.when_ = std::min(when, SteadyTime(kTick * (tick + 1)));
  if (head.previous_ != &head && item.when_ < head.previous_->when_) is_unsorted_.set(slot_index(tick));
  item.next_ = &head;
  item.previous_ = head.previous_;
  head.previous_->next_ = &item;
  head.previous_ = &item;
  ++count_;
  next_due_ = std::min(next_due_, item.when_);
}

void TimerWheel::remove(TimerEntry& item) {
  if (!item.is_queued()) return;
  CHECK(count_ > 0u);
  item.next_->previous_ = item.previous_;
  item.previous_->next_ = item.next_;
  item.next_ = item.previous_ = nullptr;
  --count_;
}

TimerEntry* TimerWheel::pop_due(SteadyTime now) {
  if (now < next_due_) return nullptr;
  const std::int64_t last = std::min(tick_of(now), current_ + static_cast<std::int64_t>(kSlots) - 1);
  for (; current_ <= last; ++current_) {
    TimerEntry& head = sorted_slot(current_);
    if (TimerEntry* first = head.next_; first != &head && first->when_ <= now) {
      remove(*first);
      return first;
    }
    if (current_ == last) break;
  }
  // Every slot up to now was seen, so the wheel may continue from now, also after a long jump.
  current_ = tick_of(now);
  find_next_due();
  return nullptr;
}

// Sorts the slot's ring if needed. In a sorted ring the search stops at the first entry that is not due: a
// hundred thousand streams may have the same deadline.
TimerEntry& TimerWheel::sorted_slot(std::int64_t tick) {
  TimerEntry& head = slot(tick);
  if (!is_unsorted_[slot_index(tick)]) return head;
  is_unsorted_.reset(slot_index(tick));
  std::vector<TimerEntry*> items;
  for (TimerEntry* item = head.next_; item != &head; item = item->next_) items.push_back(item);
  std::ranges::sort(items, {}, &TimerEntry::when_);
  TimerEntry* last = &head;
  for (TimerEntry* item : items) {
    last->next_ = item;
    item->previous_ = last;
    last = item;
  }
  last->next_ = &head;
  head.previous_ = last;
  return head;
}

void TimerWheel::find_next_due() {
  next_due_ = SteadyTime::max();
  if (count_ == 0) return;
  for (std::int64_t tick = current_; tick < current_ + static_cast<std::int64_t>(kSlots); ++tick) {
    const TimerEntry& head = sorted_slot(tick);
    if (head.next_ == &head) continue;
    next_due_ = head.next_->when_;
    return;
  }
}

}  // namespace porchlight::http
