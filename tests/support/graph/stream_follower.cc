#include "support/graph/stream_follower.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <thread>

#include "support/graph/random_history.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

// How long to wait for an event. Only a failing test takes so long.
constexpr auto kEventTimeout = 20s;

Answer json_of(std::string text) {
  Answer answer;
  answer.body = std::move(text);
  return answer;
}

std::string list_of(const std::set<Guid>& people, std::string_view quote) {
  std::string list;
  for (const Guid& id : people) {
    if (!list.empty()) list += ',';
    list.append(quote).append(to_string(id)).append(quote);
  }
  return list;
}

}  // namespace

std::string state_and_sequence(const Answer& presence) {
  return presence.state() + " " + presence.at("/sequenceNumber");
}

PresenceMap read(TestServer& server, const std::string& token, const FollowedPeople& followed) {
  const std::vector<std::string> accept = {"Accept: application/json;odata.metadata=none",
                                           "Content-Type: application/json"};
  const Answer answer =
      followed.kind == FollowedPeople::Kind::kGroup
          ? server.send("GET", "/porchlight/v1/groups/" + to_string(followed.group) + "/presences", token,
                        accept)
      : followed.kind == FollowedPeople::Kind::kTenant
          ? server.send("GET", "/v1.0/communications/presences", token, accept)
          : server.send("POST", "/v1.0/communications/getPresencesByUserId", token, accept,
                        R"({"ids":[)" + list_of(followed.people, "\"") + "]}");
  PresenceMap presences;
  if (followed.kind == FollowedPeople::Kind::kPeople && followed.people.empty()) return presences;
  EXPECT_EQ(answer.status, 200) << answer.body;
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(answer.body);
  for (const simdjson::dom::element person : root["value"].get_array())
    presences.emplace(std::string_view(person["id"]), simdjson::minify(person));
  return presences;
}

std::string StreamFollower::query() const {
  switch (followed_.kind) {
    case FollowedPeople::Kind::kGroup:
      return "?group=" + to_string(followed_.group);
    case FollowedPeople::Kind::kTenant:
      return "?tenant";
    case FollowedPeople::Kind::kPeople:
      break;
  }
  return followed_.people.empty() ? "" : "?users=" + list_of(followed_.people, "");
}

// While an earlier connection still counts, the server answers 429.
void StreamFollower::connect(const std::string& last_id) {
  std::vector<std::string> fields = {"Authorization: Bearer " + token_};
  if (!last_id.empty()) fields.push_back("Last-Event-ID: " + last_id);
  if (transport_ == ClientTransport::kWebSocket) {
    fields.insert(fields.end(), {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="});
  }
  had_snapshot_ = false;
  client_.reset();
  const auto deadline = std::chrono::steady_clock::now() + kEventTimeout;
  do {
    client_ = std::make_unique<StreamClient>(server_.port(), "/porchlight/v1/stream" + query(), fields);
  } while (client_->status() == 429 && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(client_->status(), transport_ == ClientTransport::kWebSocket ? 101 : 200) << client_->head();
}

void StreamFollower::reconnect() { connect(last_id_); }

void StreamFollower::connect_with(const std::string& last_id) {
  connect(last_id);
  while (!had_snapshot_) {
    const auto event = client_->next();
    ASSERT_TRUE(event) << "no event";
    EXPECT_EQ(event->name, "snapshot") << "the id must not be accepted";
    apply(*event);
    if (event->name != "snapshot") return;
  }
}

void StreamFollower::connect_as(const StreamFollower& other) {
  presences_ = other.presences_;
  last_id_ = other.last_id_;
  numbers_ = other.numbers_;
  connect(last_id_);
}

void StreamFollower::connect_as_saved() {
  followed_ = saved_.followed;
  presences_ = saved_.presences;
  last_id_ = saved_.last_id;
  numbers_.clear();
  connect(last_id_);
}

void StreamFollower::read_events(int count) {
  for (; count > 0 && client_ && client_->has_event(0); --count) apply(*client_->next());
}

void StreamFollower::read_until(const PresenceMap& presences) {
  const auto deadline = std::chrono::steady_clock::now() + kEventTimeout;
  while (presences_of_a_read() != presences && std::chrono::steady_clock::now() < deadline) {
    if (!client_->has_event(100)) continue;
    const auto event = client_->next();
    ASSERT_TRUE(event) << "the stream ended";
    apply(*event);
  }
  EXPECT_EQ(presences_of_a_read(), presences) << query();
}

PresenceMap StreamFollower::presences_of_a_read() const {
  PresenceMap presences = presences_;
  for (auto& [id, json] : presences)
    if (const auto plan = json.find(R"(,"@porchlight.validUntil":)"); plan != json.npos)
      json.replace(plan, json.npos, "}");  // it is the last member
  return presences;
}

void StreamFollower::read_to_end() {
  while (const auto event = client_->next()) apply(*event);
}

void StreamFollower::apply(const StreamEvent& event) {
  if (event.name == "snapshot") {
    EXPECT_FALSE(std::exchange(had_snapshot_, true)) << "one snapshot";
    presences_.clear();
  } else if (event.name == "presence") {
    apply_presence(event.data);
  } else if (event.name == "removed") {
    EXPECT_EQ(presences_.erase(json_of(event.data).at("/id")), 1u)
        << "removal of an unknown person: " << event.data;
  } else {
    EXPECT_NE(event.name, "error") << event.data;
  }
  if (!event.id.empty()) last_id_ = event.id;
}

void StreamFollower::apply_presence(const std::string& json) {
  const Answer presence = json_of(json);
  const std::string id = presence.at("/id");
  std::string& known = presences_[id];
  EXPECT_NE(known, json) << "sent although unchanged";
  known = json;
  seen_states_[id].insert(state_and_sequence(presence));
  // PresenceUnknown has no number. A user who is added again has numbers of their own.
  if (presence.at("/availability") == "PresenceUnknown" || id == to_string(kNobody)) return;
  const std::string number = presence.at("/sequenceNumber");
  EXPECT_GE(number, numbers_[id]) << json;
  numbers_[id] = number;
}

// Sends a message and reads until it is answered.
void StreamFollower::send(const std::string& message, std::string_view answer) {
  client_->say(message);
  while (const auto event = client_->next()) {
    if (event->name == answer) return;
    apply(*event);
  }
  FAIL() << "the stream ended: " << message;
}

void StreamFollower::subscribe(const Guid& person) {
  if (followed_.kind != FollowedPeople::Kind::kPeople) followed_ = {};
  followed_.people.insert(person);
  send(R"({"subscribe":{"users":[")" + to_string(person) + R"("]}})");
}

void StreamFollower::subscribe_group(const Guid& group) {
  followed_ = {FollowedPeople::Kind::kGroup, {}, group};
  send(R"({"subscribe":{"group":")" + to_string(group) + R"("}})");
}

void StreamFollower::unsubscribe(const Guid& person) {
  followed_.people.erase(person);
  // People cannot be removed from a group or a tenant.
  send(R"({"unsubscribe":{"users":[")" + to_string(person) + R"("]}})",
       followed_.kind == FollowedPeople::Kind::kPeople ? "subscribed" : "error");
}

void StreamFollower::unsubscribe() {
  followed_ = {};
  send(R"({"unsubscribe":{}})");
}

}  // namespace porchlight::graph
