// std::chrono's clocks, rounded down to milliseconds.
#include "base/clock.h"

#include "base/check.h"

namespace porchlight {

using std::chrono::floor;

Time SystemClock::wall() const { return floor<Duration>(std::chrono::system_clock::now()); }

ManualClock::ManualClock(Time start) : start_(start) {}
Time ManualClock::wall() const { return start_ + Duration(advanced_ms_.load()); }
SteadyTime ManualClock::steady() const { return SteadyTime(Duration(advanced_ms_.load())); }
void ManualClock::advance(Duration step) {
  CHECK(step.count() >= 0);
  advanced_ms_.fetch_add(step.count());
}

}  // namespace porchlight
