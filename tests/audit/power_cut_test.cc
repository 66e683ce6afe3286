// The audit log on a disk whose power is cut at a random call, which loses and tears what was not synced.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "audit/audit_log.h"
#include "storage/rocks_kv_store.h"
#include "support/cut_disk.h"
#include "support/rounds.h"
#include "support/temp_folder.h"

namespace porchlight::audit {
namespace {

constexpr int kSeeds = 12;
constexpr int kCuts = 4;             // per seed
constexpr unsigned kCallsMost = 40;  // of the disk, between two cuts
constexpr std::size_t kMemoryBytes = 64 * 1024;

// Changes of one server after the other, and what their callers know of them.
class CutAuditLog {
 public:
  explicit CutAuditLog(unsigned seed) : disk_(make_root(), seed), random_(seed) {}

  // Opens the log on what the disk has kept.
  void start() {
    disk_.restore_power();
    auto store = storage::RocksKvStore::open({make_root() / "audit", "audit 1", kMemoryBytes, disk_.env()});
    ASSERT_TRUE(store) << store.error();
    log_ = std::make_unique<AuditLog>(*std::move(store), AuditLimits{});
    check();
  }

  void run_until_cut() {
    disk_.cut_after(1 + random_() % kCallsMost);
    while (!disk_.is_cut()) {
      AuditEntry entry{.action = "change " + std::to_string(++changes_)};
      const auto number = log_->begin(entry);
      if (!number) continue;
      EXPECT_TRUE(begun_.emplace(*number, entry).second) << "a number is given once";
      entry.outcome = ChangeOutcome::kDone;
      entry.target_name = std::string(random_() % kEntryTextBytesMax, 'x');
      if (random_() % 4 != 0) log_->finish(*number, entry);
    }
    log_.reset();
  }

 private:
  std::filesystem::path make_root() const {
    std::filesystem::create_directories(temp_ / "disk");
    return temp_ / "disk";
  }
  // Each change that was allowed to begin has its entry, which says how it began or how it ended.
  void check() {
    const auto page = log_->page({.limit = 10'000});
    ASSERT_TRUE(page) << page.error();
    std::map<std::uint64_t, AuditEntry> kept(page->entries.begin(), page->entries.end());
    for (const auto& [number, entry] : begun_) {
      ASSERT_TRUE(kept.contains(number)) << entry.action;
      EXPECT_EQ(kept[number].action, entry.action);
    }
  }

  const TempFolder temp_;
  CutDisk disk_;
  std::mt19937 random_;
  std::unique_ptr<AuditLog> log_;
  int changes_ = 0;
  std::map<std::uint64_t, AuditEntry> begun_;
};

TEST(AuditLogPowerCut, LosesNoChangeThatBegan) {
  for (unsigned seed = 1; seed <= static_cast<unsigned>(rounds(kSeeds)); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CutAuditLog log(seed);
    for (int cut = 0; cut < kCuts; ++cut) {
      log.start();
      if (::testing::Test::HasFailure()) return;
      log.run_until_cut();
    }
    log.start();
  }
}

}  // namespace
}  // namespace porchlight::audit
