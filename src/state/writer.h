// The path of each write: command, decision, append to the log, durable, applied to the view, answer. Each shard has
// one open batch and one append in flight; commands that arrive meanwhile go into the next batch. If they are more than
// one batch holds, their tenants take turns. No timer is involved.
//
// Any number of writers, each with its own view, may share a log (docs/spec/replication.md). All of it runs on the
// threads of the log.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/counter.h"
#include "log/shard_log.h"
#include "presence/policy.h"
#include "state/commands.h"
#include "state/shard_feed.h"
#include "state/view.h"

namespace porchlight::state {

// Commands that may wait in one shard. For each further one, the newest of the tenant that has most gets kOverloaded.
inline constexpr std::size_t kPendingMax = 16384;

// How long after its submission a command is decided again, if its append was refused or has an unknown outcome.
inline constexpr Duration kDecidedAgainFor = std::chrono::seconds(2);
// How long a command may wait for its first decision. A slow disk is no error, but a command that waits longer could be
// carried out by another node in the meantime, and its outcome be forgotten (kOutcomesKept).
inline constexpr Duration kDecidedWithin = std::chrono::seconds(5);

// What writers count for metrics.
struct WriterCounters {
  // What became of a command: an event, nothing because nothing had to change, or an error of the caller.
  enum class CommandEffect : std::uint8_t { kChanged, kUnchanged, kRejected, kNoSuchUser };
  static constexpr std::size_t kResults = 4;
  // By the place of the command in presence::Command, and by CommandEffect. Of each decision, also if it is made again.
  std::array<std::array<SharedCounter, kResults>, std::variant_size_v<presence::Command>> commands;
  // Visible states that commands have changed to others of another availability: by cause, and the ranks of the state
  // before and after. Of each decision, as before. What time alone changes has no event, and is not counted.
  enum class TransitionCause : std::uint8_t { kSession, kPreference, kCalendar };
  static constexpr std::size_t kTransitionCauses = 3;
  using ByState = std::array<SharedCounter, presence::kStates>;
  std::array<std::array<ByState, presence::kStates>, kTransitionCauses> transitions;
  SharedCounter unavailable;  // answered with WriteError::kUnavailable, directory changes as well
  SharedCounter overloaded;   // the same with kOverloaded
  SharedCounter conflicts;    // appends that were refused because another writer was first
  SharedCounter unknown;      // appends of unknown outcome
  SharedCounter repeated;     // commands that were answered with the outcome of their first arrival
  std::array<SharedCounter, kTakenKinds> offered;  // batches of other nodes, by Taken
};

// A batch is closed when it has about this many bytes; further commands go into the next one.
inline constexpr std::size_t kBatchBytesMax = 256 * 1024;

// A change of one directory object. `subject` is the user, application or group, or nil for the tenant itself.
struct DirectoryCommand {
  Guid tenant;
  Guid subject;
  directory::EntityChange change;
};

// Called for each batch of a writer, on the log's thread, when it is durable and the view shows it.
class WrittenListener {
 public:
  // `chain` is the chain with the batch.
  virtual void on_written(const log::Position& position, const log::Batch& batch, std::uint64_t chain) = 0;

 protected:
  ~WrittenListener() = default;
};

// May be used from any thread.
class Writer final : public Commands {
 public:
  // `logs` has one log for each shard. View and logs must outlive the writer.
  Writer(View& view, std::vector<log::ShardLog*> logs,
         const presence::Policy& policy = presence::kDocumentedPolicy);
  // Waits for appends in flight. submit() must not be called any more.
  ~Writer() override;
  // Sets the listener, before the first submit(). It must outlive the writer.
  void set_listener(WrittenListener& listener) { listener_ = &listener; }

  void submit(const UserKey& key, const Guid& event_id, const presence::Command& command, Time now,
              WriteCallback done) override;

  // Carries out directory changes. `done` is called once: when all are durable and visible, or with the first error
  // (other changes may have been made). The caller has validated them (unique names) and serialises such calls. The
  // removal of an unknown object changes nothing and is not an error.
  void submit(std::vector<DirectoryCommand> commands, Time now, WriteCallback done);

  // Appends an empty batch to the shard's log, so that the one before it is no longer the last and can be trimmed.
  // `done` is called as by the first submit().
  void renew_tail(std::uint32_t shard, Time now, WriteCallback done);

  // Applies the message of a batch (log/batch_codec.h) that another node has appended, if it is the next one of its
  // shard. `done` is called once, on the log's thread. Counted in WriterCounters::offered.
  void offer(std::uint32_t shard, std::string message, std::move_only_function<void(Taken)> done);
  // Remembers the event ids of the last batches that the view has, as if they were applied now: before the first
  // submit(), by a node that starts again. Without it, a command that arrived before its stop would be carried out
  // again when it arrives again. A server that is alone gets no command twice. Reads the logs, and returns the error.
  std::expected<void, log::Unavailable> recall_outcomes();
  // Appends an empty batch to the shards of which an append has an unknown outcome that no request waits for any more.
  // Otherwise its batch could be written late, and no node would look for it. A node of a cell calls it with each
  // heartbeat; a log that knows its end after a failure needs it not.
  void settle(Time now);
  // Brings the view to the end of the shard's log, as it is at the call or later. `done` is called as by the first
  // submit(), with the position.
  void follow(std::uint32_t shard, WriteCallback done);

  // Whether the log of each shard accepts appends. /readyz reports it.
  bool healthy() const;

  const WriterCounters& counters() const { return counters_; }

 private:
  class ShardWriter;
  WriterCounters counters_;
  WrittenListener* listener_ = nullptr;
  std::vector<std::unique_ptr<ShardWriter>> shards_;
};

}  // namespace porchlight::state
