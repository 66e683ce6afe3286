// The servers of the message engine as a node uses them: a connection to each, and requests over them.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "nats/engine_link.h"
#include "nats/log_threads.h"

namespace porchlight::nats {

// Servers of one cell.
inline constexpr std::size_t kServersMax = 7;
inline constexpr std::size_t kServerBytesMax = 260;  // of host:port

struct EngineOptions {
  std::vector<std::string> servers;  // host:port, each once; of all servers of the cell
  LinkFiles files;                   // may be missing only if all servers are on this machine
  std::string name;                  // of the node: letters a-z and digits
  std::size_t threads = 2;           // of the log
};

// Why the options can't be used; nullopt if they can.
std::optional<std::string> fault_of(const EngineOptions& options);

// Why a request has no reply.
enum class RequestFault : std::uint8_t {
  kNotSent,       // there is no connection, or the message is too long
  kNoResponders,  // no one listens on the subject: it was not delivered
  kLost,          // the connection was lost; it may have been delivered
  kTimeout,       // the same, without a sign of a loss
};
std::string_view text_of(RequestFault fault);

struct EngineReply {
  std::string bytes;
  int status;               // as in IncomingMessage
  std::uint64_t in_stream;  // as in IncomingMessage
};

// May be used from any thread.
class Engine {
 public:
  using EngineReplyCallback = std::move_only_function<void(std::expected<EngineReply, RequestFault>)>;

  // The options must have no fault. Connects in the background: twice if there is one server only, so that what is sent
  // on one connection can come back on another.
  explicit Engine(const EngineOptions& options);
  // What uses the engine ends before it. Callbacks are still called, with kLost.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  std::size_t links() const { return links_.size(); }
  EngineLink& link(std::size_t place) { return *links_[place]->link; }
  // Whether any connection is there.
  bool is_connected() const;
  LogThreads& threads() { return threads_; }

  // Sends a request, whose `reply_to` is not used, on the connection at `place`, or on the next one that is there.
  // Calls `done` once, within `within` and a little more: on a thread of the engine, or within the call if the request
  // is not sent.
  void request(std::size_t place, OutgoingMessage request, Duration within, EngineReplyCallback done);

 private:
  struct Linked {
    std::string inbox;  // the subject of replies, without its last word, which is the number of the request
    std::unique_ptr<EngineLink> link;
  };
  struct PendingRequest {
    std::size_t place;
    EngineReplyCallback done;
  };

  void take_reply(const IncomingMessage& message);
  void finish(std::uint64_t number, std::expected<EngineReply, RequestFault> reply);
  void fail_all(std::size_t place);

  Mutex mutex_;
  absl::flat_hash_map<std::uint64_t, PendingRequest> pending_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  LogThreads threads_;
  std::vector<std::unique_ptr<Linked>> links_;
};

}  // namespace porchlight::nats
