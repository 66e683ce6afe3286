// The writer of one shard. It works in turns: a turn takes the waiting requests, decides them on scratch copies of
// their subjects, appends the events as one batch, and answers when the batch is durable. If the append is refused or
// its outcome is unknown, the turn reads the log to its end and decides the same requests again. There is one turn at a
// time, on the threads of the log.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <limits>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "base/fair_queue.h"
#include "base/mutex.h"
#include "log/person_fold.h"
#include "presence/rules.h"
#include "state/writer.h"

namespace porchlight::state {

class Writer::ShardWriter {
 public:
  ShardWriter(View& view, log::ShardLog& log, std::uint32_t shard, const presence::Policy& policy,
              WriterCounters& counters, WrittenListener* const& listener);
  ~ShardWriter();

  // As Writer::renew_tail() and follow(); the subject of the request is not used.
  struct TailRenewal {};
  struct LogReading {};
  // A command on one subject.
  struct WriteRequest {
    UserKey key;
    Guid event_id;
    std::variant<presence::Command, directory::EntityChange, TailRenewal, LogReading> what;
    Time now;
    WriteCallback done;
    SteadyTime submitted_at{};  // by the log's clock
    bool was_tried = false;     // its event, or one that it may depend on, was appended without success
  };
  // Begins a turn if none is under way; otherwise the request waits for the next. The requests of one tenant on its
  // users are decided in the order of submit(), and so are those on its directory. Any thread.
  void submit(WriteRequest request);
  // As Writer::offer().
  void offer(std::string message, std::move_only_function<void(Taken)> done);
  // As Writer::settle(), of this shard.
  void settle(Time now);
  // As Writer::recall_outcomes(), of this shard.
  std::expected<void, log::Unavailable> recall_outcomes();
  // As Writer::healthy(), of this shard.
  bool healthy() const;

 private:
  // A subject as the open batch leaves it. For tenants, applications and groups the record is not used.
  using Scratch = log::PersonFold;
  // A user, an application and a group may have the same id.
  enum class SubjectKind : std::uint8_t { kUser, kApp, kTenant, kGroup };
  using SubjectId = std::tuple<SubjectKind, UserKey>;
  struct SubjectHash {
    std::size_t operator()(const SubjectId& id) const;
  };

  std::optional<WriteRequest> queue(WriteRequest&& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  FairQueue<WriteRequest>& next_queue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void begin_task() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { ++tasks_; }
  void end_task() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void run_turns();
  bool take_waiting();
  void read_on();
  bool apply(const log::NextBatches& next);
  bool continue_turn();
  void decide_all();
  std::optional<std::size_t> place_of_first(const WriteRequest& request);
  void append();
  void reply_all(SteadyTime now);
  void give_up();
  void note_success() { view_.hold().succeeded(shard_, last_at_); }
  void note_failure();  // unless the turn appends nothing

  Outcome decide(const WriteRequest& request);
  void count(const presence::Command& command, WriterCounters::CommandEffect result);
  void count_transition(const presence::Command& command, const presence::DecidedChange& change);
  std::optional<Outcome> decide_presence(const WriteRequest& request, const presence::Command& command);
  bool has_batch() const { return renews_tail_ || !batch_.events.empty(); }
  void decide_directory(const WriteRequest& request, const directory::EntityChange& change);
  Scratch& scratch_of(SubjectKind kind, const UserKey& key);
  log::Event& add_event(const Scratch& subject, const WriteRequest& request, decltype(log::Event::body) body);

  View& view_;
  log::ShardLog& log_;
  const std::uint32_t shard_;
  const presence::Policy policy_;
  WriterCounters& counters_;          // of all shards
  WrittenListener* const& listener_;  // of the writer, once it is set

  Mutex mutex_;
  CondVar idle_;
  // Tenants take turns in both queues, and so do the queues. A directory change makes no room for commands: the
  // administrative command that waits for it holds all its changes in memory already.
  FairQueue<WriteRequest> commands_ ABSL_GUARDED_BY(mutex_){kPendingMax};
  FairQueue<WriteRequest> changes_ ABSL_GUARDED_BY(mutex_){std::numeric_limits<std::size_t>::max()};
  bool is_turn_of_changes_ ABSL_GUARDED_BY(mutex_) = false;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;      // a turn is under way
  std::size_t tasks_ ABSL_GUARDED_BY(mutex_) = 0;  // the turns and the offers that the log will call

  // Used on the log's threads only.
  ShardFeed feed_;
  bool is_at_end_ =
      false;        // the feed includes the end of the log, unless another writer has appended meanwhile
  Time last_at_{};  // the time of the next batch, at least

  // The turn under way.
  std::vector<WriteRequest> current_;
  std::vector<Outcome> outcomes_;  // of current_, once the open batch is durable
  log::Batch batch_;
  SteadyTime tried_at_{};            // when its last append began, or the reading before the first one
  std::uint64_t expected_last_ = 0;  // the end of the log that batch_ was appended to
  bool renews_tail_ = false;         // the batch is appended also if it has no events
  // An append after expected_last_ has an unknown outcome, and may still be written. Read by settle() on any thread.
  std::atomic<bool> may_be_written_ = false;
  bool is_batch_written_ =
      false;  // batch_ was found in the log after its append had another outcome than kOk
  absl::flat_hash_map<SubjectId, Scratch, SubjectHash> scratch_;
  absl::flat_hash_map<Guid, std::size_t, EventIdHash> places_;  // of the commands in current_, by event id
};

}  // namespace porchlight::state
