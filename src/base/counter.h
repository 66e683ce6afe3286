// Numbers for metrics (docs/metrics.md): counted where something happens, read at a scrape. All are relaxed atomics: a
// reader may see one of two related numbers before the other.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace porchlight {

// Changed by one thread at a time, read by any: as cheap as a plain integer. It may go down, too.
class OwnCounter {
 public:
  void add(std::uint64_t n = 1) { value_.store(value() + n, std::memory_order_relaxed); }
  void remove(std::uint64_t n = 1) { add(-n); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The same, changed by any threads: for what is rare beside requests.
class SharedCounter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void remove(std::uint64_t n = 1) { add(-n); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Counts values by ranges. `kBounds`, an array, has the inclusive upper bounds in ascending order, in the unit of the
// values; larger ones are counted behind the last.
template <typename Counter, const auto& kBounds>
class Histogram {
 public:
  static constexpr std::size_t kBuckets = kBounds.size() + 1;

  static std::size_t bucket_of(std::uint64_t value) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && value > kBounds[bucket]) ++bucket;
    return bucket;
  }
  void add(std::uint64_t value) { add_to(bucket_of(value), value); }
  void add(std::chrono::nanoseconds took) { add(static_cast<std::uint64_t>(took.count())); }
  // The same for a value whose bucket is known: two histograms with the same bounds get the same value.
  void add_to(std::size_t bucket, std::uint64_t value) {
    counts_[bucket].add();
    sum_.add(value);
  }
  std::uint64_t count(std::size_t bucket) const { return counts_[bucket].value(); }
  std::uint64_t sum() const { return sum_.value(); }

 private:
  std::array<Counter, kBuckets> counts_;
  Counter sum_;
};

// Times of what a client waits for, in nanoseconds: 100 µs to 2.5 s.
inline constexpr std::array<std::uint64_t, 8> kShortTimes = {
    100'000, 250'000, 1'000'000, 5'000'000, 20'000'000, 50'000'000, 250'000'000, 2'500'000'000};
// The same of what goes on in the background: 10 ms to 10 minutes.
inline constexpr std::array<std::uint64_t, 10> kLongTimes = {
    10'000'000,     50'000'000,     250'000'000,    1'000'000'000,   2'500'000'000,
    10'000'000'000, 30'000'000'000, 60'000'000'000, 300'000'000'000, 600'000'000'000};
// Delays until something is known elsewhere, in milliseconds: 1 ms to 10 minutes.
inline constexpr std::array<std::uint64_t, 10> kDelays = {1,    10,     50,     250,     1000,
                                                          2500, 10'000, 60'000, 300'000, 600'000};
// Numbers of things.
inline constexpr std::array<std::uint64_t, 8> kAmounts = {1, 4, 16, 64, 256, 1024, 4096, 16384};

}  // namespace porchlight
