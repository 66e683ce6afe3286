// Whoever follows a stream of a server over connections that break, and what they take people for by it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/graph/test_server.h"
#include "support/stream_client.h"

namespace porchlight::graph {

enum class ClientTransport : std::uint8_t { kSse, kWebSocket };

// Whom a stream is about.
struct FollowedPeople {
  enum class Kind : std::uint8_t { kPeople, kGroup, kTenant };
  Kind kind = Kind::kPeople;
  std::set<Guid> people = {};
  Guid group = {};
  bool operator==(const FollowedPeople&) const = default;
};

// People as a caller reads them, by id: each the JSON of their presence.
using PresenceMap = std::map<std::string, std::string>;
PresenceMap read(TestServer& server, const std::string& token, const FollowedPeople& followed);

// "Busy/InACall A0000000007": what of a presence's JSON changes in any case when it does.
std::string state_and_sequence(const Answer& presence);

// It checks what it hears: nothing it knows already, and nobody's number goes back.
class StreamFollower {
 public:
  StreamFollower(TestServer& server, ClientTransport transport, std::string token, FollowedPeople followed)
      : server_(server), transport_(transport), token_(std::move(token)), followed_(std::move(followed)) {
    save();
  }

  const std::string& token() const { return token_; }
  ClientTransport transport() const { return transport_; }
  const FollowedPeople& followed() const { return followed_; }
  const PresenceMap& presences() const { return presences_; }
  // All that was ever told of a person, as state_and_sequence().
  const std::map<std::string, std::set<std::string>>& seen_states() const { return seen_states_; }

  // Connects, anew where it was connected, and says what it heard last. What was on its way is lost.
  void reconnect();
  // As come(), with an id that is not its own, which must not fit.
  void connect_with(const std::string& last_id);
  // As come(), knowing what the other knows; they must follow the same people.
  void connect_as(const StreamFollower& other);
  // The connection is gone.
  void disconnect() { client_.reset(); }
  bool is_connected() const { return client_ != nullptr; }
  const std::string& last_id() const { return last_id_; }
  // Remembers what it knows now; comes with what it knew then.
  void save() { saved_ = {followed_, presences_, last_id_}; }
  void connect_as_saved();

  // Hears what has come, `count` events at most.
  void read_events(int count);
  // Hears until its presences is this one; fails where it does not become so.
  void read_until(const PresenceMap& presences);
  // Hears all up to the end of the stream.
  void read_to_end();

  // Of a WebSocket: from now on it is about these as well, about the group instead, or without these.
  void subscribe(const Guid& person);
  void subscribe_group(const Guid& group);
  void unsubscribe(const Guid& person);
  void unsubscribe();

 private:
  struct Saved {
    FollowedPeople followed;
    PresenceMap presences;
    std::string last_id;
  };
  void connect(const std::string& last_id);
  void send(const std::string& message, std::string_view answer = "subscribed");
  void apply(const StreamEvent& event);
  void apply_presence(const std::string& json);
  std::string query() const;

  TestServer& server_;
  const ClientTransport transport_;
  const std::string token_;
  FollowedPeople followed_;
  PresenceMap presences_;
  std::string last_id_;
  Saved saved_;
  std::unique_ptr<StreamClient> client_;
  bool had_snapshot_ = false;                   // this connection began with a snapshot
  std::map<std::string, std::string> numbers_;  // the last sequence number of each person
  std::map<std::string, std::set<std::string>> seen_states_;
};

}  // namespace porchlight::graph
