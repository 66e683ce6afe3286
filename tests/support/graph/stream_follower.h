// A client of a stream over connections that break, and the presences that it knows from its events.
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

// The people that a stream follows.
struct FollowedPeople {
  enum class Kind : std::uint8_t { kPeople, kGroup, kTenant };
  Kind kind = Kind::kPeople;
  std::set<Guid> people = {};
  Guid group = {};
  bool operator==(const FollowedPeople&) const = default;
};

// The JSON of each presence, by id.
using PresenceMap = std::map<std::string, std::string>;
// The presences of these people as a read by the caller returns them.
PresenceMap read(TestServer& server, const std::string& token, const FollowedPeople& followed);

// "Busy/InACall A0000000007": the members of a presence that change with every visible change.
std::string state_and_sequence(const Answer& presence);

// Checks each event: no presence that it knows already, and no sequence number that decreases.
class StreamFollower {
 public:
  StreamFollower(TestServer& server, ClientTransport transport, std::string token, FollowedPeople followed)
      : server_(server), transport_(transport), token_(std::move(token)), followed_(std::move(followed)) {
    save();
  }

  const std::string& token() const { return token_; }
  ClientTransport transport() const { return transport_; }
  const FollowedPeople& followed() const { return followed_; }
  // The presences that it knows, as events have them.
  const PresenceMap& presences() const { return presences_; }
  // The same as a read has them: without the planned change.
  PresenceMap presences_of_a_read() const;
  // All states received of each person, as state_and_sequence().
  const std::map<std::string, std::set<std::string>>& seen_states() const { return seen_states_; }

  // Connects with the id of the last event. Events in flight on an earlier connection are lost.
  void reconnect();
  // Like reconnect(), with an id of another stream, which the server must not accept.
  void connect_with(const std::string& last_id);
  // Like reconnect(), with the state and id of another client of the same people.
  void connect_as(const StreamFollower& other);
  // Closes the connection.
  void disconnect() { client_.reset(); }
  bool is_connected() const { return client_ != nullptr; }
  const std::string& last_id() const { return last_id_; }
  // Saves the present state; connects with the saved one.
  void save() { saved_ = {followed_, presences_, last_id_}; }
  void connect_as_saved();

  // Reads the events that have arrived, up to `count`.
  void read_events(int count);
  // Reads until its presences equal these of a read. Fails after a while.
  void read_until(const PresenceMap& presences);
  // Reads to the end of the stream.
  void read_to_end();

  // Messages of a WebSocket: adds a person, follows a group instead, removes a person or all.
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
  bool had_snapshot_ = false;                   // whether this connection has sent a snapshot
  std::map<std::string, std::string> numbers_;  // the last sequence number of each person
  std::map<std::string, std::set<std::string>> seen_states_;
};

}  // namespace porchlight::graph
