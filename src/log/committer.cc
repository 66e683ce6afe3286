#include "log/committer.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <utility>

#include "log/batch_codec.h"

namespace porchlight::log {

namespace {

// How often a disk that failed is tried again, in real time: writes must be back within a second of there
// being room.
constexpr auto kRetryEvery = std::chrono::milliseconds(300);
// A commit closes at this size, so that one write of RocksDB's stays bounded.
constexpr std::size_t kCommitBytesMax = 8 * 1024 * 1024;

std::uint64_t reserve_on(const EmbeddedOptions& options) {
  struct statvfs disk;
  if (statvfs(options.dir.c_str(), &disk) != 0) return options.reserve_bytes;
  return std::min<std::uint64_t>(options.reserve_bytes, disk.f_blocks * disk.f_frsize / 16);
}

}  // namespace

struct Committer::OpenCommit {
  std::map<std::uint32_t, Tail> tails;  // of the shards in it
  Marker marker;
  std::vector<std::pair<std::string, std::string>> puts;     // key, message
  std::vector<std::pair<std::string, std::string>> trimmed;  // from key to key
  std::size_t bytes = 0;
};

Committer::Committer(Database& database, LogEnds ends, const EmbeddedOptions& options)
    : database_(database),
      options_(options),
      reserve_bytes_(reserve_on(options)),
      tails_(std::move(ends.tails)),
      last_commit_(ends.last_commit.commit),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void Committer::add(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(job));
  }
  has_work_.notify_one();
}

std::expected<Tail, Unavailable> Committer::tail(std::uint32_t shard) const {
  const std::scoped_lock lock(mutex_);
  if (is_outcome_unknown_) return std::unexpected(Unavailable{failure_});
  return tails_[shard];
}

void Committer::run() {
  while (true) {
    std::vector<Job> jobs = take_waiting();
    if (!accepts()) recover();
    if (!jobs.empty()) commit(jobs);
    const std::scoped_lock lock(mutex_);
    if (is_stopping_ && waiting_.empty()) return;
  }
}

// Waits for work; in trouble no longer than to the next try, so that health comes back without a write.
std::vector<Committer::Job> Committer::take_waiting() {
  std::unique_lock lock(mutex_);
  const auto is_due = [this] { return !waiting_.empty() || is_stopping_; };
  if (accepts()) {
    has_work_.wait(lock, is_due);
  } else {
    has_work_.wait_for(lock, kRetryEvery, is_due);
  }
  return std::exchange(waiting_, {});
}

// False where it is not the batch that the shard waits for.
bool Committer::add_to(OpenCommit& open_commit, const Append& append) {
  const auto in_open = open_commit.tails.find(append.shard);
  const Tail before = in_open == open_commit.tails.end() ? tails_[append.shard] : in_open->second;
  if (append.expected_last != before.seq) return false;
  const Tail tail{before.seq + 1, append.header.epoch, next_chain(before.chain, append.events)};
  open_commit.tails[append.shard] = tail;
  open_commit.marker.positions.push_back({append.shard, tail.seq});
  open_commit.puts.emplace_back(batch_key(open_commit.marker.positions.back()),
                                encode_batch(append.header, append.events, tail.seq, tail.chain));
  open_commit.bytes += open_commit.puts.back().second.size();
  return true;
}

bool Committer::add_to(OpenCommit& open_commit, const Trim& trim) {
  // The last batch stays: it holds the chain.
  const std::uint64_t end = std::min(trim.upto.seq + 1, tails_[trim.upto.shard].seq);
  open_commit.trimmed.emplace_back(batch_key({trim.upto.shard, 0}), batch_key({trim.upto.shard, end}));
  return true;
}

void Committer::answer(Job& job, bool fits, const std::string& error) {
  if (auto* const append = std::get_if<Append>(&job)) {
    append->done(!error.empty() ? Appended::kUnknown : fits ? Appended::kOk : Appended::kConflict);
  } else if (error.empty()) {
    std::get<Trim>(job).done({});
  } else {
    std::get<Trim>(job).done(std::unexpected(Unavailable{error}));
  }
}

