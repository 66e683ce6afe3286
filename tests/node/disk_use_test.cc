// What /readyz?verbose says of the disk.
#include "node/disk_use.h"

#include <gtest/gtest.h>

namespace porchlight::node {
namespace {

using std::chrono::days;
using std::chrono::hours;

const Time kMarch{std::chrono::sys_days(std::chrono::March / 1 / 2030)};

TEST(DiskUse, IsDescribedWithItsEnd) {
  const struct {
    DiskUse use;
    const char* line;
  } rows[] = {
      {{"log", 0, 0, days(30), std::nullopt}, "log size: 0 bytes, rate not known yet"},
      {{"log", 900, 0, days(30), kMarch - hours(1) + Duration(1)}, "log size: 900 bytes, rate not known yet"},
      {{"log", 900, 0, days(30), kMarch - hours(1)},
       "log size: 900 bytes, 21600 bytes per day, at its retention in 30.0 days with 648000 bytes"},
      {{"log", 1000, 0, days(30), kMarch - days(10)},
       "log size: 1000 bytes, 100 bytes per day, at its retention in 20.0 days with 3000 bytes"},
      {{"log", 3000, 0, days(30), kMarch - days(30)},
       "log size: 3000 bytes, 100 bytes per day, at its retention"},
      {{"history", 1000, 1500, days(30), kMarch - days(10)},
       "history size: 1000 bytes of at most 1500, 100 bytes per day, at its bound in 5.0 days"},
      {{"history", 1000, 9000, days(30), kMarch - days(10)},
       "history size: 1000 bytes of at most 9000, 100 bytes per day, at its retention in 20.0 days with 3000 "
       "bytes"},
      {{"history", 1600, 1500, days(30), kMarch - days(10)},
       "history size: 1600 bytes of at most 1500, nearly full, 160 bytes per day, at its bound in 0.0 days"},
  };
  for (const auto& row : rows) EXPECT_EQ(describe(row.use, kMarch), row.line);
}

TEST(DiskUse, IsNearlyFullFromFourFifthsOfTheBoundOn) {
  EXPECT_FALSE(is_nearly_full({"log", 799, 1000, days(30), {}}));
  EXPECT_TRUE(is_nearly_full({"log", 800, 1000, days(30), {}}));
  EXPECT_FALSE(is_nearly_full({"log", 800, 0, days(30), {}})) << "no bound";
}

TEST(DiskUse, GrowsUntilTheRetention) {
  EXPECT_EQ(growth_per_day({"log", 1000, 0, days(30), kMarch - days(10)}, kMarch), 100);
  EXPECT_EQ(growth_per_day({"log", 1000, 0, days(30), kMarch - days(30)}, kMarch), 0);
  EXPECT_EQ(growth_per_day({"log", 1000, 0, days(30), std::nullopt}, kMarch), 0);
  EXPECT_EQ(describe_free(1000, 0), "disk: 1000 bytes free");
  EXPECT_EQ(describe_free(1000, 400), "disk: 1000 bytes free, for 2.5 days");
}

}  // namespace
}  // namespace porchlight::node
