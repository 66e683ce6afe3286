// How much may be waited for at once: by one application of a tenant, by one person, and by all.
#pragma once

#include <absl/container/btree_map.h>

#include <cstddef>
#include <limits>
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
  std::size_t waits_per_user = std::numeric_limits<std::size_t>::max();
};

// From any thread.
class Seats {
 public:
  // What a wait occupies, until it is gone. The seats must outlive it.
  class Seat {
   public:
    Seat(Seat&& other) noexcept
        : seats_(std::exchange(other.seats_, nullptr)),
          app_(other.app_),
          user_(other.user_),
          people_(other.people_) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (seats_ != nullptr) seats_->leave(*this);
    }
    // Has it be for so many people instead; false, and it stays as it is, where that is beyond a limit.
    bool resize(std::size_t people);

   private:
    friend class Seats;
    using App = std::pair<Guid, Guid>;
    Seat(Seats& seats, const App& app, const std::optional<App>& user, std::size_t people)
        : seats_(&seats), app_(app), user_(user), people_(people) {}
    Seats* seats_;
    App app_;
    std::optional<App> user_;
    std::size_t people_;
  };

  explicit Seats(const SeatLimits& limits = {}) : limits_(limits) {}

  // A seat for one more wait for so many people, or nothing where that is beyond a limit. `user`: whose wait
  // it is, where it is a person's.
  std::optional<Seat> take(const Guid& tenant, const Guid& app, std::size_t people,
                           const std::optional<Guid>& user = {});

 private:
  struct Count {
    std::size_t waits = 0;
    std::size_t people = 0;
  };
  void leave(const Seat& seat);
  bool fits(const Count& own, std::size_t more) const;

  const SeatLimits limits_;
  std::mutex mutex_;
  Count all_;                                        // guarded by mutex_
  absl::btree_map<Seat::App, Count> by_app_;         // guarded by mutex_; those that wait
  absl::btree_map<Seat::App, std::size_t> by_user_;  // guarded by mutex_; their waits
};

}  // namespace porchlight::notify
