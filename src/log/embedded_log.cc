// Reads check what they return: the checksum of each batch, that numbers have no gap, and that the chain continues.
// So damage within the database is found when it is read, and never applied.
#include "log/embedded_log.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>

#include <filesystem>
#include <future>
#include <utility>

#include "log/batch_codec.h"
#include "log/committer.h"
#include "log/database.h"
#include "log/rocks_open.h"

namespace porchlight::log {

// The database and the thread that writes it.
class EmbeddedEngine::Store {
 public:
  Store(OpenedDatabase opened, const EmbeddedOptions& options)
      : database(std::move(opened.db), options),
        committer(database, std::move(opened.ends), opened.read_only, options) {}

  Database database;
  Committer committer;
};

namespace {

constexpr std::size_t kReadOnBatches = 256;  // of one read_on()

}  // namespace

class EmbeddedEngine::Shard final : public ShardLog {
 public:
  Shard(Store& store, std::uint32_t number) : store_(store), number_(number) {}

  void run(LogTask task) override { store_.committer.run(std::move(task)); }

  void append(const Batch& batch, std::uint64_t expected_last, AppendCallback done) override {
    store_.committer.add(
        Committer::Append{number_, expected_last, header_of(batch), open_message(batch), std::move(done)});
  }

  // Never waits for a time: the committer's thread opens the database again before it calls tasks.
  void read_on(std::uint64_t after, SteadyTime, ReadCallback done) override {
    run([this, after, done = std::move(done)]() mutable { done(next_batches(after)); });
  }

  SteadyTime now() const override { return std::chrono::floor<Duration>(std::chrono::steady_clock::now()); }

  std::expected<Tail, Unavailable> tail() override { return store_.committer.tail(number_); }

  std::expected<std::vector<StoredBatch>, Unavailable> read(std::uint64_t from, std::size_t limit) override {
    return store_.database.with([&](rocksdb::DB& db) { return read(db, from, limit); });
  }

  std::expected<std::optional<BatchStamp>, Unavailable> stamp(std::uint64_t from) override {
    return store_.database.with([&](rocksdb::DB& db) { return stamp(db, from); });
  }

  std::expected<void, Unavailable> trim(std::uint64_t upto) override {
    std::promise<std::expected<void, Unavailable>> trimmed;
    store_.committer.add(Committer::Trim{
        {number_, upto}, [&](std::expected<void, Unavailable> outcome) { trimmed.set_value(outcome); }});
    return trimmed.get_future().get();
  }

  bool accepts() const override { return store_.committer.accepts(); }

 private:
  // The batch before the next one to read.
  struct Before {
    std::uint64_t n;
    std::uint64_t chain;
  };
  std::expected<NextBatches, Unavailable> next_batches(std::uint64_t after);
  std::expected<std::vector<StoredBatch>, Unavailable> read(rocksdb::DB& db, std::uint64_t from,
                                                            std::size_t limit);
  std::expected<std::optional<BatchStamp>, Unavailable> stamp(rocksdb::DB& db, std::uint64_t from);
  std::unexpected<Unavailable> damaged(std::uint64_t seq, std::string_view what) const;
  std::expected<DecodedBatch, Unavailable> check(const rocksdb::Iterator& it,
                                                 const std::optional<Before>& before);

  Store& store_;
  const std::uint32_t number_;
};

std::unexpected<Unavailable> EmbeddedEngine::Shard::damaged(std::uint64_t seq, std::string_view what) const {
  return std::unexpected(Unavailable{fmt::format("batch {}:{} {}", number_, seq, what)});
}

// Decodes and checks the batch at `it`; `before` is the batch before it, if that was read.
std::expected<DecodedBatch, Unavailable> EmbeddedEngine::Shard::check(const rocksdb::Iterator& it,
                                                                      const std::optional<Before>& before) {
  const std::string_view message = it.value().ToStringView();
  auto decoded = decode_batch(message);
  const std::uint64_t expected = before ? before->n + 1 : decoded ? decoded->n : 0;
  if (!decoded && decoded.error() == CodecError::kNewer) {
    return damaged(expected, "is of a newer format: run the version that wrote it");
  }
  if (!decoded) return damaged(expected, "is damaged");
  if (decoded->n != expected || it.key() != batch_key({number_, decoded->n})) {
    return damaged(expected, "is missing");
  }
  if (before && decoded->chain != next_chain(before->chain, events_of(message))) {
    return damaged(expected, "does not continue the one before it");
  }
  return std::move(*decoded);
}

std::expected<std::vector<StoredBatch>, Unavailable> EmbeddedEngine::Shard::read(rocksdb::DB& db,
                                                                                 std::uint64_t from,
                                                                                 std::size_t limit) {
  const std::string end = batch_key({number_ + 1, 0});
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options));
  // Starts at the batch before, if it is still there: its chain is needed to check the first one.
  it->Seek(batch_key({number_, from > 0 ? from - 1 : 0}));
  std::vector<StoredBatch> found;
  for (std::optional<Before> before; it->Valid() && found.size() < limit; it->Next()) {
    auto decoded = check(*it, before);
    if (!decoded) return std::unexpected(decoded.error());
    before = Before{decoded->n, decoded->chain};
    if (decoded->n >= from) found.push_back({decoded->n, std::move(decoded->batch), decoded->chain});
  }
  if (!it->status().ok()) {
    const std::uint64_t at = found.empty() ? from : found.back().seq + 1;
    return damaged(at, "can't be read: " + it->status().ToString());
  }
  return found;
}

