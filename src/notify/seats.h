// How much may be waited for at once: by one application of a tenant, and by all.
#pragma once

#include <absl/container/btree_map.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/guid.h"

namespace porchlight::notify {

inline constexpr std::size_t kWaitPeopleMax = 650;  // one wait's, as many as a bulk read may name

struct SeatLimits {
  std::size_t waits = 10'000;
  std::size_t waits_per_app = 1'000;
  std::size_t people = 1'000'000;  // of all waits, counted for each
  std::size_t people_per_app = 100'000;
};

// From any thread.
class Seats {
 public:
  // What a wait occupies, until it is gone. The seats must outlive it.
  class Seat {
   public:
    Seat(Seat&& other) noexcept
        : seats_(std::exchange(other.seats_, nullptr)), app_(other.app_), people_(other.people_) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (seats_ != nullptr) seats_->leave(app_, people_);
    }

   private:
    friend class Seats;
    using App = std::pair<Guid, Guid>;
    Seat(Seats& seats, const App& app, std::size_t people) : seats_(&seats), app_(app), people_(people) {}
    Seats* seats_;
    App app_;
    std::size_t people_;
  };

  explicit Seats(const SeatLimits& limits = {}) : limits_(limits) {}

  // A seat for one more wait for so many people, or nothing where that is beyond a limit.
  std::optional<Seat> take(const Guid& tenant, const Guid& app, std::size_t people);

 private:
  struct Count {
    std::size_t waits = 0;
    std::size_t people = 0;
  };
  void leave(const Seat::App& app, std::size_t people);

  const SeatLimits limits_;
  std::mutex mutex_;
  Count all_;                                 // guarded by mutex_
  absl::btree_map<Seat::App, Count> by_app_;  // guarded by mutex_; those that wait
};

}  // namespace porchlight::notify
