// For any history a subscriber ends with the state that their own read gives: with receivers that fail or do
// not answer, servers that die and are started again, renewals, people who hide, come and go.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>

#include "base/base64.h"
#include "subscriber.h"
#include "webhook/opened.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using presence::Admitted;
using presence::Facade;

constexpr Time kNine{std::chrono::seconds(1894006800)};  // when the house's clock begins
constexpr int kStories = 40;
constexpr int kStepsPerStory = 120;
const Guid kNobody = *parse_guid("e0000000-0000-4000-8000-00000000000e");
const std::vector<Guid> kWatched = {kAna, kBen, kCleo, kZoe, kNobody};

// Each of them has a URL of their own, and believes what comes there.
struct Reader {
  std::string url, token, subscription = {};
  std::map<std::string, std::string> believed = {};  // states, by person
  std::map<std::string, std::string> items = {};     // what each item said, by its id
};

class Story {
 public:
  explicit Story(unsigned seed) : random_(seed) {
    house_.keep_subscriptions({.application_permission = true, .life_max = 72h});
    house_.poster().answer_with([this](const webhook::Post& post) { return receive(post); });
    const std::vector<std::string> right = {"Presence.Read.All"};
    readers_ = {{"https://ben.example/hook", house_.user(kBen, right)},
                {"https://ben.example/b", house_.token({.app = kAppB, .user = kBen, .scopes = right})},
                {"https://shared.example/", house_.user(kCleo, right)},
                {"https://shared.example/", house_.token({.roles = right})},
                {"https://zoe.example/", house_.token({.tenant = kFabrikam, .user = kZoe, .scopes = right})}};
    const std::string certificate =
        encode_base64(webhook::der_of(webhook::certificate_of(webhook::rsa_2048())));
    for (Reader& reader : readers_) {
      const Answer made = house_.post(
          "/v1.0/subscriptions", reader.token,
          subscription_to(
              presences_of(kWatched), kNine + 70h,
              R"(,"includeResourceData":true,"encryptionCertificateId":"a","encryptionCertificate":")" +
                  certificate + "\"",
              reader.url));
      EXPECT_EQ(made.status, 201) << made.body;
      reader.subscription = made.at("/id");
      for (const Guid& person : kWatched) reader.believed[to_string(person)] = read(reader, person);
    }
  }

  void step() {
    switch (random_() % 12) {
      case 0:
        house_.advance(Duration(random_() % 400'000));
        break;
      case 1:
        manners_ = Manners(random_() % 4);
        break;
      case 2:
        if (random_() % 2 == 0) house_.poster().answer_all({.fault = webhook::Fault::kTimeout});
        break;
      case 3:
        if (random_() % 3 == 0) house_.stop_subscriptions(), is_stopped_ = true;
        break;
      case 4:
        if (is_stopped_) house_.restart_subscriptions(), is_stopped_ = false;
        break;
      case 5:
        hide(kWatched[random_() % 3]);
        break;
      case 6:
        come_or_go();
        break;
      case 7:
        trust();
        break;
      case 8:
        renew();
        break;
      default:
        act();
    }
    if (!is_stopped_) house_.posts();
  }

  // All is well at last: whatever is still owed comes.
  void end() {
    manners_ = Manners::kGood;
    if (is_stopped_) house_.restart_subscriptions();
    house_.poster().answer_all({.fault = webhook::Fault::kTimeout});
    for (int i = 0; i < 3; ++i) {
      house_.posts();
      house_.advance(13min);  // the longest that a retry waits
    }
    house_.posts();
    for (const Reader& reader : readers_) {
      for (const Guid& person : kWatched)
        EXPECT_EQ(reader.believed.at(to_string(person)), read(reader, person))
            << reader.url << " of " << to_string(person);
    }
  }

 private:
  enum class Manners { kGood, kRefusing, kSilent, kMixed };

  // On any thread, one at a time.
  std::optional<webhook::Reply> receive(const webhook::Post& post) {
    if (is_question(post)) return answer_well(post);
    Manners manners = manners_;
    if (manners == Manners::kMixed) manners = Manners(dice_() % 3);
    // Who refuses may have taken it all the same.
    if (manners == Manners::kGood || dice_() % 2 == 0) believe(post);
    if (manners == Manners::kSilent) return std::nullopt;
    return webhook::Reply{.status = manners == Manners::kGood ? 202 : 500};
  }

  void believe(const webhook::Post& post) {
    for (const Answer& item : items_of(post)) {
      Reader* const reader = find(item.at("/subscriptionId"));
      ASSERT_TRUE(reader);
      EXPECT_EQ(post.url, reader->url) << "it is nobody else's";
      Answer plain;
      plain.body = webhook::opened({.data = item.at("/encryptedContent/data"),
                                    .data_key = item.at("/encryptedContent/dataKey"),
                                    .data_signature = item.at("/encryptedContent/dataSignature")},
                                   webhook::rsa_2048());
      EXPECT_TRUE(reader->believed.contains(plain.at("/id"))) << "of nobody whom it did not ask for";
      reader->believed[plain.at("/id")] = plain.state();
      const auto [known, is_new] = reader->items.try_emplace(item.at("/id"), plain.state());
      EXPECT_EQ(known->second, plain.state()) << "one id, one content";
    }
  }

  Reader* find(const std::string& subscription) {
    for (Reader& reader : readers_)
      if (reader.subscription == subscription) return &reader;
    return nullptr;
  }

  // By id alone: people of other tenants are nobody where there is no trust.
  std::string read(const Reader& reader, const Guid& person) {
    const Answer answer = house_.post("/v1.0/communications/getPresencesByUserId", reader.token,
                                      R"({"ids":[")" + to_string(person) + "\"]}");
    return answer.at("/value/0/availability") + "/" + answer.at("/value/0/activity");
  }

  void act() {
    static constexpr std::pair<const char*, const char*> kStates[] = {{"Available", "Available"},
                                                                      {"Busy", "InACall"},
                                                                      {"Busy", "InAConferenceCall"},
                                                                      {"Away", "Away"},
                                                                      {"DoNotDisturb", "Presenting"}};
    const auto& [availability, activity] = kStates[random_() % 5];
    const Guid& person = kWatched[random_() % 4];
    const std::string token =
        house_.token({.tenant = person == kZoe ? kFabrikam : kContoso, .roles = {"Presence.ReadWrite.All"}});
    house_.post("/v1.0/users/" + to_string(person) + "/presence/setPresence", token,
                std::string(R"({"sessionId":"s","availability":")") + availability + R"(","activity":")" +
                    activity + R"(","expirationDuration":"PT)" + std::to_string(5 + random_() % 60) + "M\"}");
  }

  void hide(const Guid& person) {
    const auto facade = random_() % 2 == 0 ? Facade::kHidden : Facade::kAppearsOffline;
    const presence::Audience audiences[] = {{Admitted::kNobody, facade, {}, {}},
                                            {Admitted::kNamed, facade, {kBen}, {}},
                                            {Admitted::kNamed, facade, {kAppB}, {}},
                                            {Admitted::kTenant, facade, {}, {}}};
    house_.set_audience(person, audiences[random_() % 4]);
  }

  // Of Contoso, though somebody asked for them when there was nobody.
  void come_or_go() {
    if (is_there_)
      house_.remove_user(kNobody);
    else
      house_.add_user(kNobody, "nobody@contoso.example");
    is_there_ = !is_there_;
  }

  void trust() {
    const auto settings = [&](const Guid& other) {
      directory::TenantSettings made;
      if (random_() % 3 != 0) made.trusts = {other};
      return made;
    };
    house_.set_contoso(settings(kFabrikam));
    house_.change({{kFabrikam, {}, directory::TenantPut{"Fabrikam", settings(kContoso)}}});
  }

  void renew() {
    if (is_stopped_) return;
    const Reader& reader = readers_[random_() % readers_.size()];
    const Answer renewed =
        house_.send("PATCH", "/v1.0/subscriptions/" + reader.subscription, reader.token,
                    {"Content-Type: application/json"}, R"({"expirationDateTime":"2030-01-10T07:00:00Z"})");
    EXPECT_EQ(renewed.status, 200) << renewed.body;
  }

  std::mt19937 random_;
  std::mt19937 dice_{7};  // the receivers'
  House house_;
  std::vector<Reader> readers_;
  std::atomic<Manners> manners_ = Manners::kGood;
  bool is_stopped_ = false, is_there_ = false;
};

TEST(NotificationsProperty, WhoeverSubscribesEndsWithWhatTheyWouldRead) {
  for (unsigned seed = 0; seed < kStories; ++seed) {
    SCOPED_TRACE(seed);
    Story story(seed);
    for (int step = 0; step < kStepsPerStory; ++step) story.step();
    story.end();
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace porchlight::graph
