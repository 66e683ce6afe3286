// Snapshots: a round trip, start-up from snapshot and log, and damaged files.
#include "state/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <xxhash.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "presence/rules.h"
#include "state/dump.h"
#include "state/snapshot_codec.h"
#include "state/snapshot_source.h"
#include "state/writer_fixture.h"

namespace porchlight::state {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

const directory::Tenant kTenant{id_of(1), "Tenant", {"Asia/Tokyo", false, {id_of(2)}}};
const directory::App kApp{id_of(7), "App", false, {"a"}, {"b", "c"}, true};
const directory::Group kGroup{id_of(8), "Desk", {id_of(1000), id_of(1001)}};

class Snapshots : public ::testing::Test {
 protected:
  Snapshots() {
    spdlog::set_level(spdlog::level::off);
    for (auto& log : fixture_.logs) all_.push_back(&log);
    EXPECT_TRUE(
        fixture_.run({{kTenant.id, Guid{}, directory::TenantPut{kTenant.name, kTenant.settings}},
                      {kTenant.id, kApp.id,
                       directory::AppPut{kApp.name, kApp.client, kApp.scopes, kApp.roles, kApp.priority}},
                      {kTenant.id, kGroup.id, directory::GroupPut{kGroup.name, kGroup.members}}}));
  }
  ~Snapshots() override { spdlog::set_level(spdlog::level::info); }

