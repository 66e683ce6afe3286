// RetainedLog: what a trim removes, and what the retention and readers keep.
#include "node/retained_log.h"

#include <gtest/gtest.h>

#include "node/log_order.h"
#include "support/fake_log.h"

namespace porchlight::node {
namespace {

constexpr Duration kRetention = std::chrono::hours(1);
const Time kStart{std::chrono::seconds(1894006800)};

class RetainedLogTest : public testing::Test {
 protected:
  // Ten batches, one per minute from kStart on.
  RetainedLogTest() {
    for (int i = 0; i < 10; ++i)
      kept_.append({.at = kStart + std::chrono::minutes(i), .events = {}}, i,
                   [](log::Appended, const log::Tail&) {});
  }
  // Trims up to `upto`; returns the number of the first batch that is left.
  std::uint64_t first_after(std::uint64_t upto) {
    EXPECT_TRUE(kept_.trim(upto));
    return kept_.read(1, 1)->front().seq;
  }

  ManualClock clock_{kStart};
  log::FakeLog inner_;
  std::atomic<std::uint64_t> events_count_ = 0;
  std::uint64_t read_upto_ = 10;
  RetainedLog kept_{inner_, clock_, kRetention, events_count_, [this] { return read_upto_; }};
};

TEST_F(RetainedLogTest, TrimsOnlyBatchesOlderThanTheRetention) {
  clock_.advance(kRetention + std::chrono::minutes(3));
  EXPECT_EQ(first_after(10), 4u);
  clock_.advance(Duration(1));
  EXPECT_EQ(first_after(10), 5u);
}

TEST_F(RetainedLogTest, TrimsWhatABoundDoesNotKeep) {
  kept_.keep_from(kStart + std::chrono::minutes(5));
  EXPECT_EQ(first_after(10), 6u);
  read_upto_ = 7;
  kept_.keep_from(kStart + std::chrono::minutes(9));
  EXPECT_EQ(first_after(10), 8u);
}

TEST_F(RetainedLogTest, HasATimeForEachPartOfItsBatches) {
  const std::vector<log::ShardLog*> logs = {&kept_};
  EXPECT_EQ(oldest_batch(logs), kStart);
  const Time now = kStart + std::chrono::minutes(10);
  // Of ten batches, two are before the third: the time lies in the minute before it.
  const auto fifth = batch_time_quantile(logs, 0.2, now);
  ASSERT_TRUE(fifth);
  EXPECT_GT(*fifth, kStart + std::chrono::minutes(1));
  EXPECT_LE(*fifth, kStart + std::chrono::minutes(2));
  EXPECT_EQ(batch_time_quantile(logs, 1, now).value() > kStart + std::chrono::minutes(9), true);
  log::FakeLog empty;
  EXPECT_EQ(oldest_batch({&empty}), std::nullopt);
  EXPECT_TRUE(batch_time_quantile({&empty}, 0.5, now));
}

TEST_F(RetainedLogTest, TrimsNoFurtherThanRequested) {
  clock_.advance(std::chrono::days(1));
  EXPECT_EQ(first_after(2), 3u);
}

TEST_F(RetainedLogTest, KeepsBatchesThatAReaderNeeds) {
  clock_.advance(std::chrono::days(1));
  read_upto_ = 0;
  EXPECT_EQ(first_after(9), 1u);
  read_upto_ = 7;
  EXPECT_EQ(first_after(9), 8u);
}

}  // namespace
}  // namespace porchlight::node
