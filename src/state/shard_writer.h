// The writer of one shard. It works in turns: a turn takes the waiting commands, decides them on scratch copies of
// their subjects, appends the events as one batch, and answers when the outcome of the append is known. There is one
// turn at a time. It starts on a submitter's thread and ends on that thread or on the log's; that thread then runs
// the next turns.
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
              WriterCounters& counters);
  ~ShardWriter();

  // As Writer::renew_tail(); the subject of the request is not used.
  struct TailRenewal {};
  // A command on one subject.
  struct WriteRequest {
    UserKey key;
    Guid event_id;
    std::variant<presence::Command, directory::EntityChange, TailRenewal> what;
    Time now;
    WriteCallback done;
  };
  // Runs a turn on this thread if none is under way; otherwise the request waits for the next. The requests of one
  // tenant on its users are decided in the order of submit(), and so are those on its directory.
  void submit(WriteRequest request);
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
  struct PendingReply {
    WriteCallback done;
    Outcome outcome;
  };

  std::optional<WriteRequest> queue(WriteRequest&& request) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void run_batches();
  bool take_waiting();
  FairQueue<WriteRequest>& next_queue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool prepare_batch();
  bool append_batch();
  void finish_batch(log::Appended appended);
  bool catch_up(bool& found_own_batch);
  void reply_all(bool is_durable);

  void decide(WriteRequest& request);
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
  WriterCounters& counters_;  // of all shards

  Mutex mutex_;
  CondVar idle_;
  // Tenants take turns in both queues, and so do the queues. A directory change makes no room for commands: the
  // administrative command that waits for it holds all its changes in memory already.
  FairQueue<WriteRequest> commands_ ABSL_GUARDED_BY(mutex_){kPendingMax};
  FairQueue<WriteRequest> changes_ ABSL_GUARDED_BY(mutex_){std::numeric_limits<std::size_t>::max()};
  bool is_turn_of_changes_ ABSL_GUARDED_BY(mutex_) = false;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;  // a turn is under way

  // State of the turn under way; used only by the thread that runs it. It passes to the log's thread with rendezvous_.
  std::vector<WriteRequest> current_;  // requests of the turn that are not decided yet
  log::Batch batch_;
  bool renews_tail_ = false;  // the batch is appended also if it has no events
  std::uint64_t expected_last_ = 0;
  std::vector<PendingReply> replies_;  // in order of the requests
  absl::flat_hash_map<SubjectId, Scratch, SubjectHash> scratch_;
  Time last_at_{};           // time of the shard's last batch
  bool tail_known_ = false;  // the view includes the end of the log
  // Which side continues after an append: the later one of the caller of append() and its callback.
  enum class AppendRendezvous : std::uint8_t { kNone, kCaller, kCallback };
  std::atomic<AppendRendezvous> rendezvous_{AppendRendezvous::kNone};
  log::Appended appended_ = log::Appended::kUnknown;
};

}  // namespace porchlight::state
