// The audit log: its bytes, its bounds, and its pages.
#include "audit/audit_log.h"

#include <gtest/gtest.h>

#include "support/memory_kv_store.h"
#include "support/temp_folder.h"

namespace porchlight::audit {
namespace {

using namespace std::chrono_literals;

Guid id_of(std::uint8_t number) {
  Guid id;
  id.bytes[15] = number;
  return id;
}

constexpr Time kStart{std::chrono::seconds(1894006800)};

AuditEntry sample(std::uint8_t tenant, Time at = kStart) {
  return {.at = at,
          .actor = {.way = Way::kApi,
                    .tenant = id_of(tenant),
                    .user = id_of(100),
                    .app = id_of(101),
                    .name = "ana@x.test",
                    .address = "203.0.113.5",
                    .uid = 7},
          .action = "user.set",
          .tenant = id_of(tenant),
          .target = id_of(102),
          .target_name = "ben@x.test",
          .members = {"name", "upn"},
          .outcome = ChangeOutcome::kStarted};
}

std::size_t bytes_of(const AuditEntry& entry) { return encode_entry(entry).size() + 9; }

class AuditLogTest : public testing::Test {
 protected:
  void SetUp() override { make({}); }
  void make(AuditLimits limits) {
    auto store = std::make_unique<storage::MemoryKvStore>();
    store_ = store.get();
    log_ = std::make_unique<AuditLog>(std::move(store), limits);
  }
  std::vector<AuditEntry> entries(const AuditQuery& query = {}) {
    std::vector<AuditEntry> found;
    const auto page = log_->page(query);
    EXPECT_TRUE(page);
    for (const auto& [number, entry] : page->entries) found.push_back(entry);
    return found;
  }

