// The writer of one shard. Work goes on in turns: a turn takes what waits, decides it on scratch copies,
// appends the events as one batch, and answers once the log has spoken. One turn at a time; it moves from the
// submitter's thread to the log's and back.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "log/person_fold.h"
#include "state/writer.h"

namespace porchlight::state {

class Writer::ShardWriter {
 public:
  ShardWriter(View& view, log::ShardLog& log, std::uint32_t shard, const presence::Policy& policy);
  ~ShardWriter();

  // What is asked of one subject.
  struct WriteRequest {
    UserKey key;
    Guid event_id;
    std::variant<presence::Command, directory::EntityChange> what;
    Time now;
    WriteCallback done;
  };
  void submit(WriteRequest request);
  bool healthy() const;

 private:
  // A subject as the open batch leaves it. Of tenants, applications and groups without the record.
  using Scratch = log::PersonFold;
  // Users, applications and tenants have ids of their own kinds.
  enum class SubjectKind : std::uint8_t { kUser, kApp, kTenant, kGroup };
  using SubjectId = std::tuple<SubjectKind, UserKey>;
  struct SubjectHash {
    std::size_t operator()(const SubjectId& id) const;
  };
  struct PendingReply {
    WriteCallback done;
    Outcome outcome;
  };

  void run_batches();
  bool take_waiting();
  bool prepare_batch();
  bool append_batch();
  void finish_batch(log::Appended appended);
  bool catch_up(bool& found_own_batch);
  void reply_all(bool is_durable);

  void decide(WriteRequest& request);
  std::optional<Outcome> decide_presence(const WriteRequest& request, const presence::Command& command);
  void decide_directory(const WriteRequest& request, const directory::EntityChange& change);
  Scratch& scratch_of(SubjectKind kind, const UserKey& key);
  log::Event& add_event(const Scratch& subject, const WriteRequest& request, decltype(log::Event::body) body);

  View& view_;
  log::ShardLog& log_;
  const std::uint32_t shard_;
  const presence::Policy policy_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<WriteRequest> waiting_;  // guarded by mutex_
  bool busy_ = false;                 // guarded by mutex_: a turn is under way
  std::atomic<bool> last_append_ok_{true};

  // Of the turn under way.
  std::vector<WriteRequest> current_;
  log::Batch batch_;
  std::uint64_t expected_last_ = 0;
  std::vector<PendingReply> replies_;
  absl::flat_hash_map<SubjectId, Scratch, SubjectHash> scratch_;
  Time last_at_{};           // of the shard's last batch
  bool tail_known_ = false;  // the view is at the end of the log
  // Who goes on after an append: the second to arrive of the append's caller and its callback.
  enum class AppendRendezvous : std::uint8_t { kNone, kCaller, kCallback };
  std::atomic<AppendRendezvous> rendezvous_{AppendRendezvous::kNone};
  log::Appended appended_ = log::Appended::kUnknown;
};

}  // namespace porchlight::state
