// The way of every write: command -> decide -> append -> durable -> apply -> answer. One open batch per
// shard, one append in flight per shard; what waits meanwhile goes into the next batch, never by a timer.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "log/shard_log.h"
#include "presence/event.h"
#include "presence/policy.h"
#include "state/view.h"

namespace porchlight::state {

enum class WriteError : std::uint8_t {
  kNoSuchUser,
  kUnavailable,  // the log can't take it now, or its fate is unknown: the caller may try again
  kOverloaded,   // kPendingMax commands wait already
};

using Outcome = std::expected<log::Position, std::variant<presence::Rejection, WriteError>>;
using WriteCallback = std::move_only_function<void(const Outcome&)>;

// Commands that may wait at one shard before new ones are refused.
inline constexpr std::size_t kPendingMax = 16384;

// Bytes after which a batch closes; what waits then goes into the next one.
inline constexpr std::size_t kBatchBytesMax = 256 * 1024;

// A change to one directory subject: the user, the application, or nil for the tenant itself.
struct DirectoryCommand {
  Guid tenant;
  Guid subject;
  directory::EntityChange change;
};

class Writer {
 public:
  // `logs` has one log per shard. All must outlive the writer.
  Writer(View& view, std::vector<log::ShardLog*> logs,
         const presence::Policy& policy = presence::kDocumentedPolicy);
  ~Writer();  // waits for appends in flight; nothing may be submitted any more

  // Runs `command` on the person; `done` is called once, on any thread, when it is durable and visible, or
  // refused; it may submit again. `event_id` is made by the receiver of the request; `now` is the receiver's.
  void submit(const UserKey& key, const Guid& event_id, const presence::Command& command, Time now,
              WriteCallback done);

  // Makes all these directory changes; `done` when all are durable and visible, or with the first refusal
  // (others may have been made). The caller has checked them (uniqueness of UPNs) and serialises such calls.
  // Removing what is not there changes nothing, and is no fault.
  void submit(std::vector<DirectoryCommand> commands, Time now, WriteCallback done);

  // Whether every shard's log took the last batch offered, or would take one now: what /readyz says of
  // writes.
  bool healthy() const;

 private:
  class ShardWriter;
  std::vector<std::unique_ptr<ShardWriter>> shards_;
};

}  // namespace porchlight::state
