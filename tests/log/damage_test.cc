// The embedded log with damaged files: a torn last write is cut off; any other damage makes the start fail with its
// place, and changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <functional>
#include <future>
#include <map>

#include "log/batch_codec.h"
#include "log/embedded_log.h"
#include "log/rocks_open.h"
#include "log/samples.h"
#include "log/wal_scan.h"

namespace porchlight::log {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::uint64_t kBatches = 40;

Appended append(ShardLog& log, const Batch& batch, std::uint64_t expected_last) {
  std::promise<Appended> outcome;
  log.append(batch, expected_last, [&](Appended appended, const Tail&) { outcome.set_value(appended); });
  return outcome.get_future().get();
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// A folder with kBatches batches, one per commit, alternately in shards 1 and 2.
class Damage : public ::testing::Test {
 protected:
  Damage() {
    spdlog::set_level(spdlog::level::off);
    const auto engine = EmbeddedEngine::open({.dir = folder_.path()});
    for (std::uint64_t n = 1; n <= kBatches; ++n) {
      EXPECT_EQ(append((*engine)->shard(1 + n % 2), batch_of(n), (n - 1) / 2), Appended::kOk);
      sizes_.push_back(fs::file_size(wal()));
    }
    whole_ = read_file(wal());
  }

  ~Damage() override { spdlog::set_level(spdlog::level::info); }

  // The newest write-ahead file.
  fs::path wal() const {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".log" && entry.path() > newest) newest = entry.path();
    }
    return newest;
  }

  // The number of batches that a start finds; nullopt and fault_ if it fails.
  std::optional<std::uint64_t> start() {
    const auto engine = EmbeddedEngine::open({.dir = folder_.path()});
    if (!engine) {
      fault_ = engine.error();
      return std::nullopt;
    }
    std::uint64_t found = 0;
    for (std::uint32_t shard = 1; shard <= 2; ++shard) found += (*engine)->shard(shard).read(1, 1000)->size();
    return found;
  }

  // The content of the data files, without RocksDB's own log files.
  std::map<std::string, std::string> data_files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("LOG") && name != "LOCK") files[name] = read_file(entry.path());
    }
    return files;
  }

  // Restores the files to `before`.
  void restore_files(const std::map<std::string, std::string>& before) {
    for (const auto& entry : fs::directory_iterator(folder_.path())) fs::remove(entry.path());
    for (const auto& [name, bytes] : before) write_file(fs::path(folder_.path()) / name, bytes);
  }

  Folder folder_;
  std::string whole_;
  std::vector<std::uint64_t> sizes_;  // of the write-ahead file after each batch
  std::string fault_;
};

TEST_F(Damage, StartsFromUndamagedFiles) {
  EXPECT_EQ(whole_bytes(whole_), whole_.size());
  EXPECT_EQ(find_markers(whole_).size(), kBatches);
  EXPECT_EQ(start(), kBatches);
}

TEST_F(Damage, CutsATornEnd) {
  const auto before = data_files();
  const fs::path file = wal();
  const std::uint64_t last_write = sizes_[kBatches - 1] - sizes_[kBatches - 2];
  for (std::uint64_t cut = 1; cut < last_write; cut += 17) {
    restore_files(before);
    fs::resize_file(file, whole_.size() - cut);
    ASSERT_EQ(start(), kBatches - 1) << cut << " bytes cut: " << fault_;
    ASSERT_EQ(start(), kBatches - 1) << "at the second start";
  }
}

TEST_F(Damage, KeepsAllBatchesBeforeACut) {
  const auto before = data_files();
  const fs::path file = wal();
  for (std::uint64_t n = 1; n < kBatches; n += 9) {
    restore_files(before);
    fs::resize_file(file, sizes_[n - 1] + 5);
    ASSERT_EQ(start(), n) << fault_;
  }
}

TEST_F(Damage, CutsADamagedLastWrite) {
  const auto before = data_files();
  const fs::path file = wal();
  for (std::uint64_t at = sizes_[kBatches - 2]; at < whole_.size(); at += 19) {
    restore_files(before);
    std::string bytes = whole_;
    bytes[at] ^= 0x20;
    write_file(file, bytes);
    ASSERT_EQ(start(), kBatches - 1) << "byte " << at << ": " << fault_;
  }
}

TEST_F(Damage, DoesNotStartWithDamageInTheMiddle) {
  const auto before = data_files();
  const fs::path file = wal();
  for (std::uint64_t at = sizes_[9]; at < sizes_[11]; at += 37) {
    restore_files(before);
    std::string bytes = whole_;
    bytes[at] ^= 0x20;
    write_file(file, bytes);
    const auto damaged = data_files();
    ASSERT_EQ(start(), std::nullopt) << "byte " << at;
    EXPECT_THAT(fault_, HasSubstr(at < sizes_[10] ? "2:6" : "1:6")) << "byte " << at;
    EXPECT_THAT(fault_, HasSubstr(file.filename().string()));
    EXPECT_THAT(fault_, HasSubstr("porchlight log repair"));
    ASSERT_EQ(data_files(), damaged) << "the failed start changed a file";
    const std::string first_fault = fault_;
    ASSERT_EQ(start(), std::nullopt);
    EXPECT_EQ(fault_, first_fault);
  }
}