  // Makes random writes to `people` users of two tenants.
  void write_randomly(int steps, unsigned people = 300) {
    for (int step = 0; step < steps; ++step) {
      const UserKey key{id_of(1 + random_() % 2), id_of(1000 + random_() % people)};
      const Time now = at_ms(1000 * step);
      switch (random_() % 10) {
        case 9:
          (void)fixture_.run({{key.tenant, key.user, directory::AdministratorSet{random_() % 2 == 0}}}, now);
          break;
        case 8:
          (void)fixture_.run({{key.tenant, id_of(50 + random_() % 5), group_change()}}, now);
          break;
        case 0:
          (void)fixture_.remove(key);
          break;
        case 1:
          (void)fixture_.run(
              key, presence::SetPreferred{state_of("DoNotDisturb", "DoNotDisturb"), std::nullopt}, now);
          break;
        case 2:
        case 3:
          (void)fixture_.put(key, std::to_string(random_() % 10'000) + "@x.test");
          break;
        default:
          (void)fixture_.run(key, busy(random_() % 3), now);
      }
    }
  }

  // A removal, or a put with members in order.
  directory::EntityChange group_change() {
    if (random_() % 4 == 0) return directory::GroupRemoved{};
    std::set<Guid> members;
    for (auto left = random_() % 4; left > 0; --left) members.insert(id_of(1000 + random_() % 300));
    return directory::GroupPut{"Group", {members.begin(), members.end()}};
  }

  std::expected<RestoreResult, std::string> restart(View& view) { return restore(view, dir(), all_); }
  fs::path dir() const { return fs::path(folder_.path()) / "snapshots"; }

  // Flips a bit of a file.
  static void flip(const fs::path& file, std::uint64_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(byte);
  }

  log::Folder folder_;
  WriterFixture fixture_;
  std::vector<log::ShardLog*> all_;
  std::mt19937 random_{3};
};

TEST_F(Snapshots, RoundTrip) {
  write_randomly(3000);
  ASSERT_TRUE(write_snapshot(*fixture_.view, dir()));
  const std::string bytes = dump(*fixture_.view);
  View view;
  const auto positions = load_snapshot(view, bytes);
  ASSERT_TRUE(positions) << positions.error();
  EXPECT_EQ(dump(view), bytes);
  EXPECT_EQ(view.count_users(id_of(1)), fixture_.view->count_users(id_of(1)));
  EXPECT_EQ(view.count_sessions(), fixture_.view->count_sessions());
  for (const Guid& user : view.list_users(id_of(1), std::nullopt, 1000)) {
    EXPECT_TRUE(view.find_user_by_upn(id_of(1), view.find_user({id_of(1), user})->upn));
  }
}

TEST_F(Snapshots, ContainTheDirectoryWithItsVersions) {
  write_randomly(500);
  ASSERT_TRUE(fixture_.run({{kTenant.id, kGroup.id, directory::GroupPut{kGroup.name, kGroup.members}}}));
  View from_snapshot;
  ASSERT_TRUE(load_snapshot(from_snapshot, dump(*fixture_.view)));
  View from_log;
  ASSERT_TRUE(restore(from_log, dir(), all_));
  for (const View* view : {&from_snapshot, &from_log}) {
    EXPECT_EQ(view->find_tenant(kTenant.id), kTenant);
    EXPECT_EQ(view->find_app(kTenant.id, kApp.id), kApp);
    EXPECT_EQ(view->find_group(kTenant.id, kGroup.id), kGroup);
    EXPECT_EQ(view->group_version(kTenant.id, kGroup.id), 2u);
    for (const Guid& tenant : {id_of(1), id_of(2)})
      EXPECT_EQ(view->groups(tenant), fixture_.view->groups(tenant));
  }
}

// Format 2 ends before the administrators.
TEST_F(Snapshots, AreReadInTheFormatBefore) {
  const std::string bytes = dump(*fixture_.view);
  constexpr std::size_t kSectionHead = 21, kEnd = kSectionHead;
  // The directory is the last section with a body, and its last byte the number of administrators.
  std::string before = bytes.substr(0, bytes.size() - kEnd - 1);
  before[4] = 2;
  std::size_t head = 5;  // of the section of the directory
  const auto length_at = [&](std::size_t at) {
    std::uint64_t length;
    std::memcpy(&length, before.data() + at + 5, 8);
    return length;
  };
  while (before[head] != 2) head += kSectionHead + length_at(head);
  const std::uint64_t length = length_at(head) - 1;
  const std::uint64_t checksum = XXH3_64bits(before.data() + head + kSectionHead, length);
  std::memcpy(before.data() + head + 5, &length, 8);
  std::memcpy(before.data() + head + 13, &checksum, 8);
  before += bytes.substr(bytes.size() - kEnd);
  View view;
  const auto positions = load_snapshot(view, before);
  ASSERT_TRUE(positions) << positions.error();
  EXPECT_EQ(dump(view), bytes);
}

TEST_F(Snapshots, WithTheLogBehindThemGiveTheSameView) {
  write_randomly(2000);
  ASSERT_TRUE(write_snapshot_and_trim(*fixture_.view, dir(), all_));
  write_randomly(2000);
  View whole;
  ASSERT_TRUE(restore(whole, fs::path(folder_.path()) / "none", all_));
  View view;
  const auto restored = restart(view);
  ASSERT_TRUE(restored) << restored.error();
  EXPECT_FALSE(restored->snapshot.empty());
  EXPECT_EQ(dump(view), dump(whole));
  EXPECT_EQ(dump(view), dump(*fixture_.view));
}

TEST_F(Snapshots, MayBeWrittenWhileTheViewChanges) {
  for (int round = 0; round < 5; ++round) {
    {
      std::jthread writer([&] { write_randomly(3000, 2000); });
      for (int i = 0; i < 4; ++i) EXPECT_TRUE(write_snapshot_and_trim(*fixture_.view, dir(), all_));
    }
    View view;
    const auto restored = restart(view);
    ASSERT_TRUE(restored) << restored.error();
    ASSERT_EQ(dump(view), dump(*fixture_.view));
  }
  EXPECT_EQ(list_snapshots(dir()).size(), kSnapshotsKept);
}

TEST_F(Snapshots, AnOlderOneIsUsedIfTheNewestIsDamaged) {
  write_randomly(500);
  ASSERT_TRUE(write_snapshot_and_trim(*fixture_.view, dir(), all_));
  write_randomly(500);
  const auto newest = write_snapshot_and_trim(*fixture_.view, dir(), all_);
  ASSERT_TRUE(newest);
  write_randomly(500);
  flip(newest->file, newest->bytes / 2);
  {
    View view;
    const auto restored = restart(view);
    ASSERT_TRUE(restored) << restored.error();
    EXPECT_NE(restored->snapshot, newest->file);
    EXPECT_EQ(dump(view), dump(*fixture_.view));
  }
  flip(list_snapshots(dir()).back(), 1000);
  View view;
  const auto restored = restart(view);
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error(), HasSubstr(newest->file.string() + " is damaged"));
  EXPECT_THAT(restored.error(), HasSubstr("from a copy"));
}

TEST_F(Snapshots, AreNotUsedIfTheLogEndsBeforeThem) {
  write_randomly(200);
  ASSERT_TRUE(write_snapshot(*fixture_.view, dir()));
  std::vector<log::FakeLog> empty(kShards);
  std::vector<log::ShardLog*> logs;
  for (auto& log : empty) logs.push_back(&log);
  View view;
  const auto restored = restore(view, dir(), logs);
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error(), HasSubstr("the end of the log is lost"));
}

TEST_F(Snapshots, AreRejectedIfAnyByteIsWrong) {
  write_randomly(300, 40);
  const std::string whole = dump(*fixture_.view);
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    std::string bytes = whole;
    bytes[at] ^= 0x08;
    View view;
    ASSERT_FALSE(load_snapshot(view, bytes)) << at;
  }
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    View view;
    ASSERT_FALSE(load_snapshot(view, std::string_view(whole).substr(0, size))) << size;
  }
  View view;
  EXPECT_FALSE(load_snapshot(view, whole + "x"));
}

