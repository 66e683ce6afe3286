// One connection: bytes in, requests to the handler, answers out, time-outs. Everything runs on its loop's
// thread.
//
//   handshake -> open -> closing (the last answer is on its way) -> lingering -> over
//
// While idle it owns no buffer: bytes are read into the loop's own, and only what is left of them is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/connection_limiter.h"
#include "http/handler.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/serialize.h"
#include "http/timer_wheel.h"
#include "http/transport.h"

namespace porchlight::http {

// What the connections of one loop share.
struct LoopContext {
  static constexpr std::size_t kInputBytes = 32 * 1024;

  LoopContext(Loop& owner, Handler& requests, const Limits& bounds, ConnectionLimiter& connections)
      : loop(owner), handler(requests), limits(bounds), limiter(connections), reader(limits) {}

  Loop& loop;
  Handler& handler;
  const Limits limits;
  ConnectionLimiter& limiter;
  HeadReader reader;
  Response response;
  std::unique_ptr<char[]> input = std::make_unique_for_overwrite<char[]>(kInputBytes);
  std::string output;     // of the connection at work
  std::string date_line;  // "Date: ...\r\n" of this second
  SteadyTime now{};       // of this turn
  bool draining = false;
};

// Where a connection came from.
struct Peer {
  ListenerKind listener_kind;
  PeerKey key{};
  char text[46] = "";  // INET6_ADDRSTRLEN
};

class Connection final : public TimerEntry {
 public:
  // What the loop does with it next.
  enum class Next : std::uint8_t {
    kWait,    // for the socket, the clock or an answer
    kAgain,   // there is more to read: let others have their turn first
    kClosed,  // destroy it
  };

  Connection(LoopContext& context, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return transport_.fd(); }
  std::uint64_t id() const { return id_; }

  // The socket became ready (epoll's words, edge-triggered).
  Next on_ready(std::uint32_t events);
  // Goes on where kAgain left off.
  Next resume();
  // The answer to the request that was left for later; too late or unknown ones are dropped.
  Next on_response(std::uint32_t stream, std::move_only_function<void(Response&)>& fill);
  // More for the answer that goes on; it ends with this where it is the last. Dropped where it has ended.
  Next on_chunk(std::uint32_t stream, std::string_view bytes, bool last);
  // The request that is being handled may take so long, and `gone` hears if nobody waits for it any more.
  void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> on_abandoned);
  // Its time in the queue has come: acts if something is really overdue.
  Next on_deadline();
  // The loop is draining: what is not at work ends.
  Next on_drain();

  // The loop's mark that it will call go_on().
  bool is_rescheduled = false;

  // When it must next be looked at.
  SteadyTime deadline() const;
  // Open and between two requests; since when.
  bool is_idle() const;
  SteadyTime idle_since() const { return active_; }

 private:
  enum class ConnectionState : std::uint8_t { kHandshake, kOpen, kClosing, kLingering, kClosed };

  Next work();
  bool do_handshake();
  void read_once();
  void handle_buffered();
  std::size_t handle_all(std::string_view input);
  bool handle_step(Http1Parser::ParseStep step);
  void on_head();
  void on_request();
  void set_peer(Request& request) const;

  struct RequestTraits {
    bool head_only = false;
    bool keep_alive = false;
    bool is_http10 = false;
  };
  void write_response(const RequestTraits& request);
  void mark_authenticated();
  void finish_request();
  void refuse(int status, std::string_view reason);
  void flush();
  void keep_unsent(std::string_view unsent, std::size_t sent);
  void begin_lingering();
  void linger();

  struct Hold {
    SteadyTime until;
    std::move_only_function<void()> on_abandoned;
  };
  void cancel_hold();

  // An answer that goes on (connection_stream.cc).
  struct ResponseStream {
    StreamingBody body;
    BodyFraming framing;
    SteadyTime heartbeat_at;  // when the next heartbeat is due
  };
  bool is_upgraded() const { return response_stream_ && response_stream_->framing == BodyFraming::kUpgraded; }
  bool is_streaming() const { return response_stream_ && state_ == ConnectionState::kOpen; }
  void begin_stream(const RequestTraits& request);
  void send_chunk(std::string_view bytes);
  void end_stream();
  void send_heartbeat();
  void notify_flow_control();
  void close_stream();

  bool is_stalled() const;
  std::size_t output_max() const;
  std::size_t waiting_output() const { return output_.size() - output_sent_; }
  SteadyTime rate_deadline(SteadyTime since, std::uint64_t bytes) const;
  SteadyTime request_deadline() const;

  LoopContext& context_;
  const std::uint64_t id_;
  Transport transport_;
  Http1Parser parser_;
  std::string input_;   // what is left of the bytes read, mostly nothing
  std::string output_;  // what the socket would not take, mostly nothing
  std::size_t output_sent_ = 0;

  ConnectionState state_;
  bool readable_ = false;   // the socket may hold something
  bool writable_ = true;    // the socket may take something
  bool hung_up_ = false;    // the peer announced its end: what is read goes on up to it
  bool ended_ = false;      // the end was read
  bool in_flight_ = false;  // a request was left for later: nothing is read meanwhile
  bool unauthenticated_;
  RequestTraits in_flight_traits_;  // what the answer in flight needs to know
  std::uint32_t stream_ = 0;
  std::unique_ptr<Hold> hold_;  // of the request in flight, where its handler holds it
  std::unique_ptr<ResponseStream> response_stream_;

  SteadyTime active_;         // the last answer; before the first, the beginning; lingering, its beginning
  SteadyTime request_began_;  // the first byte of the request at work
  SteadyTime body_began_;     // its head was whole
  SteadyTime output_began_;   // answers have been waiting since
  std::uint64_t output_moved_ = 0;  // and so much left meanwhile
  std::size_t lingered_bytes_ = 0;
  const Peer peer_;
};

}  // namespace porchlight::http
