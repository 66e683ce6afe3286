// When an issuer's keys are fetched, and how long they are believed. Pure: the time is an argument.
#pragma once

#include <optional>

#include "base/time.h"

namespace porchlight::issuers {

inline constexpr Duration kRefreshEvery = std::chrono::hours(1);
inline constexpr Duration kRetryFirst = std::chrono::seconds(10);  // after a failure; twice as long each time
inline constexpr Duration kRetryLongest = std::chrono::minutes(5);
inline constexpr Duration kUnknownKeyGap = std::chrono::minutes(5);  // between fetches that a token causes
inline constexpr Duration kKeysMaxAge = std::chrono::hours(24);  // when no fetch succeeds (spec security §2)
inline constexpr Duration kAlarmEvery = std::chrono::minutes(15);  // while fetches fail

// Of one issuer. At most one fetch is ever under way.
class Schedule {
 public:
  // The first fetch is due at once. `fetched_at`: when keys that we have of an earlier life were fetched.
  explicit Schedule(SteadyTime now, std::optional<SteadyTime> fetched_at = {});

  // When the next fetch is due; absent while one is under way.
  std::optional<SteadyTime> due() const;

  // A token named a key that we do not have. Makes a fetch due now, unless such a token did in the last five
  // minutes; true if so.
  bool unknown_key(SteadyTime now);

  void begin();
  // How a fetch that began at `now` ended.
  void succeeded(SteadyTime now);
  // What the operator is to hear of a failure.
  struct Failure {
    bool alarm = false;    // it is time to say so (again)
    bool expired = false;  // the keys are too old from now on, and to be forgotten
  };
  Failure failed(SteadyTime now);

 private:
  SteadyTime next_;
  std::optional<SteadyTime> fetched_at_;  // of the keys that are believed
  std::optional<SteadyTime> asked_at_;    // when a token last made a fetch due
  std::optional<SteadyTime> alarmed_at_;  // absent while all is well
  Duration retry_ = kRetryFirst;
  bool under_way_ = false;
  bool again_ = false;  // a token asked while a fetch was under way
};

}  // namespace porchlight::issuers
