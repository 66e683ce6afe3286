// CHECK: which conditions abort, and with which message.
#include "base/check.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace porchlight {
namespace {

TEST(Check, PassesIfTheConditionHolds) {
  const std::vector<int> three = {1, 2, 3};
  int evaluated = 0;
  CHECK(three.size() == 3);
  CHECK(++evaluated > 0 && three.back() == 3);
  CHECK(three.data());
  CHECK(-1 < std::size_t{0});  // compares the values; a conversion to unsigned would make this false
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, PrintsBothValues) {
  const std::vector<int> three = {1, 2, 3};
  enum class Color : std::uint8_t { kRed, kBlue };
  EXPECT_DEATH(CHECK(three.size() == 4),
               R"(check_test.cc:[0-9]+: CHECK failed: three.size\(\) == 4 \(3 == 4\))");
  EXPECT_DEATH(CHECK(std::string("a") != "a"), R"re(CHECK failed: .* \("a" != "a"\))re");
  EXPECT_DEATH(CHECK(Color::kRed >= Color::kBlue), R"(\(0 >= 1\))");
  EXPECT_DEATH(CHECK(three.empty()), R"(CHECK failed: three.empty\(\))");
  EXPECT_DEATH(CHECK(three.empty() || three.size() > 3), "CHECK failed");
}

}  // namespace
}  // namespace porchlight
