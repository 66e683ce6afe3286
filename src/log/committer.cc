// Jobs that wait while a write is under way form the next commit (group commit): under load one fdatasync serves many
// batches, and a single batch waits for nothing but its own.
//
// Three kinds of trouble. Without enough free disk space nothing is written: appends get kUnknown, are found not to be
// in the log, and may be repeated. The same holds if the disk took no writes when the log was opened. After a failed
// write its outcome is unknown; recover() opens the database again, which settles what is in it (database.h). In all
// cases accepts() is false until a retry succeeds.
#include "log/committer.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/event_fd.h"
#include "log/batch_codec.h"

namespace porchlight::log {

namespace {

// After a failure, the time until the disk is tried again. Writes must be possible within a second after there is
// space.
constexpr auto kRetryEvery = std::chrono::milliseconds(300);
// A commit is closed at this size, to bound a single write of RocksDB.
constexpr std::size_t kCommitBytesMax = 8 * 1024 * 1024;
// What a batch takes in such a write beside its message: its key, lengths, and place in the marker.
constexpr std::size_t kPutOverheadBytes = 32;

// The free space below which nothing is appended (EmbeddedOptions).
std::uint64_t reserve_on(const EmbeddedOptions& options) {
  struct statvfs disk;
  if (statvfs(options.dir.c_str(), &disk) != 0) return options.reserve_bytes;
  return std::min<std::uint64_t>(options.reserve_bytes, disk.f_blocks * disk.f_frsize / 16);
}

}  // namespace

struct Committer::OpenCommit {
  Marker marker;
  std::vector<std::pair<std::string, std::string_view>> puts;  // key, and the message in its job
  std::vector<std::pair<std::string, std::string>> trimmed;    // key ranges
  std::size_t bytes = 0;
};

Committer::Committer(Database& database, LogEnds ends, const std::string& read_only,
                     const EmbeddedOptions& options)
    : database_(database),
      options_(options),
      reserve_bytes_(reserve_on(options)),
      tails_(std::move(ends.tails)),
      next_tails_(tails_),
      last_commit_(ends.last_commit.commit) {
  if (!read_only.empty()) set_failure(read_only, WriteFailure::kReadOnly);
  thread_ = std::thread([this] { work(); });
}

Committer::~Committer() {
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void Committer::add(Job job) {
  {
    const MutexLock lock(mutex_);
    waiting_.jobs.push_back(std::move(job));
  }
  has_work_.notify_one();
}

std::expected<Tail, Unavailable> Committer::tail(std::uint32_t shard) const {
  const MutexLock lock(mutex_);
  if (is_outcome_unknown_) return std::unexpected(Unavailable{failure_});
  return tails_[shard];
}

void Committer::run(ShardLog::LogTask task) {
  {
    const MutexLock lock(mutex_);
    waiting_.tasks.push_back(std::move(task));
  }
  has_work_.notify_one();
}

// Tasks are called before jobs are written: what they append becomes durable in the same write.
void Committer::work() {
  while (true) {
    Waiting waiting = take_waiting();
    if (!accepts()) recover();
    {
      WakeBatch wakes;
      for (ShardLog::LogTask& task : waiting.tasks) task();
    }
    if (!waiting.tasks.empty()) add_waiting_jobs(waiting.jobs);
    if (!waiting.jobs.empty()) commit(waiting.jobs);
    const MutexLock lock(mutex_);
    if (is_stopping_ && waiting_.empty()) return;
  }
}

// Moves the jobs that wait by now to the end of `jobs`.
void Committer::add_waiting_jobs(std::vector<Job>& jobs) {
  const MutexLock lock(mutex_);
  if (jobs.empty()) return jobs.swap(waiting_.jobs);
  std::ranges::move(waiting_.jobs, std::back_inserter(jobs));
  waiting_.jobs.clear();
}

// Waits for tasks and jobs, and takes all. While writes are refused it waits at most until the next retry, so that
// accepts() recovers without a write.
Committer::Waiting Committer::take_waiting() {
  MutexLock lock(mutex_);
  const auto retry_at = std::chrono::steady_clock::now() + kRetryEvery;
  while (waiting_.empty() && !is_stopping_) {
    if (accepts()) {
      has_work_.wait(mutex_);
    } else if (!has_work_.wait_until(mutex_, retry_at)) {
      break;
    }
  }
  return std::exchange(waiting_, {});
}

// Adds an append, and returns false if the shard's last batch, including those of this commit, is not the expected one.
// The message is used by the commit, and must stay as it is.
bool Committer::add_to(OpenCommit& open_commit, Append& append) {
  Tail& tail = next_tails_[append.shard];
  if (append.expected_last != tail.seq) return false;
  tail = {tail.seq + 1, append.header.epoch, next_chain(tail.chain, events_of(append.message)),
          append.header.at};
  append.tail = tail;
  seal_message(append.message, append.header, tail.seq, tail.chain);
  const Position& position = open_commit.marker.positions.emplace_back(append.shard, tail.seq);
  open_commit.puts.emplace_back(batch_key(position), append.message);
  open_commit.bytes += append.message.size();
  return true;
}

// Always succeeds. The last batch of the shard is kept: it holds the chain.
bool Committer::add_to(OpenCommit& open_commit, const Trim& trim) {
  const std::uint64_t end = std::min(trim.upto.seq + 1, next_tails_[trim.upto.shard].seq);
  open_commit.trimmed.emplace_back(batch_key({trim.upto.shard, 0}), batch_key({trim.upto.shard, end}));
  return true;
}

// `fits`: add_to() returned true. `error`: of the write; empty if it succeeded.
void Committer::answer(Job& job, bool fits, const std::string& error) {
  if (auto* const append = std::get_if<Append>(&job)) {
    append->done(!error.empty() ? Appended::kUnknown
                 : fits         ? Appended::kOk
                                : Appended::kConflict,
                 append->tail);
  } else if (error.empty()) {
    std::get<Trim>(job).done({});
  } else {
    std::get<Trim>(job).done(std::unexpected(Unavailable{error}));
  }
}

// Writes the jobs in order, in as many commits as their size needs.
void Committer::commit(std::vector<Job>& jobs) {
  for (auto first = jobs.begin(); first != jobs.end();) {
    OpenCommit open_commit;
    std::vector<bool> fits;
    auto last = first;
    const auto has_room = [&] {
      return open_commit.bytes < kCommitBytesMax && open_commit.puts.size() < kMarkerPositionsMax;
    };
    for (; last != jobs.end() && has_room(); ++last) {
      fits.push_back(std::visit([&](auto& job) { return add_to(open_commit, job); }, *last));
    }
    CHECK(last != first);
    const std::string error = write(open_commit);
    if (!error.empty()) reset_next_tails();
    WakeBatch wakes;  // a loop runs once for all its responses
    for (std::size_t i = 0; first != last; ++first, ++i) {
      const auto* const append = std::get_if<Append>(&*first);
      if (append && fits[i] && error.empty()) counters_.batch_events.add(append->header.count);
      answer(*first, fits[i], error);
    }
  }
}

// Makes the open commit durable. Returns the error, or an empty text.
std::string Committer::write(OpenCommit& open_commit) {
  if (open_commit.puts.empty() && open_commit.trimmed.empty()) return {};
  if (std::string failure = why_reopen(); !failure.empty()) return failure;
  if (std::string shortage = space_shortage(); !shortage.empty() && !open_commit.puts.empty()) {
    set_failure(shortage, WriteFailure::kNoSpace);
    return shortage;
  }
  open_commit.marker.commit = last_commit_ + 1;
  const auto began = std::chrono::steady_clock::now();
  std::string error = write_durably(open_commit);
  counters_.times.add(std::chrono::steady_clock::now() - began);
  if (!error.empty()) {
    set_failure(error, WriteFailure::kUnknownOutcome);
    return error;
  }
  ++last_commit_;
  {
    const MutexLock lock(mutex_);
    for (const Position& position : open_commit.marker.positions)
      tails_[position.shard] = next_tails_[position.shard];
  }
  if (!accepts() && !open_commit.puts.empty()) clear_failure();
  return {};
}

std::string Committer::write_durably(const OpenCommit& open_commit) {
  // The marker is first in the write: it is found even if the end of the write is torn off.
  rocksdb::WriteBatch writes(open_commit.bytes + open_commit.puts.size() * kPutOverheadBytes);
  writes.Put(rocksdb::Slice(kMarkerKey), encode_marker(open_commit.marker));
  for (const auto& [key, message] : open_commit.puts) writes.Put(key, rocksdb::Slice(message));
  for (const auto& [from, to] : open_commit.trimmed) writes.DeleteRange(from, to);
  rocksdb::WriteOptions durable;
  durable.sync = true;
  const auto written = database_.change([&](rocksdb::DB& db) -> std::expected<void, Unavailable> {
    const rocksdb::Status status = db.Write(durable, &writes);
    if (!status.ok()) return std::unexpected(Unavailable{status.ToString()});
    return {};
  });
  return written ? std::string() : written.error().why;
}

// The error if the disk has less free space than the reserve; otherwise empty.
std::string Committer::space_shortage() const {
  std::uint64_t free = 0;
  rocksdb::Env* const env = options_.env ? options_.env : rocksdb::Env::Default();
  if (!env->GetFreeSpace(options_.dir, &free).ok() || free >= reserve_bytes_) return {};
  return fmt::format("{}: {} bytes free, less than the reserve of {}", options_.dir, free, reserve_bytes_);
}

// Refuses writes from now on.
void Committer::set_failure(std::string why, WriteFailure failure) {
  if (accepts()) spdlog::error("{}: refusing writes: {}", options_.dir, why);
  const MutexLock lock(mutex_);
  failure_ = std::move(why);
  must_reopen_ |= failure != WriteFailure::kNoSpace;
  is_outcome_unknown_ |= failure == WriteFailure::kUnknownOutcome;
  accepts_ = false;
  next_try_ = std::chrono::steady_clock::now();  // a failure may be the only one: the first retry is at once
}

// Tests whether writes can be accepted again; after a failed write, by opening the database again.
void Committer::recover() {
  if (std::chrono::steady_clock::now() < next_try_) return;
  if (space_shortage().empty() && (why_reopen().empty() || reopen())) clear_failure();
  next_try_ = std::chrono::steady_clock::now() + kRetryEvery;
}

// The next commit follows what is durable.
void Committer::reset_next_tails() {
  const MutexLock lock(mutex_);
  next_tails_ = tails_;
}

// The failure if the database must be opened again; otherwise empty.
std::string Committer::why_reopen() const {
  const MutexLock lock(mutex_);
  return must_reopen_ ? failure_ : std::string();
}

bool Committer::reopen() {
  auto ends = database_.reopen();
  const MutexLock lock(mutex_);
  if (!ends) {
    failure_ = std::move(ends.error());
    return false;
  }
  next_tails_ = tails_ = std::move(ends->tails);
  last_commit_ = ends->last_commit.commit;
  return true;
}

void Committer::clear_failure() {
  spdlog::info("{}: accepting writes again", options_.dir);
  const MutexLock lock(mutex_);
  must_reopen_ = is_outcome_unknown_ = false;
  failure_.clear();
  accepts_ = true;
}

}  // namespace porchlight::log