TEST_F(Snapshots, LeaveOutWhatExpiredBeforeATime) {
  const UserKey person{id_of(1), id_of(1000)};
  (void)fixture_.put(person, "a@x.test");
  (void)fixture_.run(person, busy(77), at_ms(0));
  const Time expired = fixture_.record(person).sessions.front().expires_at();
  const auto record_with = [&](Time before) {
    EXPECT_TRUE(write_snapshot(*fixture_.view, dir(), FileSystem::system(),
                               {.before = before, .policy = presence::kDocumentedPolicy}));
    View view;
    EXPECT_TRUE(restart(view));
    return view.copy(person)->record;
  };
  EXPECT_EQ(record_with(expired - Duration(1)), fixture_.record(person));
  const presence::Record settled = record_with(expired);
  EXPECT_TRUE(settled.sessions.empty());
  EXPECT_EQ(presence::sequence(settled, expired), presence::sequence(fixture_.record(person), expired));
}

TEST_F(Snapshots, LetTheLastBatchBeTrimmedBehindAnEmptyOne) {
  const UserKey person{id_of(1), id_of(1000)};
  (void)fixture_.put(person, "a@x.test");
  const std::uint32_t shard = shard_of(person.tenant, person.user);
  const std::uint64_t last = fixture_.view->position(shard).seq;
  std::optional<Outcome> renewed;
  fixture_.writer->renew_tail(shard, at_ms(5), [&](const Outcome& outcome) { renewed = outcome; });
  EXPECT_EQ(renewed.value(), (log::Position{shard, last + 1}));
  const auto stored = fixture_.logs[shard].read(last + 1, 5).value();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_TRUE(stored.front().batch.events.empty());
  EXPECT_EQ(stored.front().batch.at, at_ms(5));
  for (std::size_t i = 0; i < kSnapshotsKept; ++i)
    ASSERT_TRUE(write_snapshot_and_trim(*fixture_.view, dir(), all_));
  EXPECT_EQ(fixture_.logs[shard].read(1, 1)->front().seq, last + 1);
  View view;
  ASSERT_TRUE(restart(view));
  EXPECT_EQ(dump(view), dump(*fixture_.view));
  EXPECT_TRUE(fixture_.run(person, busy(1), at_ms(6)));
}

// A snapshot whose reads fail from the n-th on.
class FailingSource final : public SnapshotSource {
 public:
  FailingSource(std::string_view bytes, int good_reads) : bytes_(bytes), left_(good_reads) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::expected<std::string_view, std::errc> read(std::uint64_t offset, std::size_t count,
                                                  std::string& storage) const override {
    if (left_-- <= 0) return std::unexpected(std::errc::io_error);
    return bytes_.read(offset, count, storage);
  }

 private:
  const SnapshotBytes bytes_;
  mutable std::atomic<int> left_;
};

TEST_F(Snapshots, ReportADiskThatFailsAtAnyRead) {
  write_randomly(300, 40);
  const std::string whole = dump(*fixture_.view);
  constexpr int kHeads = 1 + kShards + 2, kBodies = kShards + 1;
  for (int good = 0; good <= kHeads + 2 * kBodies; ++good) {
    SCOPED_TRACE(good);
    View view;
    const auto loaded = SnapshotCodec::decode(view, FailingSource(whole, good));
    ASSERT_EQ(loaded.has_value(), good == kHeads + 2 * kBodies);
    if (loaded) continue;
    EXPECT_TRUE(loaded.error().is_unreadable);
    EXPECT_EQ(loaded.error().why, "Input/output error");
    EXPECT_EQ(loaded.error().has_changed, good >= kHeads + kBodies);
    EXPECT_TRUE(loaded.error().has_changed || dump(view) == dump(View{}));
  }
}

// The pages behind the end of a mapped file end the process; so does a disk that fails.
TEST_F(Snapshots, ReportAFileThatBecomesShorterWhileItIsRead) {
  write_randomly(300, 40);
  const auto written = write_snapshot(*fixture_.view, dir());
  ASSERT_TRUE(written);
  const SnapshotFile file(written->file);
  fs::resize_file(written->file, written->bytes / 2);
  View view;
  const auto loaded = SnapshotCodec::decode(view, file);
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(loaded.error().is_unreadable);
}

TEST_F(Snapshots, NameTheErrorOfAFileThatCannotBeOpened) {
  const auto positions = SnapshotCodec::positions(SnapshotFile(dir() / "snapshot-1.pls"));
  ASSERT_FALSE(positions);
  EXPECT_TRUE(positions.error().is_unreadable);
  EXPECT_EQ(positions.error().why, "No such file or directory");
}

}  // namespace
}  // namespace porchlight::state
