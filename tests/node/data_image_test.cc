// Images of a folder while the log is written and trimmed, snapshots are taken and the history is indexed: each fits
// together.
#include "node/data_image.h"

#include <gmock/gmock.h>

#include <latch>
#include <thread>

#include "history/history_store.h"
#include "log/embedded_log.h"
#include "node/node.h"
#include "node/numbered_users.h"
#include "state/snapshot.h"
#include "storage/database_copy.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;

constexpr int kImages = 6, kImagePeople = 40;
constexpr auto kTrimmedWithin = std::chrono::seconds(60);  // reached only if the test fails
const Time kImageStart{std::chrono::sys_days(std::chrono::January / 7 / 2030)};

class DataImage : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(DataFolder::create(temp_ / "data"));
    folder_.emplace(*DataFolder::open(temp_ / "data"));
    Config config;
    config.retention = std::chrono::hours(1);
    auto node = Node::open(*folder_, config, clock_, Purpose::kServe);
    ASSERT_TRUE(node) << node.error();
    node_ = *std::move(node);
    add_numbered_users(node_->writer(), kImagePeople, clock_.wall());
  }

  // Writes a message of each user.
  void write_all(int number) {
    std::latch durable(kImagePeople);
    for (int person = 0; person < kImagePeople; ++person) {
      presence::SetMessage set;
      set.text = std::to_string(number);
      node_->writer().submit(numbered_user(person), secure_random_guid(), set, clock_.wall(),
                             [&](const state::Outcome& outcome) {
                               EXPECT_TRUE(outcome.has_value());
                               durable.count_down();
                             });
    }
    durable.wait();
  }

  bool is_trimmed() {
    return std::ranges::any_of(node_->logs(), [](log::ShardLog* shard) {
      const auto first = shard->read(1, 1);
      return first && !first->empty() && first->front().seq > 1;
    });
  }

  // Opens what is in the image as a start would, and compares the positions.
  void check_image() {
    const fs::path image = folder_->image();
    auto engine = log::EmbeddedEngine::open({.dir = (image / "log").string()});
    ASSERT_TRUE(engine) << engine.error();
    state::View view;
    const auto restored = state::restore(view, image / "snapshots", (*engine)->logs());
    ASSERT_TRUE(restored) << restored.error();
    const auto history = history::HistoryStore::open(image / "history", [] { return history::Cutoffs{}; });
    ASSERT_TRUE(history) << history.error().why;
    const auto checkpoints = (*history)->checkpoints(state::kShards);
    ASSERT_TRUE(checkpoints);
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
      const std::uint64_t indexed = (*checkpoints)[shard].seq;
      const auto first = (*engine)->shard(shard).read(1, 1);
      ASSERT_TRUE(first);
      EXPECT_LE(indexed, (*engine)->shard(shard).tail()->seq) << "ahead of the log";
      if (indexed == 0 || first->empty()) continue;
      EXPECT_LE(first->front().seq, indexed + 1) << "trimmed before it was indexed";
    }
  }

  const TempFolder temp_;
  ManualClock clock_{kImageStart};
  std::optional<DataFolder> folder_;
  std::unique_ptr<Node> node_;
};

TEST_F(DataImage, FitsTogetherWhileTheLogIsTrimmed) {
  std::atomic<bool> stopping = false;
  std::thread writer([&] {
    for (int number = 0; !stopping; ++number) {
      write_all(number);
      clock_.advance(std::chrono::minutes(10));
    }
  });
  const auto deadline = std::chrono::steady_clock::now() + kTrimmedWithin;
  int images = 0;
  for (; images < kImages || (!is_trimmed() && std::chrono::steady_clock::now() < deadline); ++images) {
    const auto made = node_->make_image();
    EXPECT_TRUE(made) << made.error();
    check_image();
    if (HasFailure()) break;
  }
  EXPECT_TRUE(is_trimmed()) << images;
  stopping = true;
  writer.join();
}

TEST_F(DataImage, TakesTheTablesWithoutCopyingThem) {
  write_all(0);
  ASSERT_TRUE(node_->make_image());
  int tables = 0;
  for (const auto& entry : fs::directory_iterator(folder_->image() / "log")) {
    if (entry.path().extension() != ".sst") continue;
    EXPECT_EQ(entry.hard_link_count(), 2U);
    ++tables;
  }
  EXPECT_GT(tables, 0);
}

TEST_F(DataImage, OfADatabaseThatIsOpenAndUnknownIsRefused) {
  node_->databases().remove("log");
  const auto made = node_->make_image();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error(), testing::HasSubstr("log: in use by another process"));
  EXPECT_FALSE(fs::exists(folder_->image()));
}

TEST_F(DataImage, TheTimeOfTheLastBackupIsKept) {
  EXPECT_EQ(last_backup(*folder_), std::nullopt);
  ASSERT_TRUE(record_backup(*folder_, kImageStart));
  EXPECT_EQ(last_backup(*folder_), kImageStart);
  ASSERT_TRUE(record_backup(*folder_, kImageStart + std::chrono::milliseconds(1)));
  EXPECT_EQ(last_backup(*folder_), kImageStart + std::chrono::milliseconds(1));
}

}  // namespace
}  // namespace porchlight::node
