// The framing of a connection: bytes of the peer to requests, and responses to bytes. HTTP/1.1 (http1.h) and HTTP/2
// (http2.h) implement it; neither touches the socket, which is the Connection's. All on the thread of the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace porchlight::http {

// The protocol spoken on one connection. It appends output to LoopContext::output, and ends the connection through its
// Link.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // Handles bytes of the peer in order. Returns how many were used: the rest is passed again, with what follows it.
  virtual std::size_t receive(std::string_view input) = 0;
  // Appends output that was kept back, as far as the connection has room. Returns whether more is left that could be
  // sent.
  virtual bool produce() = 0;
  // Output was given to the socket; Link::waiting is what it did not take.
  virtual void on_written() = 0;
  // The peer closed its side, and all its bytes were passed.
  virtual void on_input_end() = 0;

  // See Exchange::answer(), push(), end() and hold(). Ignored if `stream` has ended.
  virtual void on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill) = 0;
  virtual void on_chunk(std::uint32_t stream, std::string_view bytes, bool last) = 0;
  virtual void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned) = 0;

  // The next time at which something may be overdue; kNever if nothing is awaited. Not asked while is_idle().
  virtual SteadyTime deadline() const = 0;
  // A deadline has passed, or that of an idle connection: acts on what is really overdue.
  virtual void on_deadline() = 0;
  // The server is stopping: takes no new request, and ends streams that would not end by themselves.
  virtual void drain() = 0;

  // Whether no request is at work or has begun.
  virtual bool is_idle() const = 0;
  // Since when only the client is awaited: its next request, the rest of one, or that it takes a response. kNever if
  // the server owes a response or streams one.
  virtual SteadyTime awaits_client_since() const = 0;
  // Whether no input may be handled now: a response is outstanding, or too much output waits.
  virtual bool is_stalled() const = 0;
  // Whether a peer that closes its side is taken to be gone, because a response takes long.
  virtual bool needs_open_peer() const = 0;
};

}  // namespace porchlight::http