void Committer::commit(std::vector<Job>& jobs) {
  for (auto first = jobs.begin(); first != jobs.end();) {
    OpenCommit open_commit;
    std::vector<bool> fits;
    auto last = first;
    const auto has_room = [&] {
      return open_commit.bytes < kCommitBytesMax && open_commit.puts.size() < kMarkerPositionsMax;
    };
    for (; last != jobs.end() && has_room(); ++last) {
      fits.push_back(std::visit([&](const auto& job) { return add_to(open_commit, job); }, *last));
    }
    const std::string error = write(open_commit);
    for (std::size_t i = 0; first != last; ++first, ++i) answer(*first, fits[i], error);
  }
}

// Makes the open commit durable. Returns what went wrong, or nothing.
std::string Committer::write(OpenCommit& open_commit) {
  if (open_commit.puts.empty() && open_commit.trimmed.empty()) return {};
  if (is_outcome_unknown_) return failure_;
  if (std::string shortage = space_shortage(); !shortage.empty() && !open_commit.puts.empty()) {
    set_failure(shortage, false);
    return shortage;
  }
  open_commit.marker.commit = last_commit_ + 1;
  std::string error = write_durably(open_commit);
  if (!error.empty()) {
    set_failure(error, true);
    return error;
  }
  ++last_commit_;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [shard, tail] : open_commit.tails) tails_[shard] = tail;
  }
  if (!accepts() && !open_commit.puts.empty()) clear_failure();
  return {};
}

std::string Committer::write_durably(const OpenCommit& open_commit) {
  // The marker comes first in the write: it is found even where the end of the write is torn off.
  rocksdb::WriteBatch writes;
  writes.Put(rocksdb::Slice(kMarkerKey), encode_marker(open_commit.marker));
  for (const auto& [key, message] : open_commit.puts) writes.Put(key, message);
  for (const auto& [from, to] : open_commit.trimmed) writes.DeleteRange(from, to);
  rocksdb::WriteOptions durable;
  durable.sync = true;
  const auto written = database_.with([&](rocksdb::DB& db) -> std::expected<void, Unavailable> {
    const rocksdb::Status status = db.Write(durable, &writes);
    if (!status.ok()) return std::unexpected(Unavailable{status.ToString()});
    return {};
  });
  return written ? std::string() : written.error().why;
}

// What is said where the disk has too little room left, or nothing.
std::string Committer::space_shortage() const {
  std::uint64_t free = 0;
  rocksdb::Env* const env = options_.env ? options_.env : rocksdb::Env::Default();
  if (!env->GetFreeSpace(options_.dir, &free).ok() || free >= reserve_bytes_) return {};
  return fmt::format("{}: {} bytes free, less than the reserve of {}", options_.dir, free, reserve_bytes_);
}

void Committer::set_failure(std::string why, bool is_outcome_unknown) {
  if (accepts()) spdlog::error("{}: writes are refused: {}", options_.dir, why);
  const std::scoped_lock lock(mutex_);
  failure_ = std::move(why);
  is_outcome_unknown_ |= is_outcome_unknown;
  accepts_ = false;
  next_try_ = std::chrono::steady_clock::now() + kRetryEvery;
}

// Tries whether writes can be taken again; after a failed write, by opening the database again, which settles
// what is in it (database.h).
void Committer::recover() {
  if (std::chrono::steady_clock::now() < next_try_) return;
  if (space_shortage().empty() && (!is_outcome_unknown_ || reopen())) clear_failure();
  next_try_ = std::chrono::steady_clock::now() + kRetryEvery;
}

bool Committer::reopen() {
  auto ends = database_.reopen();
  const std::scoped_lock lock(mutex_);
  if (!ends) {
    failure_ = std::move(ends.error());
    return false;
  }
  tails_ = std::move(ends->tails);
  last_commit_ = ends->last_commit.commit;
  return true;
}

void Committer::clear_failure() {
  spdlog::info("{}: writes are taken again", options_.dir);
  const std::scoped_lock lock(mutex_);
  is_outcome_unknown_ = false;
  failure_.clear();
  accepts_ = true;
}

}  // namespace porchlight::log