TEST_F(Damage, RepairKeepsAllBatchesBeforeTheDamage) {
  std::string bytes = whole_;
  bytes[sizes_[9] + 20] ^= 1;
  write_file(wal(), bytes);
  ASSERT_EQ(start(), std::nullopt);
  const auto repaired = EmbeddedEngine::repair({.dir = folder_.path()});
  ASSERT_TRUE(repaired) << repaired.error();
  EXPECT_EQ(repaired->last_whole, (std::vector<Position>{{1, 5}, {2, 5}}));
  EXPECT_GE(repaired->dropped.size(), kBatches - 11);
  EXPECT_GT(repaired->bytes_dropped, 0u);
  EXPECT_EQ(start(), 10u);
  const auto engine = EmbeddedEngine::open({.dir = folder_.path()});
  EXPECT_EQ(append((*engine)->shard(1), batch_of(1), 5), Appended::kOk);
}

TEST_F(Damage, CutsGarbageBehindTheEnd) {
  const auto before = data_files();
  const fs::path file = wal();
  for (const std::string& garbage :
       {std::string("x"), std::string(500, '\x7F'), std::string(40'000, '\x01')}) {
    restore_files(before);
    write_file(file, whole_ + garbage);
    ASSERT_EQ(start(), kBatches) << fault_;
  }
}

TEST_F(Damage, DoesNotStartWithoutTheFileCurrent) {
  fs::remove(fs::path(folder_.path()) / "CURRENT");
  EXPECT_EQ(start(), std::nullopt);
  EXPECT_THAT(fault_, HasSubstr("CURRENT"));
}

TEST_F(Damage, DoesNotStartWithADamagedManifest) {
  for (const auto& entry : fs::directory_iterator(folder_.path())) {
    if (!entry.path().filename().string().starts_with("MANIFEST")) continue;
    std::string bytes = read_file(entry.path());
    for (char& byte : bytes) byte ^= 0x55;
    write_file(entry.path(), bytes);
  }
  EXPECT_EQ(start(), std::nullopt);
  EXPECT_THAT(fault_, HasSubstr("from a copy"));
}

// Within the database each batch is checked when it is read: damage is reported, and never skipped.
TEST_F(Damage, IsFoundWhenBatchesAreRead) {
  struct Row {
    std::string_view fault;
    std::function<rocksdb::Status(rocksdb::DB&)> damage;
  };
  const std::string key = batch_key({1, 3});
  const std::string events = encode_events(batch_of(999));
  const Row rows[] = {
      {"batch 1:3 is missing", [&](rocksdb::DB& db) { return db.Delete({}, key); }},
      {"batch 1:3 is damaged", [&](rocksdb::DB& db) { return db.Put({}, key, "x"); }},
      {"batch 1:3 does not continue the one before it",
       [&](rocksdb::DB& db) {
         return db.Put({}, key, encode_batch(header_of(batch_of(999)), events, 3, next_chain(0, events)));
       }},
  };
  for (const Row& row : rows) {
    const Folder copy;
    fs::copy(folder_.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    {
      rocksdb::DB* raw = nullptr;
      ASSERT_TRUE(rocksdb::DB::Open({}, copy.path(), &raw).ok());
      const std::unique_ptr<rocksdb::DB> database(raw);
      ASSERT_TRUE(row.damage(*database).ok());
      ASSERT_TRUE(database->Flush({}).ok());
    }
    const auto engine = EmbeddedEngine::open({.dir = copy.path()});
    ASSERT_TRUE(engine.has_value()) << engine.error();
    EXPECT_EQ((*engine)->shard(1).read(1, 2)->size(), 2u);
    const auto read = (*engine)->shard(1).read(1, 1000);
    ASSERT_FALSE(read.has_value()) << row.fault;
    EXPECT_EQ(read.error().why, row.fault);
  }
}

TEST(WalScan, FindsAMarkerThatSpansBlocks) {
  const Marker marker{77, {{1, 2}, {3, 4}}};
  const std::string bytes = encode_marker(marker);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    std::string wal(32 * 1024 - cut, 'x');
    wal += bytes.substr(0, cut);
    wal += "1234567";  // the next block's header
    wal += bytes.substr(cut);
    ASSERT_EQ(find_markers(wal), std::vector{marker}) << cut;
  }
}

TEST(WalScan, RejectsADamagedMarker) {
  const std::string whole = encode_marker({77, {{1, 2}}});
  ASSERT_TRUE(decode_marker(whole));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] ^= 4;
    EXPECT_FALSE(decode_marker(bytes)) << at;
    EXPECT_FALSE(decode_marker(whole.substr(0, at))) << at;
  }
}

}  // namespace
}  // namespace porchlight::log
