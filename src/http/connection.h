// One connection: the socket, the order of reading and writing, and the time-outs of both. What the bytes mean is the
// business of its Protocol. All of it runs on the thread of its loop.
//
//   [proxy header ->] [handshake ->] open -> closing (the last response is being written) -> lingering -> closed
//
// An idle connection owns no buffer: bytes are read into the loop's buffer, and only a rest is copied.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/link.h"
#include "http/loop_context.h"
#include "http/peer.h"
#include "http/protocol.h"
#include "http/ready_queue.h"
#include "http/timer_wheel.h"
#include "http/transfer_rate.h"
#include "http/transport.h"

namespace porchlight::http {

// A connection of a loop. Owned by the loop, which destroys it on Next::kClosed.
class Connection final : public TimerEntry, public ReadyEntry {
 public:
  // What the loop must do next.
  enum class Next : std::uint8_t {
    kWait,    // wait for the socket, a deadline or a response
    kAgain,   // call take_turn() when it is this connection's turn
    kClosed,  // destroy the connection
  };

  // Owns `fd`. `tls`: null for plain connections. `proxy_header`: a trusted proxy names the client first (PROXY
  // protocol). `context` must outlive the connection.
  Connection(LoopContext& context, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls,
             bool proxy_header);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The descriptor, and the id under which the loop finds the connection.
  int fd() const { return transport_.fd(); }
  std::uint64_t id() const { return link_.id; }

  // Notes that the socket became ready; `events` are epoll's, edge-triggered.
  Next on_ready(std::uint32_t events);
  // Reads, handles and writes what it can, up to LoopContext::turn.
  Next take_turn();
  // The response to a request for which the handler returned kLater. Ignored if the request is no longer in
  // flight.
  Next on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill);
  // More bytes of a streaming response, the last ones if `last`. Ignored if the stream has ended.
  Next on_chunk(std::uint32_t stream, std::string_view bytes, bool last);
  // The request may take up to `longest`. `on_abandoned` is called if the client goes away before.
  void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned);
  // The timer is due: acts if a deadline has really passed.
  Next on_deadline();
  // The server is stopping: closes the connection if it is idle, ends its streams if it has any.
  Next on_drain();

  // The time of the next on_deadline().
  SteadyTime deadline() const;
  // Whether the connection is open and between two requests.
  bool is_idle() const;
  // Since when only the client is awaited; kNever if the server owes a response or streams one.
  SteadyTime awaits_client_since() const;
  // Whose turn it takes: the tenant of the last response, the nil id before authentication.
  const Guid& tenant() const { return link_.tenant(); }

 private:
  using LinkState = Link::LinkState;

  bool begin();
  bool read_proxy_header();
  bool do_handshake();
  bool wants_input() const;
  void read_once();
  void handle_buffered();
  std::size_t handle(std::string_view input);
  bool choose_protocol(std::string_view input);
  void flush();
  void write_output();
  void keep_unsent(std::string_view unsent, std::size_t sent);
  void begin_lingering();
  void linger();

  Link link_;
  Transport transport_;
  std::unique_ptr<Protocol> protocol_;  // null until the first bytes show which one it is
  std::string input_;                   // read but not handled; mostly empty
  std::string output_;                  // not yet accepted by the socket; mostly empty
  std::size_t output_sent_ = 0;         // bytes at the front of output_ that were sent
  ReadingRate reading_;                 // of output_
  std::size_t lingered_bytes_ = 0;
  bool readable_ = false;  // the socket may have input
  bool writable_ = true;   // the socket may accept output
  bool hung_up_ = false;   // the peer closed its side; input before that is still read
  bool ended_ = false;     // the end of the input was read
};

}  // namespace porchlight::http
