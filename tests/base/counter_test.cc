#include "base/counter.h"

#include <gtest/gtest.h>

namespace porchlight {
namespace {

TEST(Counter, GoesUpAndDown) {
  OwnCounter own;
  own.add();
  own.add(2);
  own.remove();
  EXPECT_EQ(own.value(), 2u);
  SharedCounter shared;
  shared.add(3);
  shared.remove(2);
  EXPECT_EQ(shared.value(), 1u);
}

// A value at a bound is in its bucket, one past it in the next.
TEST(Histogram, CountsByRanges) {
  using Amounts = Histogram<OwnCounter, kAmounts>;
  for (std::size_t i = 0; i < kAmounts.size(); ++i) {
    Amounts amounts;
    amounts.add(kAmounts[i]);
    EXPECT_EQ(amounts.count(i), 1u) << i;
    amounts.add(kAmounts[i] + 1);
    EXPECT_EQ(amounts.count(i + 1), 1u) << i;
    EXPECT_EQ(amounts.sum(), 2 * kAmounts[i] + 1);
  }
}

}  // namespace
}  // namespace porchlight
