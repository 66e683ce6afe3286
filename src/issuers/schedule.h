// When an issuer's keys are fetched, and how long they are trusted. Pure: the time is an argument.
#pragma once

#include <optional>

#include "base/time.h"

namespace porchlight::issuers {

inline constexpr Duration kRefreshEvery = std::chrono::hours(1);     // after a success
inline constexpr Duration kRetryFirst = std::chrono::seconds(10);    // after a failure; doubles each time
inline constexpr Duration kRetryLongest = std::chrono::minutes(5);   // the longest retry wait
inline constexpr Duration kUnknownKeyGap = std::chrono::minutes(5);  // between fetches for unknown keys
// Without a successful fetch (spec security §2).
inline constexpr Duration kKeysMaxAge = std::chrono::hours(24);
inline constexpr Duration kAlarmEvery = std::chrono::minutes(15);  // between warnings while fetches fail

// The schedule of one source. At most one fetch runs at a time. Not thread-safe.
class Schedule {
 public:
  // The first fetch is due at once. `fetched_at`: the fetch time of cached keys.
  explicit Schedule(SteadyTime now, std::optional<SteadyTime> fetched_at = {});

  // When the next fetch is due. Has no value while one is running.
  std::optional<SteadyTime> due() const;

  // A token named an unknown key. Makes a fetch due now and returns true, unless such a token did so in the
  // last five minutes.
  bool unknown_key(SteadyTime now);

  // The fetch that is due begins.
  void begin();
  // A fetch that began at `now` succeeded.
  void succeeded(SteadyTime now);
  // What to do about a failure.
  struct Failure {
    bool alarm = false;    // a warning is due
    bool expired = false;  // the keys are too old now and must be dropped
  };
  // A fetch that began at `now` failed.
  Failure failed(SteadyTime now);

 private:
  SteadyTime next_;
  std::optional<SteadyTime> fetched_at_;  // of the keys that are trusted
  std::optional<SteadyTime> asked_at_;    // when a token last made a fetch due
  std::optional<SteadyTime> alarmed_at_;  // the last warning; none since a success
  Duration retry_ = kRetryFirst;          // the next retry wait
  bool under_way_ = false;                // a fetch is running
  bool again_ = false;                    // a token named an unknown key during the running fetch
};

}  // namespace porchlight::issuers
