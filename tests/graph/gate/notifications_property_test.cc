// After any history, every client that is notified, by webhook, server-sent events or WebSocket, has the presences
// that its own read returns: with receivers that fail or do not answer, broken connections, full disks, killed and
// restarted servers, renewals, and users who hide, are added or removed. PORCHLIGHT_STORIES: the number of histories;
// PORCHLIGHT_SEED: the first seed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>

#include "base/base64.h"
#include "support/graph/random_history.h"
#include "support/graph/stream_follower.h"
#include "support/graph/subscriber.h"
#include "webhook/decrypt_content.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

constexpr Time kNine{std::chrono::seconds(1894006800)};  // the start of the server's clock
constexpr unsigned kStories = 24;
constexpr int kStepsPerStory = 100;
const FollowedPeople kAllWatched{FollowedPeople::Kind::kPeople, {kWatched.begin(), kWatched.end()}, {}};

using StatesByPerson = std::map<std::string, std::set<std::string>>;  // by user id

// The states that a caller could read so far, and the states that were masked for them.
struct Witness {
  StatesByPerson seen, hidden;

  void record(const PresenceMap& presences, const std::map<std::string, std::string>& truth) {
    for (const auto& [id, json] : presences) {
      Answer presence;
      presence.body = json;
      const std::string seen_state = state_and_sequence(presence);
      seen[id].insert(seen_state);
      if (const auto real = truth.find(id); real != truth.end() && real->second != seen_state)
        hidden[id].insert(real->second);
    }
  }
  // No notified state was masked.
  void check(const StatesByPerson& notified) {
    for (const auto& [id, states] : notified) {
      for (const std::string& seen_state : states)
        EXPECT_TRUE(!hidden[id].contains(seen_state) || seen[id].contains(seen_state))
            << id << " showed " << seen_state;
    }
  }
};

// A subscriber, with the presences that it was notified of.
struct Reader {
  std::string url, token, subscription = {};
  std::map<std::string, std::string> presences = {};  // states, by user id
  std::map<std::string, std::string> items = {};      // the state in each item, by item id
  std::map<std::string, std::string> numbers = {};    // the last sequence number, by user id
  StatesByPerson notified = {};
};

class Story {
 public:
  explicit Story(unsigned seed) : history_(server_, seed) {
    server_.enable_subscriptions({.application_permission = true, .life_max = 72h});
    server_.webhook_client().answer_with([this](const webhook::Post& post) { return receive(post); });
    const std::vector<std::string> right = {"Presence.Read.All"};
    const std::string ben = server_.user(kBen, right), cleo = server_.user(kCleo, right),
                      app = server_.token({.roles = right}),
                      zoe = server_.token({.tenant = kFabrikam, .user = kZoe, .scopes = right});
    readers_ = {{"https://ben.example/hook", ben},
                {"https://ben.example/b", server_.token({.app = kAppB, .user = kBen, .scopes = right})},
                {"https://shared.example/", cleo},
                {"https://shared.example/", app},
                {"https://zoe.example/", zoe}};
    owners_ = {{kAna, server_.user(kAna, right)}, {kBen, ben}, {kCleo, cleo}, {kZoe, zoe}};
    for (Reader& reader : readers_) subscribe(reader);
    const FollowedPeople team{FollowedPeople::Kind::kGroup, {}, kTeam},
        tenant{FollowedPeople::Kind::kTenant, {}, {}};
    for (const auto& [transport, token, followed] : {std::tuple{ClientTransport::kSse, ben, kAllWatched},
                                                     {ClientTransport::kWebSocket, ben, kAllWatched},
                                                     {ClientTransport::kSse, cleo, tenant},
                                                     {ClientTransport::kWebSocket, app, tenant},
                                                     {ClientTransport::kSse, app, team},
                                                     {ClientTransport::kWebSocket, cleo, team},
                                                     {ClientTransport::kSse, zoe, kAllWatched}})
      followers_.emplace_back(server_, transport, token, followed).reconnect();
    record_reads();
  }

  void step() {
    switch (history_.below(4)) {
      case 0:
        inject_fault();
        break;
      case 1:
        follow(followers_[history_.below(followers_.size())]);
        break;
      default:
        history_.run_step();
    }
    if (!is_stopped_) server_.take_posts();
    record_reads();
    if (history_.below(8) == 0) compare_followers();
  }

