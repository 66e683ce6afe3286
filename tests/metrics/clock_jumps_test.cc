#include "metrics/clock_jumps.h"

#include <gtest/gtest.h>

namespace porchlight::metrics {
namespace {

const Time kWall{std::chrono::seconds(1894006800)};
const SteadyTime kSteady{std::chrono::seconds(100)};
constexpr Duration kScrape = std::chrono::seconds(15);

TEST(ClockJumps, CountsJumpsBackOnly) {
  ClockJumps jumps;
  jumps.observe(kWall, kSteady);
  jumps.observe(kWall + kScrape, kSteady + kScrape);
  jumps.observe(kWall + std::chrono::hours(1), kSteady + 2 * kScrape);
  EXPECT_EQ(jumps.backward(), 0u) << "forward";
  jumps.observe(kWall, kSteady + 3 * kScrape);
  EXPECT_EQ(jumps.backward(), 1u);
  jumps.observe(kWall + kScrape, kSteady + 4 * kScrape);
  EXPECT_EQ(jumps.backward(), 1u) << "the same jump";
}

TEST(ClockJumps, DoesNotCountASmallOne) {
  ClockJumps jumps;
  jumps.observe(kWall, kSteady);
  jumps.observe(kWall + kScrape - kClockJumpMin + Duration(1), kSteady + kScrape);
  EXPECT_EQ(jumps.backward(), 0u);
  ClockJumps others;
  others.observe(kWall, kSteady);
  others.observe(kWall + kScrape - kClockJumpMin, kSteady + kScrape);
  EXPECT_EQ(others.backward(), 1u);
}

}  // namespace
}  // namespace porchlight::metrics
