// Messages between the nodes of a cell. A message may be lost, repeated, delayed and overtaken; none is altered.
// Nothing is stored. A server that is alone has none (docs/decisions/0019-several-writers.md).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::cluster {

// Why a request has no reply.
enum class NoReply : std::uint8_t {
  kNoResponders,  // no node listens on the subject; it was not delivered
  kTimeout,       // no reply until the deadline; it may have been delivered
};

// A message that arrived. For a request, `reply` sends the reply, once, on any thread; it may be dropped.
struct Message {
  std::string_view bytes;
  std::move_only_function<void(std::string)> reply;  // empty if no reply is expected
};

// May be used from any thread. Subjects are made of words of a-z and 0-9, separated by dots.
class Messages {
 public:
  using MessageHandler = std::function<void(Message&)>;
  using NodeReplyCallback = std::move_only_function<void(std::expected<std::string, NoReply>)>;
  virtual ~Messages() = default;

  // Sends a message to all other nodes that listen on the subject.
  virtual void publish(std::string_view subject, std::string bytes) = 0;
  // Sends a request to one node that listens on the subject. Calls `done` once, at the deadline at the latest, on any
  // thread or within the call.
  virtual void request(std::string_view subject, std::string bytes, SteadyTime deadline,
                       NodeReplyCallback done) = 0;
  // Calls `handler` for each message of the subject from now on, on the threads of this object.
  virtual void listen(std::string_view subject, MessageHandler handler) = 0;
  // Whether messages of this node reach a majority of the engine's servers, as far as is known.
  virtual bool connected() const = 0;
};

}  // namespace porchlight::cluster