  // Ends all faults; everything pending is then delivered.
  void end() {
    behaviour_ = Behaviour::kGood;
    server_.fill_disk(is_full_ = false);
    if (is_stopped_) server_.restart_subscriptions();
    server_.webhook_client().answer_all({.error = webhook::PostError::kTimeout});
    for (int i = 0; i < 3; ++i) {
      server_.take_posts();
      server_.advance(13min);  // the longest delay of a retry
      record_reads();
    }
    server_.take_posts();
    // Dropped notifications are sent again after a renewal.
    if (server_.dropped() != 0)
      for (const Reader& reader : readers_) renew(reader);
    server_.take_posts();
    for (Reader& reader : readers_) {
      for (const auto& [id, json] : read(server_, reader.token, kAllWatched))
        EXPECT_EQ(reader.presences.at(id), state_of(json)) << reader.url << " of " << id;
      witnesses_[reader.token].check(reader.notified);
    }
    end_followers();
  }

 private:
  enum class Behaviour { kGood, kRefusing, kSilent, kMixed };

  static std::string state_of(const std::string& json) {
    Answer presence;
    presence.body = json;
    return presence.state();
  }

  void subscribe(Reader& reader) {
    static const std::string certificate =
        encode_base64(webhook::der_of(webhook::certificate_of(webhook::rsa_2048())));
    const Answer made = server_.post(
        "/v1.0/subscriptions", reader.token,
        subscription_to(
            presences_of(kWatched), kNine + 70h,
            R"(,"includeResourceData":true,"encryptionCertificateId":"a","encryptionCertificate":")" +
                certificate + "\"",
            reader.url));
    EXPECT_EQ(made.status, 201) << made.body;
    reader.subscription = made.at("/id");
    for (const auto& [id, json] : read(server_, reader.token, kAllWatched))
      reader.presences[id] = state_of(json);
  }

  // A fault begins or ends, or a subscription is renewed.
  void inject_fault() {
    switch (history_.below(12)) {
      case 0:
      case 1:
      case 2:
        behaviour_ = Behaviour(history_.below(4));
        break;
      case 3:
      case 4:
        server_.webhook_client().answer_all({.error = webhook::PostError::kTimeout});
        break;
      case 5:
        if (!is_stopped_) server_.stop_subscriptions(), is_stopped_ = true;
        break;
      case 6:
      case 7:
      case 8:
        if (is_stopped_) server_.restart_subscriptions(), is_stopped_ = false;
        break;
      case 9:
        restart();
        break;
      case 10:
        server_.fill_disk(is_full_ = !is_full_);
        break;
      default:
        if (!is_stopped_) renew(readers_[history_.below(readers_.size())]);
    }
  }

  void restart() {
    server_.restart();
    is_stopped_ = false;
    for (StreamFollower& follower : followers_) {
      if (!follower.is_connected()) continue;
      if (history_.below(2) == 0) follower.read_to_end();
      follower.reconnect();
    }
  }

  void renew(const Reader& reader) {
    const Answer renewed =
        server_.send("PATCH", "/v1.0/subscriptions/" + reader.subscription, reader.token,
                     {"Content-Type: application/json"}, R"({"expirationDateTime":"2030-01-10T07:00:00Z"})");
    EXPECT_EQ(renewed.status, is_full_ ? 503 : 200) << renewed.body;
  }

  // A connection breaks, or its client does something.
  void follow(StreamFollower& follower) {
    const bool is_socket = follower.transport() == ClientTransport::kWebSocket;
    StreamFollower& other = followers_[history_.below(followers_.size())];
    const int count = static_cast<int>(history_.below(4));
    switch (history_.below(10)) {
      case 0:
        return follower.disconnect();
      case 1:
        return follower.connect_with(history_.below(2) == 0 ? "" : "nonsense");
      case 2:
        // The group and the tenant have no user of Fabrikam.
        if (is_socket || other.transport() == ClientTransport::kWebSocket) return;
        if ((follower.followed() == kAllWatched) != (other.followed() == kAllWatched) &&
            !other.last_id().empty())
          follower.connect_with(other.last_id());
        return;
      case 3:
        if (other.token() == follower.token() && other.followed() == follower.followed())
          follower.connect_as(other);
        return;
      case 4:
        return follower.save();
      case 5:
        return follower.connect_as_saved();
      case 6:
        return is_socket && follower.is_connected() ? choose(follower) : follower.reconnect();
      default:
        follower.read_events(count);
        if (!follower.is_connected() || history_.below(2) == 0) follower.reconnect();
    }
  }

  void choose(StreamFollower& socket) {
    const Guid person = kWatched[history_.below(kWatched.size())];
    switch (history_.below(5)) {
      case 0:
        return socket.subscribe_group(kTeam);
      case 1:
        return socket.unsubscribe(person);
      case 2:
        return socket.unsubscribe();
      default:
        return socket.subscribe(person);
    }
  }

  // Records what each caller can read now.
  void record_reads() {
    std::map<std::string, std::string> truth;
    for (const auto& [person, own] : owners_) {
      for (const auto& [id, json] : read(server_, own, {FollowedPeople::Kind::kPeople, {person}, {}})) {
        Answer presence;
        presence.body = json;
        truth[id] = state_and_sequence(presence);
      }
    }
    for (const Reader& reader : readers_)
      witnesses_[reader.token].record(read(server_, reader.token, kAllWatched), truth);
  }

  void compare_followers() {
    server_.wait_count();
    for (StreamFollower& follower : followers_)
      if (follower.is_connected()) follower.read_until(read(server_, follower.token(), follower.followed()));
  }

  // Reads all pending events of each stream; the result equals a read, and what a new stream sends.
  void end_followers() {
    for (StreamFollower& follower : followers_)
      if (!follower.is_connected()) follower.reconnect();
    compare_followers();
    std::vector<PresenceMap> pictures;
    for (const StreamFollower& follower : followers_)
      pictures.push_back(read(server_, follower.token(), follower.followed()));
    std::vector<StreamFollower> fresh;
    fresh.reserve(followers_.size());
    for (const StreamFollower& follower : followers_)
      fresh.emplace_back(server_, follower.transport(), follower.token(), follower.followed()).reconnect();
    server_.wait_count();
    server_.close_waits();
    for (std::size_t i = 0; i < followers_.size(); ++i) {
      followers_[i].read_to_end();
      fresh[i].read_to_end();
      EXPECT_EQ(followers_[i].presences_of_a_read(), pictures[i]);
      EXPECT_EQ(followers_[i].presences(), fresh[i].presences());
      witnesses_[followers_[i].token()].check(followers_[i].seen_states());
    }
  }

  // The webhook receiver. On any thread, one call at a time.
  std::optional<webhook::Reply> receive(const webhook::Post& post) {
    if (is_validation_request(post)) return reply_as_valid_receiver(post);
    Behaviour behaviour = behaviour_;
    if (behaviour == Behaviour::kMixed) behaviour = Behaviour(dice_() % 3);
    // A receiver that refuses may have processed the post nevertheless.
    if (behaviour == Behaviour::kGood || dice_() % 2 == 0) record_post(post);
    if (behaviour == Behaviour::kSilent) return std::nullopt;
    return webhook::Reply{.status = behaviour == Behaviour::kGood ? 202 : 500};
  }

  void record_post(const webhook::Post& post) {
    for (const Answer& item : items_of(post)) {
      Reader* const reader = find(item.at("/subscriptionId"));
      ASSERT_TRUE(reader);
      EXPECT_EQ(post.url, reader->url) << "sent to its own URL";
      Answer plain;
      plain.body = webhook::decrypt_content({.data = item.at("/encryptedContent/data"),
                                             .data_key = item.at("/encryptedContent/dataKey"),
                                             .data_signature = item.at("/encryptedContent/dataSignature")},
                                            webhook::rsa_2048());
      const std::string id = plain.at("/id");
      EXPECT_TRUE(reader->presences.contains(id)) << "a user of the subscription";
      reader->presences[id] = plain.state();
      reader->notified[id].insert(state_and_sequence(plain));
      const auto [known, is_new] = reader->items.try_emplace(item.at("/id"), plain.state());
      EXPECT_EQ(known->second, plain.state()) << "items with the same id are equal";
      // An unknown user has no number; a user who was replaced has another one.
      if (plain.at("/availability") == "PresenceUnknown" || id == to_string(kNobody)) continue;
      EXPECT_GE(plain.at("/sequenceNumber"), reader->numbers[id]);
      reader->numbers[id] = plain.at("/sequenceNumber");
    }
  }

  Reader* find(const std::string& subscription) {
    for (Reader& reader : readers_)
      if (reader.subscription == subscription) return &reader;
    return nullptr;
  }

  std::mt19937 dice_{7};  // of the receiver
  std::atomic<Behaviour> behaviour_ = Behaviour::kGood;
  std::vector<Reader> readers_;
  TestServer server_;
  RandomHistory history_;
  std::deque<StreamFollower> followers_;
  std::vector<std::pair<Guid, std::string>> owners_;  // users, and a token of each
  std::map<std::string, Witness> witnesses_;          // by token
  bool is_stopped_ = false, is_full_ = false;
};

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

TEST(NotificationsProperty, ClientsEndWithThePresencesOfARead) {
  const unsigned first = from_environment("PORCHLIGHT_SEED", 0);
  const unsigned count = from_environment("PORCHLIGHT_STORIES", kStories);
  for (unsigned seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("PORCHLIGHT_SEED=" + std::to_string(seed));
    Story story(seed);
    for (int step = 0; step < kStepsPerStory && !testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      story.step();
    }
    story.end();
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace porchlight::graph
