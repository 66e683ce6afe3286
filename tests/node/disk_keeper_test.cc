// The bounds of log and history, over real databases.
#include "node/disk_keeper.h"

#include <gmock/gmock.h>

#include <future>
#include <latch>
#include <random>
#include <thread>

#include "history/history_store.h"
#include "history/recent_batches.h"
#include "node/log_order.h"
#include "node/numbered_users.h"
#include "presence/rules.h"
#include "state/snapshot.h"
#include "storage/folder.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

using testing::HasSubstr;

constexpr auto kShrunkWithin = std::chrono::seconds(60);  // reached only if the test fails
constexpr int kMinutes = 40, kPeople = 100;
const Time kFirstMinute{std::chrono::sys_days(std::chrono::January / 7 / 2030)};

// Databases with a random message of each user in each minute.
class DiskKeeperTest : public testing::Test {
 protected:
  DiskKeeperTest() {
    engine_ = log::EmbeddedEngine::open({.dir = (folder_ / "log").string()}).value();
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
      retained_.push_back(std::make_unique<RetainedLog>(
          engine_->shard(shard), clock_, std::chrono::days(30), events_,
          [this, shard] { return history_ ? history_->indexed(shard) : std::uint64_t{0}; }));
      logs_.push_back(retained_.back().get());
    }
    history_ = std::make_unique<history::History>(folder_ / "history", std::chrono::days(30), clock_, view_,
                                                  logs_, recent_batches_);
    snapshotter_ = std::make_unique<Snapshotter>(
        view_, snapshots_, logs_, events_,
        Snapshotter::Forgetting{clock_, std::chrono::days(30), presence::kDocumentedPolicy});
    writer_ = std::make_unique<state::Writer>(view_, logs_);
    add_numbered_users(*writer_, kPeople, clock_.wall());
    for (int minute = 0; minute < kMinutes; ++minute) {
      std::latch durable(kPeople);
      for (int person = 0; person < kPeople; ++person) set_message(person, durable);
      durable.wait();
      clock_.advance(std::chrono::minutes(1));
    }
    std::promise<bool> indexed;
    history_->catch_up([&](const auto& done) { indexed.set_value(done.has_value()); });
    EXPECT_TRUE(indexed.get_future().get());
  }

  void set_message(int person, std::latch& durable) {
    presence::SetMessage set;
    for (int i = 0; i < 250; ++i) set.text += static_cast<char>(' ' + dice_() % 95);
    writer_->submit(numbered_user(person), secure_random_guid(), set, clock_.wall(),
                    [&](const state::Outcome& outcome) {
                      EXPECT_TRUE(outcome.has_value());
                      durable.count_down();
                    });
  }

  std::uint64_t log_bytes() const { return storage::folder_bytes(folder_ / "log"); }
  std::uint64_t history_bytes() const { return storage::folder_bytes(folder_ / "history"); }

  // A keeper with these bounds.
  DiskKeeper keep(std::uint64_t log_max, std::uint64_t history_max) {
    return DiskKeeper(
        {clock_, audit_, view_, retained_, logs_, *engine_, history_.get(), *snapshotter_, *writer_},
        {.log_folder = folder_ / "log",
         .history_folder = folder_ / "history",
         .before_upgrade = folder_ / "before_upgrade",
         .log_retention = std::chrono::days(30),
         .history_retention = std::chrono::days(30),
         .log_bytes_max = log_max,
         .history_bytes_max = history_max});
  }

  template <typename Condition>
  static bool is_soon(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + kShrunkWithin;
    while (!condition() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return condition();
  }

  // The error of a query for a user at a time; nullopt if it is answered.
  std::optional<history::QueryErrorCode> refusal_at(Time time) {
    std::promise<std::optional<history::QueryErrorCode>> answer;
    history_->records_at({numbered_user(0)}, time, [&](const auto& records) {
      answer.set_value(records ? std::nullopt : std::optional(records.error().why));
    });
    return answer.get_future().get();
  }

  TempFolder folder_;
  const std::filesystem::path snapshots_ = folder_ / "snapshots";
  std::mt19937 dice_{1};
  ManualClock clock_{kFirstMinute};
  audit::AuditLog audit_{folder_ / "audit", {.age_max = std::chrono::hours(1)}};
  state::View view_;
  std::unique_ptr<log::EmbeddedEngine> engine_;
  std::atomic<std::uint64_t> events_ = 0;
  std::vector<std::unique_ptr<RetainedLog>> retained_;
  std::vector<log::ShardLog*> logs_;
  history::RecentBatches recent_batches_{view_};
  std::unique_ptr<history::History> history_;
  std::unique_ptr<Snapshotter> snapshotter_;
  std::unique_ptr<state::Writer> writer_;
};