  storage::MemoryKvStore* store_ = nullptr;
  std::unique_ptr<AuditLog> log_;
};

TEST(AuditEntry, RoundTrip) {
  for (AuditEntry entry : {sample(1), AuditEntry{}}) {
    EXPECT_EQ(decode_entry(encode_entry(entry)), entry);
    const std::string bytes = encode_entry(entry);
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_entry(bytes.substr(0, size)));
    EXPECT_FALSE(decode_entry(bytes + '\0'));
  }
}

TEST(AuditEntry, CutsTextsAndLists) {
  AuditEntry entry = sample(1);
  entry.target_name = std::string(kEntryTextBytesMax, 'x');
  entry.members.assign(kEntryMembersMax, "m");
  EXPECT_EQ(decode_entry(encode_entry(entry)), entry);
  AuditEntry longer = entry;
  longer.target_name += 'x';
  longer.members.emplace_back("m");
  EXPECT_EQ(decode_entry(encode_entry(longer)), entry);
}

TEST_F(AuditLogTest, KeepsTheOutcomeOfAChange) {
  AuditEntry entry = sample(1);
  const auto number = log_->begin(entry);
  ASSERT_TRUE(number);
  EXPECT_EQ(entries(), std::vector{entry});
  entry.outcome = ChangeOutcome::kDone;
  log_->finish(*number, entry);
  EXPECT_EQ(entries(), std::vector{entry});
}

// A change that the log cannot record does not begin.
TEST_F(AuditLogTest, RefusesAChangeThatItCannotRecord) {
  store_->fail(true);
  EXPECT_FALSE(log_->begin(sample(1)));
  EXPECT_FALSE(log_->page({}));
  store_->fail(false);
  EXPECT_TRUE(log_->begin(sample(1)));
  EXPECT_EQ(entries().size(), 1u);
}

TEST_F(AuditLogTest, FiltersAndPages) {
  for (std::uint8_t i = 0; i < 10; ++i) {
    AuditEntry entry = sample(1 + i % 2, kStart + std::chrono::minutes(i));
    if (i == 4) entry.target = id_of(50);
    if (i == 5) entry.actor.user = id_of(60);
    ASSERT_TRUE(log_->begin(entry));
  }
  EXPECT_EQ(entries().size(), 10u);
  EXPECT_GT(entries().front().at, entries().back().at) << "newest first";
  EXPECT_EQ(entries({.tenant = id_of(2)}).size(), 5u);
  EXPECT_TRUE(entries({.tenant = id_of(3)}).empty());
  EXPECT_EQ(entries({.target = id_of(50)}).size(), 1u);
  EXPECT_EQ(entries({.actor = id_of(60)}).size(), 1u);
  EXPECT_EQ(entries({.actor = id_of(101)}).size(), 10u) << "the application";
  EXPECT_EQ(entries({.from = kStart + 3min, .to = kStart + 6min}).size(), 3u);
  AuditQuery query{.tenant = id_of(1), .limit = 2};
  std::size_t pages = 0, count = 0;
  for (bool is_more = true; is_more; ++pages) {
    const auto page = log_->page(query);
    ASSERT_TRUE(page);
    count += page->entries.size();
    is_more = page->next.has_value();
    query.before = page->next.value_or(0);
  }
  EXPECT_EQ(count, 5u);
  EXPECT_EQ(pages, 3u);
}

TEST_F(AuditLogTest, DropsWhatIsTooOld) {
  make({.age_max = 24h});
  ASSERT_TRUE(log_->begin(sample(1)));
  ASSERT_TRUE(log_->begin(sample(2, kStart + 24h)));
  EXPECT_EQ(entries().size(), 2u) << "of that age exactly";
  ASSERT_TRUE(log_->begin(sample(2, kStart + 24h + 1ms)));
  EXPECT_EQ(entries().size(), 2u);
  EXPECT_TRUE(entries({.tenant = id_of(1)}).empty());
}

TEST_F(AuditLogTest, ForgetsWithoutANewEntry) {
  make({.age_max = 24h});
  ASSERT_TRUE(log_->begin(sample(1)));
  log_->forget(kStart + 24h);
  EXPECT_EQ(entries().size(), 1u) << "of that age exactly";
  store_->fail(true);
  log_->forget(kStart + 24h + 1ms);
  store_->fail(false);
  EXPECT_EQ(entries().size(), 1u) << "the disk took no write";
  log_->forget(kStart + 24h + 1ms);
  EXPECT_TRUE(entries().empty());
}

TEST_F(AuditLogTest, MayKeepAll) {
  make(kKeepAllEntries);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(log_->begin(sample(1, Time(i * std::chrono::days(100'000)))));
  EXPECT_EQ(entries().size(), 3u);
}

// A tenant with many changes loses its own entries.
TEST_F(AuditLogTest, DropsFromTheLargestShare) {
  make({.bytes_max = 10 * bytes_of(sample(1))});
  ASSERT_TRUE(log_->begin(sample(1)));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(log_->begin(sample(2)));
  EXPECT_EQ(entries().size(), 10u) << "as many bytes as are allowed";
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(log_->begin(sample(2)));
  EXPECT_EQ(entries().size(), 10u);
  EXPECT_EQ(entries({.tenant = id_of(1)}).size(), 1u);
}

TEST_F(AuditLogTest, BoundsDeniedRequests) {
  for (std::size_t i = 0; i < 2 * kDeniedPerMinute; ++i) log_->deny(sample(1));
  EXPECT_EQ(entries().size(), kDeniedPerMinute);
  EXPECT_EQ(entries().front().outcome, ChangeOutcome::kDenied);
  log_->deny(sample(2));
  EXPECT_EQ(entries({.tenant = id_of(2)}).size(), 1u) << "of another tenant";
  log_->deny(sample(1, kStart + 1min));
  EXPECT_EQ(entries({.tenant = id_of(1), .limit = 1000}).size(), kDeniedPerMinute + 1);
}

// A change ends with a longer entry than it began with: the bytes of that count, as after a restart.
TEST_F(AuditLogTest, CountsWhatAnEntryGrowsBy) {
  AuditEntry ended = sample(1);
  ended.outcome = ChangeOutcome::kDone;
  ended.target_name += "-long";
  for (const std::size_t missing : {0u, 1u}) {
    make({.bytes_max = bytes_of(sample(1)) + bytes_of(ended) - missing});
    ASSERT_TRUE(log_->begin(sample(1)));
    const auto number = log_->begin(sample(1));
    ASSERT_TRUE(number);
    log_->finish(*number, ended);
    const auto kept = entries();
    EXPECT_EQ(kept.size(), 2u - missing);
    EXPECT_EQ(kept.front(), ended);
  }
}

TEST_F(AuditLogTest, CountsAnEntryOnce) {
  make({.bytes_max = 3 * bytes_of(sample(1))});
  for (int change = 0; change < 20; ++change) {
    const auto number = log_->begin(sample(1));
    ASSERT_TRUE(number);
    log_->finish(*number, sample(1));
  }
  EXPECT_EQ(entries().size(), 3u);
}

// The entry is among those of the tenant at once, in order.
TEST_F(AuditLogTest, AnEntryMayGetAnotherTenant) {
  AuditEntry ended = sample(1);
  ended.tenant = id_of(2);
  const auto number = log_->begin(sample(1));
  ASSERT_TRUE(number);
  ASSERT_TRUE(log_->begin(sample(2, kStart + 1min)));
  log_->finish(*number, ended);
  EXPECT_EQ(entries({.tenant = id_of(2)}), (std::vector{sample(2, kStart + 1min), ended}));
  EXPECT_TRUE(entries({.tenant = id_of(1)}).empty());
  EXPECT_EQ(entries().size(), 2u);
}

TEST_F(AuditLogTest, BoundsTenantsOfDeniedRequests) {
  AuditEntry denied = sample(1);
  for (std::size_t i = 0; i <= kDeniedTenantsMax; ++i) {
    denied.tenant = guid_from_name("tenant " + std::to_string(i));
    log_->deny(denied);
  }
  EXPECT_EQ(entries({.limit = kDeniedTenantsMax + 1}).size(), kDeniedTenantsMax);
  EXPECT_TRUE(entries({.tenant = denied.tenant}).empty()) << "one past";
  denied.at += 1min;
  log_->deny(denied);
  EXPECT_EQ(entries({.tenant = denied.tenant}).size(), 1u);
}

// What matches is the oldest entry: the last that a page looks at, or the first that it does not.
TEST_F(AuditLogTest, APageLooksAtABoundedNumberOfEntries) {
  AuditEntry wanted = sample(1);
  wanted.target = id_of(50);
  ASSERT_TRUE(log_->begin(wanted));
  for (std::size_t i = 1; i < kAuditScanMax; ++i) ASSERT_TRUE(log_->begin(sample(1)));
  EXPECT_EQ(entries({.target = id_of(50)}).size(), 1u);
  ASSERT_TRUE(log_->begin(sample(1)));
  const auto page = log_->page({.target = id_of(50)});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->entries.empty());
  ASSERT_TRUE(page->next);
  EXPECT_EQ(entries({.target = id_of(50), .before = *page->next}).size(), 1u);
}

// A flood of denied requests pushes out no entry of a change.
TEST_F(AuditLogTest, DeniedRequestsAreAShareOfTheirOwn) {
  make({.bytes_max = 10 * bytes_of(sample(1))});
  ASSERT_TRUE(log_->begin(sample(1)));
  for (int minute = 0; minute < 20; ++minute) log_->deny(sample(1, kStart + std::chrono::minutes(minute)));
  const auto kept = entries();
  EXPECT_EQ(kept.size(), 10u);
  EXPECT_EQ(kept.back().outcome, ChangeOutcome::kStarted);
}

TEST(AuditLogOnDisk, KeepsEntriesOverARestart) {
  const TempFolder temp;
  {
    AuditLog log(temp / "audit");
    EXPECT_TRUE(log.page({})->entries.empty());
    log.forget(kStart);
    EXPECT_FALSE(std::filesystem::exists(temp / "audit")) << "created with the first entry";
    ASSERT_TRUE(log.begin(sample(1)));
  }
  AuditLog log(temp / "audit");
  ASSERT_TRUE(log.begin(sample(2)));
  const auto page = log.page({});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[0].second, sample(2));
  EXPECT_EQ(page->entries[1].second, sample(1));
}

}  // namespace
}  // namespace porchlight::audit
