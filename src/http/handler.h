// What the rooms above give the HTTP room: a handler per loop. And what it gives them to answer later.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.h"
#include "http/message.h"

namespace porchlight::http {

class Loop;

// The address of one unanswered request. A value; may outlive the connection, and then answers nobody. The
// loop must outlive it.
class Exchange {
 public:
  Exchange(Loop& loop, std::uint64_t connection, std::uint32_t stream)
      : loop_(&loop), connection_(connection), stream_(stream) {}
  // From any thread: has `fill` write the response on the loop's own thread. Exactly once per request that
  // was kLater.
  void answer(std::move_only_function<void(Response&)> fill) const;

  // On the loop's thread, before the handler says kLater: the answer may take up to `longest`, at most
  // Limits::held_request, however long other requests may. `gone` is called on the loop's thread if nobody
  // waits for it any more: the client ended its side, or was cut off.
  void hold(Duration longest, std::move_only_function<void()> on_abandoned) const;

  // From any thread: has `task` run on the loop's own thread, whatever has become of the request; never where
  // the loop has stopped.
  void on_loop(std::move_only_function<void()> task) const;

  // From any thread, once the handler has said that the answer goes on: sends these bytes too. They are
  // dropped where nobody reads any more.
  void push(Bytes bytes) const;
  // The same, and nothing comes after them.
  void end(Bytes last) const;

  // The same exchange, whose answer is shown to `see` on the loop's thread once it is filled.
  Exchange observed_by(std::function<void(const Response&)> observe) const;

 private:
  Loop* loop_;
  std::uint64_t connection_;
  std::uint32_t stream_;
  std::shared_ptr<const std::function<void(const Response&)>> observer_;
};

enum class HandleResult : std::uint8_t { kNow, kLater };

// Runs on its loop's thread only. An exception that escapes costs its request a 500 and the connection.
class Handler {
 public:
  virtual ~Handler() = default;

  // A turn of the loop begins: the moment to read the clock.
  virtual void on_loop_iteration() {}

  // The head is here, and a body of `body_bytes` (or of unknown length, -1) is still to come. True: read it.
  // False: `response` is the answer already, and the body is drained or the connection closed.
  virtual bool admit(const Request& head, std::int64_t body_bytes, Response& response) = 0;

  // A whole request. kNow: `response` is filled. kLater: somebody will call exchange.answer().
  virtual HandleResult handle(const Request& request, Response& response, Exchange exchange) = 0;

  // The connection broke the protocol or a limit; `response` has `status` already. Fills the body that
  // belongs to `status` (400, 408, 413, 414, 417, 431, 501, 505). `reason` is a fixed text for the caller.
  // The connection closes afterwards.
  virtual void refuse(int status, std::string_view reason, Response& response) = 0;
};

}  // namespace porchlight::http
