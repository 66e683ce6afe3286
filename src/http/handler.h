// The interface between the HTTP module and its users: a Handler for each loop, and Exchange for responses
// that come later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/time.h"
#include "http/message.h"
#include "http/request_error.h"

namespace porchlight::http {

class Loop;

// Identifies one outstanding request. A value that may outlive the connection; then its calls have no effect.
// The loop must outlive it.
class Exchange {
 public:
  // `stream`: the number of the request within its connection.
  Exchange(Loop& loop, std::uint64_t connection, std::uint32_t stream)
      : loop_(&loop), connection_(connection), stream_(stream) {}
  // From any thread: runs `fill` on the loop's thread to write the response. To be called exactly once for
  // each request that was kLater.
  void answer(std::move_only_function<void(Response&)> fill) const;

  // On the loop's thread, before handle() returns kLater: the response may take up to `longest`, at most
  // Limits::held_request, instead of the usual limits. `on_abandoned` is called on the loop's thread if the
  // client closes its side or is cut off before the response.
  void hold(Duration longest, std::move_only_function<void()> on_abandoned) const;

  // From any thread: runs `task` on the loop's thread, whatever happened to the request. Not run once the
  // loop has stopped.
  void on_loop(std::move_only_function<void()> task) const;

  // From any thread, after a streaming response has begun: sends `bytes`. Dropped if the stream has ended.
  void push(Bytes bytes) const;
  // The same, and ends the response.
  void end(Bytes last) const;

  // The same exchange; `observe` is called with the response on the loop's thread once it is filled.
  Exchange observed_by(std::function<void(const Response&)> observe) const;

 private:
  Loop* loop_;
  std::uint64_t connection_;
  std::uint32_t stream_;
  std::shared_ptr<const std::function<void(const Response&)>> observer_;
};

// Whether the response is complete, or follows through Exchange::answer().
enum class HandleResult : std::uint8_t { kNow, kLater };

// Whether a body is read, and up to which size.
struct Admission {
  // Implicit: within Limits::body_bytes.
  Admission(bool is_admitted) : admitted(is_admitted) {}
  // Admits a body of up to `most` bytes instead, but not above Limits::admitted_body_bytes. A longer one is refused
  // with `too_large`.
  static Admission up_to(std::size_t most, const RequestError& too_large) {
    Admission admission(true);
    admission.body_bytes = most;
    admission.too_large = too_large;
    return admission;
  }

  bool admitted;
  std::size_t body_bytes = 0;  // 0: Limits::body_bytes
  RequestError too_large = kBodyTooLarge;
};

// The application behind a loop; all calls are made on the loop's thread. An exception costs its request a
// 500 and closes the connection.
class Handler {
 public:
  virtual ~Handler() = default;

  // An iteration of the loop begins, at these times of the loop's clock.
  virtual void on_loop_iteration(Time, SteadyTime) {}

  // The head is complete, and a body of `body_bytes` (-1: unknown) is still to come. Returns true to read the
  // body; if `response.authenticated` is set then, the client counts as authenticated from now on. With false,
  // `response` is the response, and the body is discarded or the connection closed. Over HTTP/1.1, not called for a
  // short body that arrives with its head.
  virtual Admission admit(const Request& head, std::int64_t body_bytes, Response& response) = 0;

  // A complete request. kNow: `response` is filled. kLater: exchange.answer() will be called.
  virtual HandleResult handle(const Request& request, Response& response, Exchange exchange) = 0;

  // A protocol error or an exceeded limit; `response` has its `status`. Fills the body that belongs to
  // `status` (400, 408, 413, 414, 417, 429, 431, 501, 505). `reason` is a fixed text for the client. The
  // connection closes afterwards.
  virtual void refuse(int status, std::string_view reason, Response& response) = 0;
};

}  // namespace porchlight::http
