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
#include "http/census.h"
#include "http/handler.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/parser.h"
#include "http/serialize.h"
#include "http/timeouts.h"
#include "http/transport.h"

namespace porchlight::http {

// What the connections of one loop share.
struct Workbench {
  static constexpr std::size_t kInputBytes = 32 * 1024;

  Workbench(Loop& owner, Handler& requests, const Limits& bounds, Census& counts)
      : loop(owner), handler(requests), limits(bounds), census(counts), reader(limits) {}

  Loop& loop;
  Handler& handler;
  const Limits limits;
  Census& census;
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
  Door door;
  PeerKey key{};
  char text[46] = "";  // INET6_ADDRSTRLEN
};

class Connection final : public Timed {
 public:
  // What the loop does with it next.
  enum class Next : std::uint8_t {
    kWait,   // for the socket, the clock or an answer
    kAgain,  // there is more to read: let others have their turn first
    kOver,   // destroy it
  };

  Connection(Workbench& bench, std::uint64_t id, int fd, const Peer& peer, TlsContext* tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return transport_.fd(); }
  std::uint64_t id() const { return id_; }

  // The socket became ready (epoll's words, edge-triggered).
  Next on_ready(std::uint32_t events);
  // Goes on where kAgain left off.
  Next go_on();
  // The answer to the request that was left for later; too late or unknown ones are dropped.
  Next on_answer(std::uint32_t stream, std::move_only_function<void(Response&)>& fill);
  // More for the answer that goes on; it ends with this where it is the last. Dropped where it has ended.
  Next on_push(std::uint32_t stream, std::string_view bytes, bool last);
  // The request that is being handled may take so long, and `gone` hears if nobody waits for it any more.
  void hold(std::uint32_t stream, Duration longest, std::move_only_function<void()> gone);
  // Its time in the queue has come: acts if something is really overdue.
  Next on_time();
  // The loop is draining: what is not at work ends.
  Next on_drain();

  // The loop's mark that it will call go_on().
  bool goes_on = false;

  // When it must next be looked at.
  SteadyTime deadline() const;
  // Open and between two requests; since when.
  bool is_idle() const;
  SteadyTime idle_since() const { return active_; }

 private:
  enum class State : std::uint8_t { kHandshake, kOpen, kClosing, kLingering, kOver };

  Next work();
  bool shake_hands();
  void read_once();
  void handle_rest();
  std::size_t handle_all(std::string_view input);
  bool handle_step(Http1Parser::Step step);
  void on_head();
  void on_whole();
  void introduce(Request& request) const;

  struct AnswerTo {
    bool head_only = false;
    bool keep_alive = false;
    bool old_version = false;
  };
  void write_answer(const AnswerTo& request);
  void recognise();
  void finish_request();
  void refuse(int status, std::string_view reason);
  void flush();
  void keep_unsent(std::string_view unsent, std::size_t sent);
  void begin_lingering();
  void linger();

  struct Hold {
    SteadyTime until;
    std::move_only_function<void()> gone;
  };
  void let_go();

  // An answer that goes on (connection_stream.cc).
  struct Stream {
    GoesOn terms;
    Goes goes;
    SteadyTime beat;  // when the next heartbeat is due
  };
  bool is_upgraded() const { return stream_going_ && stream_going_->goes == Goes::kUpgraded; }
  bool is_streaming() const { return stream_going_ && state_ == State::kOpen; }
  void begin_stream(const AnswerTo& request);
  void push(std::string_view bytes);
  void end_stream();
  void beat();
  void say_how_it_goes();
  void lose_stream();

  bool is_stalled() const;
  std::size_t output_max() const;
  std::size_t waiting_output() const { return output_.size() - output_sent_; }
  SteadyTime rate_deadline(SteadyTime since, std::uint64_t bytes) const;
  SteadyTime request_deadline() const;

  Workbench& bench_;
  const std::uint64_t id_;
  Transport transport_;
  Http1Parser parser_;
  std::string input_;   // what is left of the bytes read, mostly nothing
  std::string output_;  // what the socket would not take, mostly nothing
  std::size_t output_sent_ = 0;

  State state_;
  bool readable_ = false;   // the socket may hold something
  bool writable_ = true;    // the socket may take something
  bool hung_up_ = false;    // the peer announced its end: what is read goes on up to it
  bool ended_ = false;      // the end was read
  bool in_flight_ = false;  // a request was left for later: nothing is read meanwhile
  bool stranger_;
  AnswerTo flight_;  // what the answer in flight needs to know
  std::uint32_t stream_ = 0;
  std::unique_ptr<Hold> hold_;  // of the request in flight, where its handler holds it
  std::unique_ptr<Stream> stream_going_;

  SteadyTime active_;         // the last answer; before the first, the beginning; lingering, its beginning
  SteadyTime request_began_;  // the first byte of the request at work
  SteadyTime body_began_;     // its head was whole
  SteadyTime output_began_;   // answers have been waiting since
  std::uint64_t output_moved_ = 0;  // and so much left meanwhile
  std::size_t lingered_bytes_ = 0;
  const Peer peer_;
};

}  // namespace porchlight::http
