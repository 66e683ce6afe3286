// The connections of a loop that have something to do, in the order in which they are served: tenants take turns, so a
// connection waits for one connection of each other tenant, however many of them are ready. (Stochastic fairness
// queueing: tenants whose hashes share a bucket share a turn, and clients cannot choose which.)
#pragma once

#include <array>
#include <cstddef>

#include "base/guid.h"
#include "base/keyed_hash.h"

namespace porchlight::http {

// Base of what can be ready: the connection.
class ReadyEntry {
 public:
  bool is_ready() const { return next_ready_ != nullptr; }

 private:
  friend class ReadyQueue;
  ReadyEntry* next_ready_ = nullptr;
  ReadyEntry* previous_ready_ = nullptr;
};

// Not thread-safe. Entries must be removed before they are destroyed.
class ReadyQueue {
 public:
  ReadyQueue();
  ReadyQueue(const ReadyQueue&) = delete;
  ReadyQueue& operator=(const ReadyQueue&) = delete;

  // Adds an entry behind the others of its tenant. An entry that is ready keeps its place.
  void push(ReadyEntry& item, const Guid& tenant);
  // Removes the entry, if it is ready.
  void remove(ReadyEntry& item);
  // Removes and returns the entry whose turn it is. Returns null if the queue is empty.
  ReadyEntry* pop();
  bool empty() const { return size_ == 0; }

 private:
  static constexpr std::size_t kBuckets = 1024;

  // The ready entries of some tenants, as a ring behind `head`.
  struct Bucket {
    ReadyEntry head;
    Bucket* next = nullptr;  // in the order of turns
    bool has_turn = false;   // it is in that order; it may have become empty since
  };

  static bool is_empty(const Bucket& bucket) { return bucket.head.next_ready_ == &bucket.head; }
  void give_turn(Bucket& bucket);

  KeyedHash hash_;
  std::array<Bucket, kBuckets> buckets_;
  Bucket* first_ = nullptr;  // whose turn it is
  Bucket* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace porchlight::http
