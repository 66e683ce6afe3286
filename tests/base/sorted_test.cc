// sort_unique: order, duplicates, and containers that need no change.
#include "base/sorted.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace porchlight {
namespace {

TEST(Sorted, SortsAndRemovesDuplicates) {
  std::vector<std::string> names = {"b", "a", "b", "c", "a", "b"};
  sort_unique(names);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Sorted, KeepsASortedContainerAsItIs) {
  std::vector<int> numbers;
  sort_unique(numbers);
  EXPECT_TRUE(numbers.empty());
  numbers = {1, 2, 3};
  sort_unique(numbers);
  EXPECT_EQ(numbers, (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace porchlight
