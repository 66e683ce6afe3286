// A connection as the protocol spoken on it sees it: the loop it belongs to, the client at the other end and what it
// counts for, the output that waits, and the connection's end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/ip_address.h"
#include "http/loop_context.h"
#include "http/message.h"
#include "http/peer.h"
#include "http/waiting_bytes.h"

namespace porchlight::http {

// While the server stops, how long after its accept or its last response a connection may send another request.
inline constexpr Duration kDrainIdle = std::chrono::milliseconds(200);

// Counts a connection, or a request that came through a proxy, for the address of its client, until that client has
// authenticated or this is destroyed.
class CountedClient {
 public:
  explicit CountedClient(ConnectionLimiter& limiter) : limiter_(limiter) {}
  ~CountedClient() { end(); }
  CountedClient(const CountedClient&) = delete;
  CountedClient& operator=(const CountedClient&) = delete;

  // The limiter has counted the address already.
  void adopt(const IpAddress& address) { address_ = address; }
  // Returns false if the address has too many; it is then not counted.
  bool count(const IpAddress& address) {
    if (!limiter_.count_unauthenticated(address)) return false;
    address_ = address;
    return true;
  }
  void end() {
    if (const auto address = std::exchange(address_, std::nullopt)) limiter_.mark_authenticated(*address);
  }
  bool is_counted() const { return address_.has_value(); }

 private:
  ConnectionLimiter& limiter_;
  std::optional<IpAddress> address_;
};

// Shared by a Connection and its Protocol, which are destroyed before it.
class Link {
 public:
  enum class LinkState : std::uint8_t {
    kProxyHeader,
    kHandshake,
    kOpen,
    kClosing,    // the last output is being written
    kLingering,  // output has ended; input is discarded until the peer closes its side
    kClosed,
  };

  // `from`: the socket's peer. `context` must outlive the link.
  Link(LoopContext& shared, std::uint64_t number, int socket, const Peer& from);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  bool is_open() const { return state == LinkState::kOpen; }
  // Takes no further request, and closes when the output so far is written.
  void close_after_output() {
    if (is_open()) state = LinkState::kClosing;
  }
  // Closes now.
  void abort() { state = LinkState::kClosed; }

  // Makes the client that a proxy names in its PROXY header the peer. Returns false if it has too many connections, as
  // at an accept.
  bool take_client(const IpAddress& client, bool is_https);
  // Fills in the client of the request: the peer, or the one that a trusted proxy names.
  void set_client(Request& request);
  // Counts a request of a proxy for its client, after set_client(), until that has authenticated or the response is
  // written. Returns false if the client has too many such requests at work: the request is then to be refused.
  bool count_client(CountedClient& counted);
  // The response of the context is written, or is awaited from another thread: an authenticated client no longer counts
  // as unauthenticated.
  void mark_authenticated(CountedClient& request);

  // The most output that may wait before no further request is handled, and whether less waits now.
  std::size_t output_max() const;
  bool has_room() const { return waiting + context.output.size() < output_max(); }
  // Counts the output that waits, for the application of the last response that has one. A connection that exceeds the
  // application's share closes.
  void count_output();
  // The tenant of the last response that has one: the nil id before.
  const Guid& tenant() const { return output_owner_.first; }
  // The system gives the connection up if the peer acknowledges nothing for a minute: one that only receives would
  // otherwise stay open long after its peer was switched off.
  void give_up_on_silence() const;

  // While the server stops: whether the client has connected, or got a response, so recently that its next request may
  // be on the way. A connection that is closed meanwhile would lose it.
  bool may_send_soon() const { return context.now < active + kDrainIdle; }

  LoopContext& context;
  const std::uint64_t id;  // under which the loop finds the connection
  const int fd;
  LinkState state = LinkState::kOpen;
  bool unauthenticated;  // no request of this connection, or of its client, has proved its identity
  Peer peer;
  CountedClient counted;    // for the peer, or for the client of the request of a proxy
  SteadyTime active;        // end of the last response; at first the accept; while lingering, its start
  std::size_t waiting = 0;  // bytes of output that the socket has not taken
  std::size_t queued = 0;   // bytes of responses that the protocol keeps back

 private:
  OwnCounter& connections() const {
    return context.counters.connections[static_cast<std::size_t>(peer.listener_kind)];
  }
  void own_output();

  std::size_t output_counted_ = 0;  // bytes that wait as the budget of the application counts them
  AppOfTenant output_owner_;        // of the last response that has one
};

// The refusal of a request for which count_client() returned false.
extern const RequestError kTooManyOfClient;

}  // namespace porchlight::http
