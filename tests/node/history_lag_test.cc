// How far the history is behind the log, and what it costs to find out.
#include "node/history_lag.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <memory>

#include "history/recent_batches.h"
#include "node/numbered_users.h"
#include "support/fake_log.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

constexpr int kLagUsers = 200;  // some in each shard
const Time kFirstBatch{std::chrono::seconds(1894006800)};

// A history that indexes nothing: a file is where its folder should be.
class HistoryLagTest : public testing::Test {
 protected:
  HistoryLagTest() {
    spdlog::set_level(spdlog::level::off);
    std::ofstream(folder_ / "file") << "no folder";
    logs_.reserve(state::kShards);
    for (auto& log : fake_logs_) logs_.push_back(&log);
    history_ = std::make_unique<history::History>(folder_ / "file" / "history", std::chrono::days(30), clock_,
                                                  view_, logs_, recent_);
    writer_ = std::make_unique<state::Writer>(view_, logs_);
  }
  ~HistoryLagTest() override { spdlog::set_level(spdlog::level::info); }

  Duration lag() const { return history_lag(*history_, view_, logs_, clock_.wall()); }
  std::size_t batches_read() const {
    std::size_t read = 0;
    for (const auto& log : fake_logs_) read += log.read_count();
    return read;
  }

  TempFolder folder_;
  ManualClock clock_{kFirstBatch};
  state::View view_;
  std::array<log::FakeLog, state::kShards> fake_logs_;
  std::vector<log::ShardLog*> logs_;
  history::RecentBatches recent_{view_};
  std::unique_ptr<history::History> history_;
  std::unique_ptr<state::Writer> writer_;
};

TEST_F(HistoryLagTest, IsZeroWithoutEvents) {
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(lag(), Duration(0));
}

TEST_F(HistoryLagTest, IsTheAgeOfTheOldestEventOfAnyShard) {
  add_numbered_users(*writer_, 1, clock_.wall());
  clock_.advance(std::chrono::minutes(1));
  add_numbered_users(*writer_, kLagUsers, clock_.wall());
  EXPECT_EQ(lag(), std::chrono::minutes(1));
}

// A page of metrics has it each second, and a batch of an import has thousands of events.
TEST_F(HistoryLagTest, ReadsNoBatch) {
  add_numbered_users(*writer_, kLagUsers, clock_.wall());
  const std::size_t before = batches_read();
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(lag(), std::chrono::minutes(1));
  EXPECT_EQ(batches_read(), before);
}

TEST_F(HistoryLagTest, LeavesOutALogThatCannotBeRead) {
  add_numbered_users(*writer_, kLagUsers, clock_.wall());
  clock_.advance(std::chrono::minutes(1));
  for (auto& log : fake_logs_) log.set_readable(false);
  EXPECT_EQ(lag(), Duration(0));
}

TEST(DescribeHistoryLag, SaysHowFarItIsBehind) {
  EXPECT_EQ(describe_history_lag(kHistoryLagMax), "history: up to date");
  EXPECT_EQ(describe_history_lag(kHistoryLagMax + Duration(1)), "history: 60 s behind the log");
}

}  // namespace
}  // namespace porchlight::node
