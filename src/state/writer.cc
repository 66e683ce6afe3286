#include "state/writer.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <mutex>

#include "base/random.h"
#include "state/shard_writer.h"

namespace porchlight::state {

namespace {

// One answer out of many: the last position, or the first refusal.
class CompletionBarrier {
 public:
  CompletionBarrier(std::size_t pending, WriteCallback done) : pending_(pending), done_(std::move(done)) {}

  void complete(const Outcome& outcome) {
    {
      const std::scoped_lock lock(mutex_);
      if (outcome_) outcome_ = outcome;
      if (--pending_ > 0) return;
    }
    done_(outcome_);
  }

 private:
  std::mutex mutex_;
  std::size_t pending_;
  Outcome outcome_ = log::Position{};
  WriteCallback done_;
};

Guid random_event_id() {
  thread_local Random random;
  return random.guid();
}

}  // namespace

Writer::Writer(View& view, std::vector<log::ShardLog*> logs, const presence::Policy& policy) {
  assert(logs.size() == kShards);
  for (std::uint32_t shard = 0; shard < logs.size(); ++shard) {
    shards_.push_back(std::make_unique<ShardWriter>(view, *logs[shard], shard, policy));
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

bool Writer::healthy() const {
  return std::ranges::all_of(shards_, [](const auto& shard) { return shard->healthy(); });
}

}  // namespace porchlight::state
