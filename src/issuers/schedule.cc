// The rules of fetching as a state machine over points in time: hourly refreshes, doubling retries, one early
// fetch for an unknown key every five minutes, and expiry after a day without success.
#include "issuers/schedule.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace porchlight::issuers {

Schedule::Schedule(SteadyTime now, std::optional<SteadyTime> fetched_at)
    : next_(now), fetched_at_(fetched_at) {}

std::optional<SteadyTime> Schedule::due() const {
  if (under_way_) return std::nullopt;
  return next_;
}

bool Schedule::unknown_key(SteadyTime now) {
  if (asked_at_ && now - *asked_at_ < kUnknownKeyGap) return false;
  asked_at_ = now;
  if (under_way_)
    again_ = true;  // the running fetch may have been answered before the key existed
  else
    next_ = std::min(next_, now);
  return true;
}

void Schedule::begin() {
  CHECK(!under_way_);
  under_way_ = true;
}

void Schedule::succeeded(SteadyTime now) {
  under_way_ = false;
  fetched_at_ = now;
  alarmed_at_.reset();
  retry_ = kRetryFirst;
  next_ = std::exchange(again_, false) ? now : now + kRefreshEvery;
}

Schedule::Failure Schedule::failed(SteadyTime now) {
  under_way_ = again_ = false;
  Failure failure;
  if (fetched_at_ && now >= *fetched_at_ + kKeysMaxAge) {
    failure.expired = true;
    fetched_at_.reset();
  }
  next_ = now + retry_;
  retry_ = std::min(2 * retry_, kRetryLongest);
  if (fetched_at_) next_ = std::min(next_, *fetched_at_ + kKeysMaxAge);
  failure.alarm = failure.expired || !alarmed_at_ || now - *alarmed_at_ >= kAlarmEvery;
  if (failure.alarm) alarmed_at_ = now;
  return failure;
}

}  // namespace porchlight::issuers
