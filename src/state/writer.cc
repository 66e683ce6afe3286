// Distributes commands to the writers of the shards (shard_writer.h).
#include "state/writer.h"

#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "base/mutex.h"
#include "base/random.h"
#include "state/shard_writer.h"

namespace porchlight::state {

namespace {

// Combines the outcomes of several commands: the last position, or the first error.
class CompletionBarrier {
 public:
  CompletionBarrier(std::size_t pending, WriteCallback done) : pending_(pending), done_(std::move(done)) {}

  // Called once for each command, on any thread. The last call calls `done`.
  void complete(const Outcome& outcome) {
    Outcome combined;
    {
      const MutexLock lock(mutex_);
      if (outcome_) outcome_ = outcome;
      if (--pending_ > 0) return;
      combined = std::move(outcome_);
    }
    done_(combined);
  }

 private:
  Mutex mutex_;
  std::size_t pending_ ABSL_GUARDED_BY(mutex_);
  Outcome outcome_ ABSL_GUARDED_BY(mutex_) = log::Position{};
  WriteCallback done_;  // used by the last complete() only
};

// Directory changes are not repeated by clients, so any unique id will do.
Guid random_event_id() {
  thread_local Random random;
  return random.serial_guid();
}

}  // namespace

Writer::Writer(View& view, std::vector<log::ShardLog*> logs, const presence::Policy& policy) {
  CHECK(logs.size() == kShards);
  for (std::uint32_t shard = 0; shard < logs.size(); ++shard) {
    shards_.push_back(std::make_unique<ShardWriter>(view, *logs[shard], shard, policy, counters_, listener_));
  }
}

Writer::~Writer() = default;

void Writer::submit(const UserKey& key, const Guid& event_id, const presence::Command& command, Time now,
                    WriteCallback done) {
  shards_[shard_of(key.tenant, key.user)]->submit({key, event_id, command, now, std::move(done)});
}

void Writer::submit(std::vector<DirectoryCommand> commands, Time now, WriteCallback done) {
  if (commands.empty()) {
    done(log::Position{});
    return;
  }
  const auto barrier = std::make_shared<CompletionBarrier>(commands.size(), std::move(done));
  for (DirectoryCommand& command : commands) {
    const UserKey key{command.tenant, command.subject};
    shards_[shard_of(key.tenant, key.user)]->submit(
        {key, random_event_id(), std::move(command.change), now,
         [barrier](const Outcome& outcome) { barrier->complete(outcome); }});
  }
}

void Writer::renew_tail(std::uint32_t shard, Time now, WriteCallback done) {
  shards_[shard]->submit({{}, {}, ShardWriter::TailRenewal{}, now, std::move(done)});
}

void Writer::offer(std::uint32_t shard, std::string message, std::move_only_function<void(Taken)> done) {
  shards_[shard]->offer(std::move(message), std::move(done));
}

std::expected<void, log::Unavailable> Writer::recall_outcomes() {
  for (const auto& shard : shards_)
    if (auto recalled = shard->recall_outcomes(); !recalled) return recalled;
  return {};
}

void Writer::settle(Time now) {
  for (const auto& shard : shards_) shard->settle(now);
}

void Writer::follow(std::uint32_t shard, WriteCallback done) {
  shards_[shard]->submit({{}, {}, ShardWriter::LogReading{}, {}, std::move(done)});
}

bool Writer::healthy() const {
  return std::ranges::all_of(shards_, [](const auto& shard) { return shard->healthy(); });
}

}  // namespace porchlight::state