TEST_F(DiskKeeperTest, RemovesTheOldestEventsBeyondTheBoundOfTheLog) {
  const std::uint64_t bound = log_bytes() / 2;
  const std::string before = view_.copy(numbered_user(0))->record.extras->message->text;
  {
    const DiskKeeper keeper = keep(bound, 0);
    EXPECT_TRUE(is_soon([&] { return log_bytes() <= bound; })) << log_bytes();
  }
  EXPECT_GT(oldest_batch(logs_).value(), kFirstMinute + std::chrono::minutes(5));
  EXPECT_LT(oldest_batch(logs_).value(), clock_.wall() - std::chrono::minutes(5)) << "no more than needed";
  state::View restored;
  ASSERT_TRUE(state::restore(restored, snapshots_, logs_));
  EXPECT_EQ(restored.copy(numbered_user(0))->record.extras->message->text, before);
  EXPECT_EQ(refusal_at(kFirstMinute), std::nullopt) << "the history is as before";
}

TEST_F(DiskKeeperTest, RemovesTheOldestHistoryBeyondItsBound) {
  const std::uint64_t bound = history_bytes() / 2;
  ASSERT_EQ(refusal_at(kFirstMinute), std::nullopt);
  {
    const DiskKeeper keeper = keep(0, bound);
    EXPECT_TRUE(is_soon([&] { return history_bytes() <= bound; })) << history_bytes();
  }
  EXPECT_EQ(refusal_at(kFirstMinute), history::QueryErrorCode::kBeforeRetention);
  EXPECT_EQ(refusal_at(clock_.wall() - std::chrono::minutes(5)), std::nullopt);
  EXPECT_EQ(oldest_batch(logs_), kFirstMinute) << "the log is as before";
}

TEST_F(DiskKeeperTest, RemovesTheFolderBeforeAnUpgradeAfterTheFirstWrite) {
  std::filesystem::create_directory(folder_ / "before_upgrade");
  const DiskKeeper keeper = keep(0, 0);
  EXPECT_TRUE(is_soon([&] { return !keeper.describe().empty(); }));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "before_upgrade")) << "nothing was written";
  std::latch durable(1);
  set_message(0, durable);
  durable.wait();
  clock_.advance(kForgetEvery);
  EXPECT_TRUE(is_soon([&] { return !std::filesystem::exists(folder_ / "before_upgrade"); }));
}

TEST_F(DiskKeeperTest, ForgetsOldEntriesOfTheAuditLog) {
  ASSERT_TRUE(audit_.begin({.at = clock_.wall() - std::chrono::hours(1)}));
  ASSERT_TRUE(audit_.begin({.at = clock_.wall()}));
  clock_.advance(std::chrono::minutes(1));
  const DiskKeeper keeper = keep(0, 0);
  EXPECT_TRUE(is_soon([this] { return audit_.page({})->entries.size() == 1; }));
}

TEST_F(DiskKeeperTest, DescribesAndKeepsWhatIsWithinTheBounds) {
  const DiskKeeper keeper = keep(log_bytes() * 10 / 9, history_bytes() * 10);
  EXPECT_TRUE(is_soon([&] { return !keeper.describe().empty(); }));
  EXPECT_THAT(keeper.describe(), HasSubstr(", nearly full"));
  EXPECT_THAT(keeper.describe(), HasSubstr("\nhistory size: "));
  EXPECT_THAT(keeper.describe(), HasSubstr("\ndisk: "));
  EXPECT_EQ(oldest_batch(logs_), kFirstMinute);
  EXPECT_TRUE(state::list_snapshots(snapshots_).empty()) << "nothing is old";
}

}  // namespace
}  // namespace porchlight::node