std::expected<NextBatches, Unavailable> EmbeddedEngine::Shard::next_batches(std::uint64_t after) {
  const auto end = tail();
  if (!end) return std::unexpected(end.error());
  NextBatches next{.batches = {}, .tail = *end};
  if (after >= end->seq) return next;
  auto batches = read(after + 1, kReadOnBatches);
  if (!batches) return std::unexpected(std::move(batches.error()));
  next.batches = *std::move(batches);
  return next;
}

// The block of the batch is not cached: it would take the place of what appends and indexing read.
std::expected<std::optional<BatchStamp>, Unavailable> EmbeddedEngine::Shard::stamp(rocksdb::DB& db,
                                                                                   std::uint64_t from) {
  const std::string end = batch_key({number_ + 1, 0});
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options));
  it->Seek(batch_key({number_, from}));
  if (!it->status().ok()) return damaged(from, "can't be read: " + it->status().ToString());
  if (!it->Valid()) return std::nullopt;
  const auto found = stamp_of(it->value().ToStringView());
  if (!found) return damaged(from, "has no header of this format");
  return found;
}

namespace {

// The number of the first batch of a shard; 0 if it is empty.
std::expected<std::uint64_t, rocksdb::Status> first_batch(rocksdb::DB& db, std::uint32_t shard) {
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator({}));
  it->Seek(batch_key({shard, 0}));
  if (!it->status().ok()) return std::unexpected(it->status());
  if (!it->Valid() || !it->key().starts_with(batch_key({shard, 0}).substr(0, 5))) return 0;
  const auto batch = decode_batch(it->value().ToStringView());
  return batch ? batch->n : 0;
}

}  // namespace

// A log that was never trimmed begins with batch 1.
EmbeddedEngine::EmbeddedEngine(std::unique_ptr<Store> store, std::uint32_t shards)
    : store_(std::move(store)), erased_(shards, 1) {
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    shards_.push_back(std::make_unique<Shard>(*store_, shard));
  }
}

const CommitCounters& EmbeddedEngine::counters() const { return store_->committer.counters(); }

EmbeddedEngine::~EmbeddedEngine() = default;

// RocksDB can drop whole tables of a range at once. The rest of the range is in a table that goes on behind it, which
// is written again.
std::expected<void, Unavailable> EmbeddedEngine::erase_trimmed(std::atomic<bool>& canceled) {
  const auto unavailable = [](const rocksdb::Status& status) {
    return std::unexpected(Unavailable{status.ToString()});
  };
  return store_->database.change([&](rocksdb::DB& db) -> std::expected<void, Unavailable> {
    if (const auto flushed = db.Flush({}); !flushed.ok()) return unavailable(flushed);
    for (std::uint32_t shard = 0; shard < shards_.size(); ++shard) {
      const auto first = first_batch(db, shard);
      if (!first) return unavailable(first.error());
      if (*first <= erased_[shard]) continue;
      const std::string from = batch_key({shard, 0}), to = batch_key({shard, *first});
      const rocksdb::Slice begin(from), end(to);
      if (const auto dropped =
              rocksdb::DeleteFilesInRange(&db, db.DefaultColumnFamily(), &begin, &end, false);
          !dropped.ok())
        return unavailable(dropped);
      rocksdb::CompactRangeOptions options;
      options.exclusive_manual_compaction = false;
      options.canceled = &canceled;
      options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
      if (const auto merged = db.CompactRange(options, &begin, &end); !merged.ok())
        return unavailable(merged);
      erased_[shard] = *first;
    }
    return {};
  });
}

std::expected<std::unique_ptr<EmbeddedEngine>, std::string> EmbeddedEngine::open(
    const EmbeddedOptions& options) {
  std::error_code fault;
  std::filesystem::create_directories(options.dir, fault);
  if (fault) return std::unexpected(fmt::format("{}: {}", options.dir, fault.message()));
  auto opened = open_rocks(options);
  if (!opened) return std::unexpected(std::move(opened.error()));
  auto store = std::make_unique<Store>(std::move(*opened), options);
  return std::unique_ptr<EmbeddedEngine>(new EmbeddedEngine(std::move(store), options.shards));
}

std::expected<RepairResult, std::string> EmbeddedEngine::repair(const EmbeddedOptions& options) {
  return repair_rocks(options);
}

std::expected<void, std::string> EmbeddedEngine::copy_to(const std::filesystem::path& to) {
  return store_->database.copy_to(to);
}

std::expected<std::vector<std::uint64_t>, std::string> EmbeddedEngine::read_positions(
    const EmbeddedOptions& options) {
  return positions_of(options);
}

ShardLog& EmbeddedEngine::shard(std::uint32_t number) { return *shards_[number]; }

std::vector<ShardLog*> EmbeddedEngine::logs() {
  std::vector<ShardLog*> all;
  all.reserve(shards_.size());
  for (const auto& shard : shards_) all.push_back(shard.get());
  return all;
}

}  // namespace porchlight::log
