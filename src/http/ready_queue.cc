#include "http/ready_queue.h"

#include <utility>

namespace porchlight::http {

ReadyQueue::ReadyQueue() {
  for (Bucket& bucket : buckets_) bucket.head.next_ready_ = bucket.head.previous_ready_ = &bucket.head;
}

void ReadyQueue::push(ReadyEntry& item, const Guid& tenant) {
  if (item.is_ready()) return;
  Bucket& bucket = buckets_[hash_(tenant) % kBuckets];
  item.previous_ready_ = bucket.head.previous_ready_;
  item.next_ready_ = &bucket.head;
  item.previous_ready_->next_ready_ = bucket.head.previous_ready_ = &item;
  ++size_;
  give_turn(bucket);
}

void ReadyQueue::remove(ReadyEntry& item) {
  if (!item.is_ready()) return;
  item.previous_ready_->next_ready_ = item.next_ready_;
  item.next_ready_->previous_ready_ = item.previous_ready_;
  item.next_ready_ = item.previous_ready_ = nullptr;
  --size_;
}

ReadyEntry* ReadyQueue::pop() {
  while (first_ != nullptr) {
    Bucket& bucket = *first_;
    first_ = std::exchange(bucket.next, nullptr);
    bucket.has_turn = false;
    if (is_empty(bucket)) continue;
    ReadyEntry& item = *bucket.head.next_ready_;
    remove(item);
    if (!is_empty(bucket)) give_turn(bucket);
    return &item;
  }
  return nullptr;
}

// Puts the bucket behind those whose turn is earlier.
void ReadyQueue::give_turn(Bucket& bucket) {
  if (bucket.has_turn) return;
  bucket.has_turn = true;
  (first_ == nullptr ? first_ : last_->next) = &bucket;
  last_ = &bucket;
}

}  // namespace porchlight::http
