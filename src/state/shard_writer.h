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

#include "state/writer.h"

namespace porchlight::state {

class Writer::ShardWriter {
 public:
  ShardWriter(View& view, log::ShardLog& log, std::uint32_t shard, const presence::Policy& policy);
  ~ShardWriter();

  // What is asked of one subject.
  struct Request {
    UserKey key;
    Guid event_id;
    std::variant<presence::Command, directory::Change> what;
    Time now;
    Done done;
  };
  void submit(Request request);
  bool healthy() const;

 private:
  // A subject as the open batch leaves it.
  struct Scratch {
    std::uint64_t version = 0;  // 0: not there
    presence::Record record;    // of a person
  };
  // Users, applications and tenants have ids of their own kinds.
  enum class SubjectKind : std::uint8_t { kUser, kApp, kTenant, kGroup };
  using SubjectId = std::tuple<SubjectKind, UserKey>;
  struct SubjectHash {
    std::size_t operator()(const SubjectId& id) const;
  };
  struct Answer {
    Done done;
    Outcome outcome;
  };

  void run_turns();
  bool take_waiting();
  bool begin_turn();
  bool append_batch();
  void finish_turn(log::Appended appended);
  bool catch_up(bool& is_ours_there);
  void answer_all(bool is_durable);

  void decide(Request& request);
  std::optional<Outcome> decide_presence(const Request& request, const presence::Command& command);
  void decide_directory(const Request& request, const directory::Change& change);
  Scratch& scratch_of(SubjectKind kind, const UserKey& key);
  void add_event(Scratch& subject, const Request& request, decltype(log::Event::body) body);

  View& view_;
  log::ShardLog& log_;
  const std::uint32_t shard_;
  const presence::Policy policy_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Request> waiting_;  // guarded by mutex_
  bool busy_ = false;            // guarded by mutex_: a turn is under way
  std::atomic<bool> took_last_{true};

  // Of the turn under way.
  std::vector<Request> taken_;
  log::Batch batch_;
  std::uint64_t expected_last_ = 0;
  std::vector<Answer> answers_;
  absl::flat_hash_map<SubjectId, Scratch, SubjectHash> scratch_;
  Time last_at_{};           // of the shard's last batch
  bool tail_known_ = false;  // the view is at the end of the log
  // Who goes on after an append: the second to arrive of the append's caller and its callback.
  enum class Meeting : std::uint8_t { kNobody, kCaller, kCallback };
  std::atomic<Meeting> meeting_{Meeting::kNobody};
  log::Appended appended_ = log::Appended::kUnknown;
};

}  // namespace porchlight::state
