// One connection: reads requests, calls the handler, writes responses, enforces time-outs. All of it runs on
// the thread of its loop.
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
#include "http/compression.h"
#include "http/connection_limiter.h"
#include "http/handler.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/peer.h"
#include "http/serialize.h"
#include "http/timer_wheel.h"
#include "http/transport.h"
#include "http/waiting_bytes.h"

namespace porchlight::http {

// State that the connections of a loop share. Only the connection at work uses the buffers.
struct LoopContext {
  static constexpr std::size_t kInputBytes = 32 * 1024;

  LoopContext(Loop& owner, Handler& requests, const Limits& bounds, ConnectionLimiter& connections,
              std::vector<IpRange> proxies)
      : loop(owner),
        handler(requests),
        limits(bounds),
        trusted_proxies(std::move(proxies)),
        limiter(connections),
        reader(limits) {}

  Loop& loop;
  Handler& handler;
  const Limits limits;
  const std::vector<IpRange> trusted_proxies;
  ConnectionLimiter& limiter;
  HeadReader reader;
  Response response;  // of the request at work
  std::unique_ptr<char[]> input = std::make_unique_for_overwrite<char[]>(kInputBytes);
  std::string output;  // of the connection at work; empty between two
  CodingNegotiator negotiator;
  GzipCompressor compressor;
  std::string standing_lines;       // the fields of every response: Date of this second, and Vary
  std::optional<IpAddress> client;  // of the request at work, if it came from a trusted proxy
  SteadyTime now{};                 // constant during a loop iteration
  bool draining = false;            // the server is stopping
};

// A connection of a loop. Owned by the loop, which destroys it on Next::kClosed.
class Connection final : public TimerEntry {
 public:
  // What the loop must do next.
  enum class Next : std::uint8_t {
    kWait,    // wait for the socket, a deadline or a response
    kAgain,   // call resume() after the other connections had their turn
    kClosed,  // destroy the connection
  };

  // Owns `fd`. `tls`: null for plain connections. `proxy_header`: a trusted proxy names the client first (PROXY
  // protocol). `context` must outlive the connection.
  Connection(LoopContext& context, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls,
             bool proxy_header);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The descriptor, and the id under which the loop finds the connection.
  int fd() const { return transport_.fd(); }
  std::uint64_t id() const { return id_; }

  // The socket became ready; `events` are epoll's, edge-triggered.
  Next on_ready(std::uint32_t events);
  // Continues after kAgain.
  Next resume();
  // The response to a request for which the handler returned kLater. Ignored if the request is no longer in
  // flight.
  Next on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill);
  // More bytes of a streaming response, the last ones if `last`. Ignored if the stream has ended.
  Next on_chunk(std::uint32_t stream, std::string_view bytes, bool last);
  // The current request may take up to `longest`. `on_abandoned` is called if the client goes away before.
  void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned);
  // The timer is due: acts if a deadline has really passed.
  Next on_deadline();
  // The server is stopping: closes the connection if it is idle, ends its stream if it has one.
  Next on_drain();

  // Set by the loop while a call of resume() is scheduled.
  bool is_rescheduled = false;

  // The time of the next on_deadline().
  SteadyTime deadline() const;
  // Whether the connection is open and between two requests, and since when.
  bool is_idle() const;
  SteadyTime idle_since() const { return active_; }

 private:
  enum class ConnectionState : std::uint8_t {
    kProxyHeader,
    kHandshake,
    kOpen,
    kClosing,
    kLingering,
    kClosed,
  };

  Next work();
  bool begin();
  bool do_handshake();
  void read_once();
  void handle_buffered();
  std::size_t handle_all(std::string_view input);
  bool handle_step(Http1Parser::ParseStep step);
  void on_head();
  void on_request();

  // Clients behind trusted proxies (connection_proxy.cc).
  bool read_proxy_header();
  bool take_client(const IpAddress& client, bool is_https);
  void set_client(Request& request);
  bool count_client();
  void uncount_client();

  // What the response depends on after the request itself is gone.
  struct RequestTraits {
    bool head_only = false;
    bool keep_alive = false;
    bool is_http10 = false;
    ContentCoding coding = ContentCoding::kIdentity;
  };
  static RequestTraits traits_of(const Head& head);
  ContentCoding accepted_coding(const Head& head);
  void write_response(const RequestTraits& request);
  void mark_authenticated();
  void own_output();
  void finish_request();
  void refuse(int status, std::string_view reason);
  void flush();
  void keep_unsent(std::string_view unsent, std::size_t sent);
  void begin_lingering();
  void linger();

  // The handler's claim to a longer time for the request in flight.
  struct Hold {
    SteadyTime until;
    std::move_only_function<void()> on_abandoned;
  };
  void cancel_hold();

  // A streaming response (connection_stream.cc).
  struct ResponseStream {
    StreamingBody body;
    BodyFraming framing;
    SteadyTime heartbeat_at;  // when the next heartbeat is due
  };
  bool is_upgraded() const { return response_stream_ && response_stream_->framing == BodyFraming::kUpgraded; }
  bool is_endless() const { return is_streaming() && !response_stream_->body.finite; }
  bool is_streaming() const { return response_stream_ && state_ == ConnectionState::kOpen; }
  void begin_stream(const RequestTraits& request);
  void send_chunk(std::string_view bytes);
  void end_stream();
  void send_heartbeat();
  void notify_flow_control();
  void close_stream();

  // A time that has not been set.
  static constexpr SteadyTime kUnset = SteadyTime::min();

  bool is_stalled() const;
  std::size_t output_max() const;
  void count_output();
  std::size_t waiting_output() const { return output_.size() - output_sent_; }
  SteadyTime rate_deadline(SteadyTime since, std::uint64_t bytes, std::size_t bytes_per_s) const;
  SteadyTime reader_deadline() const;
  SteadyTime request_deadline() const;

  LoopContext& context_;
  const std::uint64_t id_;
  Transport transport_;
  Http1Parser parser_;
  std::string input_;            // read but not handled; mostly empty
  std::string output_;           // not yet accepted by the socket; mostly empty
  std::size_t output_sent_ = 0;  // bytes at the front of output_ that were sent

  ConnectionState state_;
  bool readable_ = false;   // the socket may have input
  bool writable_ = true;    // the socket may accept output
  bool hung_up_ = false;    // the peer closed its side; input before that is still read
  bool ended_ = false;      // the end of the input was read
  bool in_flight_ = false;  // a response is outstanding; nothing is read until it comes
  bool unauthenticated_;    // no request of this connection, or of its client, has proved its identity
  std::optional<IpAddress> counted_;  // the address for which the limiter counts this connection
  RequestTraits in_flight_traits_;    // of the request in flight
  std::uint32_t stream_ = 0;          // number of the last request
  std::unique_ptr<Hold> hold_;        // of the request in flight, if its handler asked for more time
  std::unique_ptr<ResponseStream> response_stream_;

  SteadyTime active_;         // end of the last response; at first the accept; while lingering, its start
  SteadyTime request_began_;  // first byte of the current request
  SteadyTime body_began_;     // its head was complete
  SteadyTime output_began_;   // since when output waits
  std::uint64_t output_moved_ = 0;  // bytes sent since then
  std::size_t output_most_ = 0;     // the most bytes that waited since then
  std::size_t output_counted_ = 0;  // bytes that wait as the budget of the application counts them
  AppOfTenant output_owner_;        // of the last response that has one
  std::size_t lingered_bytes_ = 0;
  Peer peer_;
};

}  // namespace porchlight::http
