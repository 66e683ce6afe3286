#include "support/fake_log.h"

#include <algorithm>
#include <utility>

#include "log/batch_codec.h"

namespace porchlight::log {

void FakeLog::set_plan(Plan plan) {
  const MutexLock lock(mutex_);
  plan_ = std::move(plan);
}

void FakeLog::set_readable(bool readable) {
  const MutexLock lock(mutex_);
  readable_ = readable;
}

std::size_t FakeLog::held_count() const {
  const MutexLock lock(mutex_);
  return held_.size();
}

std::size_t FakeLog::read_count() const {
  const MutexLock lock(mutex_);
  return read_count_;
}

// Appends without a check, with the chain that a real log computes.
void FakeLog::write(const Batch& batch) {
  tail_.chain = next_chain(tail_.chain, encode_events(batch));
  tail_.epoch = batch.epoch;
  tail_.at = batch.at;
  batches_.push_back({++tail_.seq, batch, tail_.chain});
}

// Applies a fate to the log, and returns the outcome for the writer.
Appended FakeLog::settle(const Batch& batch, std::uint64_t expected_last, Fate fate) {
  if (fate == Fate::kConflict) write(Batch{.epoch = tail_.epoch, .at = batch.at, .events = {}});
  if (expected_last != tail_.seq) return Appended::kConflict;
  switch (fate) {
    case Fate::kUnknownWritten:
      write(batch);
      return Appended::kUnknown;
    case Fate::kUnknownDelayed:
      delayed_.push_back({batch, expected_last, nullptr});
      return Appended::kUnknown;
    case Fate::kUnknownUnwritten:
    case Fate::kRefused:
      return Appended::kUnknown;
    default:
      write(batch);
      return Appended::kOk;
  }
}

void FakeLog::run(LogTask task) {
  MutexLock lock(mutex_);
  tasks_.push_back(std::move(task));
  if (std::exchange(is_running_, true)) return;
  while (!tasks_.empty()) {
    LogTask next = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    next();
    next = {};  // destroyed without the lock
    lock.lock();
  }
  is_running_ = false;
}

void FakeLog::append(const Batch& batch, std::uint64_t expected_last, AppendCallback done) {
  Appended outcome;
  Tail end;
  {
    const MutexLock lock(mutex_);
    elapsed_ += append_time_;
    for (const HeldAppend& delayed : std::exchange(delayed_, {})) {
      if (delayed.expected_last == tail_.seq) write(delayed.batch);
    }
    const Fate fate = plan_ ? plan_() : Fate::kOk;
    if (fate == Fate::kHeld) {
      held_.push_back({batch, expected_last, std::move(done)});
      return;
    }
    outcome = settle(batch, expected_last, fate);
    accepts_ = fate != Fate::kRefused;
    end = tail_;
  }
  answer(std::move(done), outcome, end);
}

void FakeLog::answer(AppendCallback done, Appended appended, const Tail& tail) {
  run([done = std::move(done), appended, tail]() mutable { done(appended, tail); });
}

void FakeLog::release() {
  std::deque<HeldAppend> ready;
  {
    const MutexLock lock(mutex_);
    ready.swap(held_);
  }
  for (HeldAppend& held : ready) {
    Appended outcome;
    Tail end;
    {
      const MutexLock lock(mutex_);
      outcome = settle(held.batch, held.expected_last, Fate::kOk);
      end = tail_;
    }
    answer(std::move(held.done), outcome, end);
  }
}

void FakeLog::read_on(std::uint64_t after, SteadyTime, ReadCallback done) {
  run([this, after, done = std::move(done)]() mutable {
    const auto end = tail();
    if (!end) return done(std::unexpected(end.error()));
    done(NextBatches{read(after + 1, SIZE_MAX).value(), *end});
  });
}

void FakeLog::set_append_time(Duration time) {
  const MutexLock lock(mutex_);
  append_time_ = time;
}

void FakeLog::advance(Duration step) {
  const MutexLock lock(mutex_);
  elapsed_ += step;
}

SteadyTime FakeLog::now() const {
  const MutexLock lock(mutex_);
  return SteadyTime(elapsed_);
}

std::expected<Tail, Unavailable> FakeLog::tail() {
  const MutexLock lock(mutex_);
  if (!readable_) return std::unexpected(Unavailable{"set to be unreadable"});
  return tail_;
}

std::expected<std::vector<StoredBatch>, Unavailable> FakeLog::read(std::uint64_t from, std::size_t limit) {
  const MutexLock lock(mutex_);
  if (!readable_) return std::unexpected(Unavailable{"set to be unreadable"});
  std::vector<StoredBatch> found;
  for (const StoredBatch& stored : batches_) {
    if (stored.seq >= from && found.size() < limit) found.push_back(stored);
  }
  read_count_ += found.size();
  return found;
}

std::expected<std::optional<BatchStamp>, Unavailable> FakeLog::stamp(std::uint64_t from) {
  const MutexLock lock(mutex_);
  if (!readable_) return std::unexpected(Unavailable{"set to be unreadable"});
  const auto found = std::ranges::lower_bound(batches_, from, {}, &StoredBatch::seq);
  if (found == batches_.end()) return std::nullopt;
  return BatchStamp{found->seq, found->batch.at};
}

std::expected<void, Unavailable> FakeLog::trim(std::uint64_t upto) {
  const MutexLock lock(mutex_);
  while (batches_.size() > 1 && batches_.front().seq <= upto) batches_.pop_front();
  return {};
}

bool FakeLog::accepts() const {
  const MutexLock lock(mutex_);
  return accepts_ && readable_;
}

}  // namespace porchlight::log
