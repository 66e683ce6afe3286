// How many lines of one cause are written.
#include "base/line_budget.h"

#include <gtest/gtest.h>

namespace porchlight {
namespace {

using namespace std::chrono_literals;

TEST(LineBudget, CountsByTheMinute) {
  const std::chrono::steady_clock::time_point start{5s};
  const struct {
    std::chrono::milliseconds at;
    std::uint32_t asked, taken;
    std::uint64_t left_out;  // as the lines report it
  } rows[] = {
      {0ms, kLinesPerMinute, kLinesPerMinute, 0},
      {1ms, 1, 0, 0},
      {59'999ms, 3, 0, 0},
      {60'000ms, 1, 1, 4},
      {60'001ms, kLinesPerMinute, kLinesPerMinute - 1, 0},
      {600'000ms, 2, 2, 1},
  };
  LineBudget budget;
  for (const auto& row : rows) {
    std::uint32_t taken = 0;
    std::uint64_t left_out = 0;
    for (std::uint32_t i = 0; i < row.asked; ++i) {
      const auto before = budget.take(start + row.at);
      taken += before ? 1 : 0;
      left_out += before.value_or(0);
    }
    EXPECT_EQ(taken, row.taken) << row.at.count();
    EXPECT_EQ(left_out, row.left_out) << row.at.count();
  }
}

}  // namespace
}  // namespace porchlight
