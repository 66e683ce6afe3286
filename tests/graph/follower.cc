#include "follower.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <thread>

#include "random_history.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

// Of what is waited for; nothing fails by it that is right.
constexpr auto kPatience = 20s;

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

std::string sight_of(const Answer& presence) {
  return presence.state() + " " + presence.at("/sequenceNumber");
}

Picture read(House& house, const std::string& token, const Subject& subject) {
  const std::vector<std::string> accept = {"Accept: application/json;odata.metadata=none",
                                           "Content-Type: application/json"};
  const Answer answer =
      subject.of == Subject::Of::kGroup
          ? house.send("GET", "/porchlight/v1/groups/" + to_string(subject.group) + "/presences", token,
                       accept)
      : subject.of == Subject::Of::kTenant
          ? house.send("GET", "/v1.0/communications/presences", token, accept)
          : house.send("POST", "/v1.0/communications/getPresencesByUserId", token, accept,
                       R"({"ids":[)" + list_of(subject.people, "\"") + "]}");
  Picture picture;
  if (subject.of == Subject::Of::kPeople && subject.people.empty()) return picture;
  EXPECT_EQ(answer.status, 200) << answer.body;
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(answer.body);
  for (const simdjson::dom::element person : root["value"].get_array())
    picture.emplace(std::string_view(person["id"]), simdjson::minify(person));
  return picture;
}

std::string Follower::query() const {
  switch (subject_.of) {
    case Subject::Of::kGroup:
      return "?group=" + to_string(subject_.group);
    case Subject::Of::kTenant:
      return "?tenant";
    case Subject::Of::kPeople:
      break;
  }
  return subject_.people.empty() ? "" : "?users=" + list_of(subject_.people, "");
}

// Where its last connection still counts, the server asks for patience.
void Follower::connect(const std::string& last_id) {
  std::vector<std::string> fields = {"Authorization: Bearer " + token_};
  if (!last_id.empty()) fields.push_back("Last-Event-ID: " + last_id);
  if (way_ == Way::kSocket) {
    fields.insert(fields.end(), {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="});
  }
  is_anew_ = false;
  client_.reset();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  do {
    client_ = std::make_unique<StreamClient>(house_.port(), "/porchlight/v1/stream" + query(), fields);
  } while (client_->status() == 429 && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(client_->status(), way_ == Way::kSocket ? 101 : 200) << client_->head();
}

void Follower::come() { connect(last_id_); }

void Follower::come_with(const std::string& last_id) {
  connect(last_id);
  while (!is_anew_) {
    const auto event = client_->next();
    ASSERT_TRUE(event) << "nothing was told";
    EXPECT_EQ(event->name, "snapshot") << "an id that does not fit";
    take(*event);
    if (event->name != "snapshot") return;
  }
}

void Follower::come_as(const Follower& other) {
  picture_ = other.picture_;
  last_id_ = other.last_id_;
  numbers_ = other.numbers_;
  connect(last_id_);
}

void Follower::come_as_saved() {
  subject_ = saved_.subject;
  picture_ = saved_.picture;
  last_id_ = saved_.last_id;
  numbers_.clear();
  connect(last_id_);
}

void Follower::hear(int count) {
  for (; count > 0 && client_ && client_->has_event(0); --count) take(*client_->next());
}

void Follower::hear_until(const Picture& picture) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (picture_ != picture && std::chrono::steady_clock::now() < deadline) {
    if (!client_->has_event(100)) continue;
    const auto event = client_->next();
    ASSERT_TRUE(event) << "the stream ended";
    take(*event);
  }
  EXPECT_EQ(picture_, picture) << query();
}

void Follower::hear_to_the_end() {
  while (const auto event = client_->next()) take(*event);
}

void Follower::take(const StreamEvent& event) {
  if (event.name == "snapshot") {
    EXPECT_FALSE(std::exchange(is_anew_, true)) << "one beginning";
    picture_.clear();
  } else if (event.name == "presence") {
    take_presence(event.data);
  } else if (event.name == "removed") {
    EXPECT_EQ(picture_.erase(json_of(event.data).at("/id")), 1u) << "nobody whom it knew: " << event.data;
  } else {
    EXPECT_NE(event.name, "error") << event.data;
  }
  if (!event.id.empty()) last_id_ = event.id;
}

void Follower::take_presence(const std::string& json) {
  const Answer presence = json_of(json);
  const std::string id = presence.at("/id");
  std::string& known = picture_[id];
  EXPECT_NE(known, json) << "it knew that";
  known = json;
  sights_[id].insert(sight_of(presence));
  // Who is unknown has none, and who is another has numbers of their own.
  if (presence.at("/availability") == "PresenceUnknown" || id == to_string(kNobody)) return;
  const std::string number = presence.at("/sequenceNumber");
  EXPECT_GE(number, numbers_[id]) << json;
  numbers_[id] = number;
}

// Says it, and hears until it is answered.
void Follower::say(const std::string& message, std::string_view answer) {
  client_->say(message);
  while (const auto event = client_->next()) {
    if (event->name == answer) return;
    take(*event);
  }
  FAIL() << "the stream ended: " << message;
}

void Follower::subscribe(const Guid& person) {
  if (subject_.of != Subject::Of::kPeople) subject_ = {};
  subject_.people.insert(person);
  say(R"({"subscribe":{"users":[")" + to_string(person) + R"("]}})");
}

void Follower::subscribe_group(const Guid& group) {
  subject_ = {Subject::Of::kGroup, {}, group};
  say(R"({"subscribe":{"group":")" + to_string(group) + R"("}})");
}

void Follower::unsubscribe(const Guid& person) {
  subject_.people.erase(person);
  // Out of a group or a tenant nobody can be taken.
  say(R"({"unsubscribe":{"users":[")" + to_string(person) + R"("]}})",
      subject_.of == Subject::Of::kPeople ? "subscribed" : "error");
}

void Follower::unsubscribe() {
  subject_ = {};
  say(R"({"unsubscribe":{}})");
}

}  // namespace porchlight::graph
