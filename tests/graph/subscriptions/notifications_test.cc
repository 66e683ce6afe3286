// Notifications: their content, when they are sent, and what happens if a receiver does not accept them
// (spec notifications §4 to §9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/base64url.h"
#include "base/trace_context.h"
#include "graph/call/causes.h"
#include "support/graph/subscriber.h"
#include "webhook/decrypt_content.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

constexpr Time kNineOClock{std::chrono::seconds(1894006800)};  // when the server's clock begins
const std::string kSubscriptionsPath = "/v1.0/subscriptions";
const presence::Visibility kSeemsOffline{
    presence::VisibleTo::kNobody, presence::OthersSee::kAppearsOffline, {}, {}};
const std::string kLife = R"(,"lifecycleNotificationUrl":"https://receiver.example/life")";

class Notifications : public ::testing::Test {
 protected:
  void enable(const NotificationSettings& settings = {}) { server_.enable_subscriptions(settings); }
  std::string ben() const { return server_.user(kBen, {"Presence.Read.All"}); }
  std::string subscribe(const std::vector<Guid>& people, const std::string& more = "",
                        Duration life = 60min) {
    return subscribe_to(presences_of(people), more, ben(), life);
  }
  std::string subscribe_to(const std::string& resource, const std::string& more, const std::string& token,
                           Duration life = 60min) {
    const Answer made = server_.post(kSubscriptionsPath, token, subscription_to(resource, now_ + life, more));
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(sent(), "") << "a new subscription sends nothing";
    return made.at("/id");
  }
  void set(const Guid& user, const std::string& availability, const std::string& activity,
           const std::string& life = "PT4H", const std::string& session = "s") {
    const std::string body = R"({"sessionId":")" + session + R"(","availability":")" + availability +
                             R"(","activity":")" + activity + R"(","expirationDuration":")" + life + "\"}";
    const Answer answer =
        server_.post("/v1.0/users/" + to_string(user) + "/presence/setPresence", server_.writer(), body);
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  void advance(Duration step) {
    server_.advance(step);
    now_ += step;
  }
  // The items since the last call, such as "ana" or "reauthorizationRequired".
  std::string sent() {
    posts_ = server_.take_posts();
    std::string text;
    for (const Answer& item : items_of(posts_)) {
      if (!text.empty()) text += ", ";
      if (item.at("/lifecycleEvent") != "(absent)") {
        text += item.at("/lifecycleEvent");
        continue;
      }
      const auto id = parse_guid(item.at("/resourceData/id"));
      text += id == kAna ? "ana" : id == kBen ? "ben" : id == kCleo ? "cleo" : id == kZoe ? "zoe" : "other";
    }
    return text;
  }
  void receivers_answer(int status, Duration took = {}) {
    server_.webhook_client().answer_with([=](const webhook::Post& post) {
      if (is_validation_request(post)) return reply_as_valid_receiver(post);
      return std::optional(webhook::Reply{.status = status, .took = took});
    });
  }

  TestServer server_;
  Time now_ = kNineOClock;
  std::vector<webhook::Post> posts_;  // those of the last sent()
};

TEST_F(Notifications, ABasicItem) {
  enable();
  const std::string id = subscribe({kAna}, R"(,"clientState":"sec\"ret")");
  set(kAna, "Busy", "InACall");
  ASSERT_EQ(sent(), "ana");
  const webhook::Post& post = posts_[0];
  EXPECT_EQ(post.url, "https://receiver.example/hook");
  EXPECT_EQ(post.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(post.timeout, 3s);
  EXPECT_THAT(post.body, testing::Not(testing::HasSubstr("validationTokens")));
  EXPECT_THAT(post.body, testing::Not(testing::HasSubstr("InACall"))) << "no state in plain items";
  const Answer item = items_of(post)[0];
  EXPECT_EQ(item.at("/subscriptionId"), id);
  EXPECT_EQ(item.at("/subscriptionExpirationDateTime"), "2030-01-07T10:00:00.0000000Z");
  EXPECT_EQ(item.at("/clientState"), "sec\"ret");
  EXPECT_EQ(item.at("/changeType"), "updated");
  EXPECT_EQ(item.at("/tenantId"), to_string(kContoso));
  EXPECT_EQ(item.at("/organizationId"), to_string(kContoso));
  EXPECT_EQ(item.at("/resource"), "communications/presences('" + to_string(kAna) + "')");
  EXPECT_EQ(item.at("/resourceData/@odata.type"), "#microsoft.graph.presence");
  EXPECT_EQ(item.at("/resourceData/@odata.id"), "users/" + to_string(kAna) + "/presence");
  EXPECT_EQ(item.at("/resourceData/id"), to_string(kAna));
  EXPECT_TRUE(parse_guid(item.at("/id")));
  EXPECT_EQ(item.at("/encryptedContent"), "(absent)");
}

// A post belongs to the trace of the request that caused it, as a span of its own.
TEST_F(Notifications, APostHasTheTraceOfItsCause) {
  enable();
  subscribe({kAna});
  set(kAna, "Busy", "InACall");
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(posts_[0].traceparent, "") << "the request was not traced";
  const std::string path = "/v1.0/users/" + to_string(kAna) + "/presence/setPresence";
  const std::string body =
      R"({"sessionId":"t","availability":"DoNotDisturb","activity":"Presenting","expirationDuration":"PT4H"})";
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const std::vector<std::string> headers = {"Content-Type: application/json",
                                            "traceparent: 00-" + trace + "-b7ad6b7169203331-01"};
  ASSERT_EQ(server_.send("POST", path, server_.writer(), headers, body).status, 200);
  ASSERT_EQ(sent(), "ana");
  const auto context = parse_traceparent(posts_[0].traceparent);
  ASSERT_TRUE(context) << posts_[0].traceparent;
  EXPECT_EQ(trace_id_text(*context), trace);
  EXPECT_NE(span_id_text(*context), "b7ad6b7169203331");
  EXPECT_TRUE(context->is_sampled());
  advance(kCauseLife + 1ms);
  set(kAna, "Available", "Available", "PT4H", "t");
  ASSERT_NE(sent(), "");
  EXPECT_EQ(posts_[0].traceparent, "") << "the traced request was too long ago";
}

// The names of the members of an item, in order.
std::string member_names(const Answer& item) {
  simdjson::dom::parser parser;
  std::string names;
  for (const auto& [name, value] : parser.parse(item.body).get_object())
    names.append(names.empty() ? "" : " ").append(name);
  return names;
}

// As the documented samples have them (spec notifications §4.2, §8); a client that prints an item compares by eye.
TEST_F(Notifications, MembersAreInTheDocumentedOrder) {
  enable();
  subscribe({kAna}, kLife);
  set(kAna, "Busy", "InACall");
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(
      member_names(items_of(posts_)[0]),
      "subscriptionId clientState changeType tenantId resource subscriptionExpirationDateTime resourceData "
      "organizationId id");
  advance(45min);
  ASSERT_EQ(sent(), "reauthorizationRequired");
  EXPECT_EQ(
      member_names(items_of(posts_)[0]),
      "subscriptionId subscriptionExpirationDateTime tenantId clientState lifecycleEvent organizationId");
  EXPECT_EQ(items_of(posts_)[0].at("/organizationId"), to_string(kContoso));
}

TEST_F(Notifications, ASettingSelectsTheDocumentedResource) {
  enable({.resource_as_path = true});
  subscribe({kAna});
  set(kAna, "Busy", "InACall");
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(items_of(posts_)[0].at("/resource"), "communications/presences/" + to_string(kAna));
}

TEST_F(Notifications, ASettingAddsTheStateToPlainItems) {
  enable({.state_in_basic = true});
  subscribe({kAna});
  set(kAna, "Busy", "InACall");
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(items_of(posts_)[0].at("/resourceData/availability"), "Busy");
  EXPECT_EQ(items_of(posts_)[0].at("/resourceData/activity"), "InACall");
}

std::string rich(const webhook::TestCertificate& certificate, const std::string& id) {
  return R"(,"includeResourceData":true,"encryptionCertificateId":")" + id +
         R"(","encryptionCertificate":")" + encode_base64(webhook::der_of(certificate)) + "\"";
}

std::string opened(const Answer& item, const webhook::Key& key) {
  return webhook::decrypt_content({.data = item.at("/encryptedContent/data"),
                                   .data_key = item.at("/encryptedContent/dataKey"),
                                   .data_signature = item.at("/encryptedContent/dataSignature")},
                                  key);
}

TEST_F(Notifications, OnlyTheSubscriberCanDecryptARichItem) {
  enable({.state_in_basic = true});
  const auto certificate = webhook::certificate_of(webhook::rsa_2048());
  const std::string id = subscribe({kAna, kCleo}, rich(certificate, "label"));
  set(kAna, "Busy", "InACall");
  set(kCleo, "DoNotDisturb", "Presenting");
  ASSERT_EQ(sent(), "ana, cleo");
  for (const webhook::Post& post : posts_) {
    EXPECT_THAT(post.body, testing::Not(testing::HasSubstr("InACall")));
    EXPECT_THAT(post.body, testing::Not(testing::HasSubstr("Presenting")));
  }
  const Answer item = items_of(posts_)[0];
  EXPECT_EQ(item.at("/encryptedContent/encryptionCertificateId"), "label");
  EXPECT_EQ(item.at("/encryptedContent/encryptionCertificateThumbprint"),
            webhook::EncryptionCertificate::parse(encode_base64(webhook::der_of(certificate)))->thumbprint());
  Answer plain;
  plain.body = opened(item, webhook::rsa_2048());
  EXPECT_EQ(plain.at("/@odata.type"), "#microsoft.graph.presence");
  EXPECT_EQ(plain.at("/@odata.id"), "users/" + to_string(kAna) + "/presence");
  EXPECT_EQ(plain.at("/id"), to_string(kAna));
  EXPECT_EQ(plain.state(), "Busy/InACall");
  EXPECT_EQ(plain.at("/sequenceNumber"),
            server_.get("/v1.0/users/" + to_string(kAna) + "/presence", ben()).at("/sequenceNumber"));

  Answer body;
  body.body = posts_[0].body;
  const std::string token = body.at("/validationTokens/0");
  EXPECT_EQ(body.at("/validationTokens/1"), "(absent)");
  const std::size_t dot = token.find('.');
  Answer claims;
  claims.body = decode_base64url(token.substr(dot + 1, token.rfind('.') - dot - 1)).value();
  EXPECT_EQ(claims.at("/aud"), to_string(kAppA));
  EXPECT_EQ(claims.at("/tid"), to_string(kContoso));
  EXPECT_EQ(claims.at("/azp"), "0bf30f3b-4a52-48df-9a82-234910c4a086");

  // After a change of the certificate, items are encrypted for the new key.
  const webhook::Key key = webhook::rsa_key(3072);
  const std::string change = "{" + rich(webhook::certificate_of(key), "new").substr(28) + "}";
  EXPECT_EQ(
      server_.send("PATCH", kSubscriptionsPath + "/" + id, ben(), {"Content-Type: application/json"}, change)
          .status,
      200);
  set(kAna, "Available", "Available");
  ASSERT_EQ(sent(), "ana");
  plain.body = opened(items_of(posts_)[0], key);
  EXPECT_EQ(plain.state(), "Available/Available");
  EXPECT_EQ(items_of(posts_)[0].at("/encryptedContent/encryptionCertificateId"), "new");
}

TEST_F(Notifications, ItemsThatCannotBeEncryptedAreNotSent) {
  enable({.state_in_basic = true});
  const auto subscription = std::make_shared<notify::Subscription>();
  subscription->tenant = kContoso;
  subscription->rich = true;
  subscription->extras =
      notify::SubscriptionExtras{nullptr, "", std::make_shared<const std::string>("no certificate"), "a", ""};
  const notify::Notification notice{
      subscription, notify::NotificationKind::kChange, kAna, {presence::kOffline, 1}};
  EXPECT_FALSE(server_.renderer().render({&notice, 1}, now_));
  subscription->rich = false;
  EXPECT_TRUE(server_.renderer().render({&notice, 1}, now_)) << "only the certificate is at fault";
}

TEST_F(Notifications, InvisibleChangesSendNothing) {
  enable();
  set(kAna, "Busy", "InACall");
  subscribe({kAna, kZoe, *parse_guid("99999999-0000-4000-8000-000000000009")});
  set(kAna, "Available", "Available", "PT4H", "other");
  EXPECT_EQ(sent(), "") << "a call ranks higher";
  const std::string me = server_.user(kAna, {"Presence.ReadWrite"});
  server_.post("/v1.0/me/presence/setStatusMessage", me,
               R"({"statusMessage":{"message":{"content":"Back","contentType":"text"}}})");
  server_.send("PUT", "/porchlight/v1/me/outOfOffice", me, {"Content-Type: application/json"},
               R"({"message":"x"})");
  EXPECT_EQ(sent(), "");
  set(kCleo, "Busy", "InACall");
  EXPECT_EQ(sent(), "") << "Cleo is not subscribed to";
  set(kBen, "Busy", "InACall");
  EXPECT_EQ(sent(), "") << "nor is the subscriber";
}

TEST_F(Notifications, SendsChangesByTime) {
  enable();
  set(kAna, "Available", "Available", "PT1H");
  subscribe({kAna});
  advance(5min - 1ms);
  EXPECT_EQ(sent(), "");
  advance(1ms);
  EXPECT_EQ(sent(), "ana") << "AvailableInactive";
  advance(5min);
  EXPECT_EQ(sent(), "ana") << "Away";
  advance(50min - 1ms);
  EXPECT_EQ(sent(), "");
}

TEST_F(Notifications, EndAtTheExpiry) {
  enable();
  const std::string id = subscribe({kAna});
  advance(60min - 1ms);
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "ana");
  advance(1ms);
  set(kAna, "Available", "Available");
  EXPECT_EQ(sent(), "");
  subscribe({kAna});
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "ana");
}

TEST_F(Notifications, EndWithADelete) {
  enable();
  const std::string id = subscribe({kAna}, kLife);
  receivers_answer(500);
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "ana");
  EXPECT_EQ(server_.send("DELETE", kSubscriptionsPath + "/" + id, ben()).status, 204);
  receivers_answer(202);
  advance(4h);
  EXPECT_EQ(sent(), "") << "pending items are dropped";
}

TEST_F(Notifications, PendingItemsAreSentAfterTheExpiryWithTheLastState) {
  enable();
  const auto certificate = webhook::certificate_of(webhook::rsa_2048());
  subscribe({kAna}, rich(certificate, "a"));
  receivers_answer(500);
  advance(59min);
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "ana");
  advance(1min);
  sent();
  receivers_answer(202);
  set(kAna, "Away", "Away");
  advance(10min);
  ASSERT_EQ(sent(), "ana");
  Answer plain;
  plain.body = opened(items_of(posts_)[0], webhook::rsa_2048());
  EXPECT_EQ(plain.state(), "Busy/InACall") << "not the later state";
}

// If the clock jumps past the expiry, changes before and after it are found at the same time.
TEST_F(Notifications, ChangesAfterTheExpiryAreNotSent) {
  enable({.state_in_basic = true});
  for (int round = 0; round < 20; ++round) {
    set(kAna, "Busy", "InACall", "PT59M", "s");
    set(kAna, "Away", "Away", "PT61M", "t");
    subscribe({kAna});
    advance(2h);
    ASSERT_EQ(sent(), "ana") << "in round " << round;
    const Answer item = items_of(posts_)[0];
    ASSERT_EQ(item.at("/resourceData/availability") + "/" + item.at("/resourceData/activity"), "Away/Away");
  }
}

TEST_F(Notifications, TheNewestStateReplacesAPendingOne) {
  enable();
  subscribe({kAna}, rich(webhook::certificate_of(webhook::rsa_2048()), "a"));
  receivers_answer(503);
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "ana");
  const std::string first = items_of(posts_)[0].at("/id");
  advance(13s);
  EXPECT_EQ(sent(), "ana");
  EXPECT_EQ(items_of(posts_)[0].at("/id"), first) << "a repeat is recognized";
  EXPECT_EQ(posts_[0].timeout, 10s);
  set(kAna, "Away", "Away");
  set(kAna, "DoNotDisturb", "Presenting");
  EXPECT_EQ(sent(), "") << "a change does not shorten the wait";
  receivers_answer(202);
  advance(25s);
  ASSERT_EQ(sent(), "ana");
  Answer plain;
  plain.body = opened(items_of(posts_)[0], webhook::rsa_2048());
  EXPECT_EQ(plain.state(), "DoNotDisturb/Presenting");
  EXPECT_NE(items_of(posts_)[0].at("/id"), first);
  advance(4h);
  EXPECT_EQ(sent(), "");
}

TEST_F(Notifications, AStateThatReturnsBeforeItWasSentSendsNothing) {
  enable();
  set(kAna, "Busy", "InACall");
  subscribe({kAna, kCleo});
  receivers_answer(503);
  set(kCleo, "Busy", "InACall");
  EXPECT_EQ(sent(), "cleo");
  set(kAna, "Away", "Away");
  set(kAna, "Busy", "InACall");
  receivers_answer(202);
  advance(15s);
  EXPECT_EQ(sent(), "cleo");
}

// A post without a reply may have arrived. The state is sent again even if it has returned to the one before.
TEST_F(Notifications, AnUnansweredPostIsFollowedByThePresentState) {
  enable();
  set(kAna, "Busy", "InACall");
  subscribe({kAna});
  receivers_answer(503);
  set(kAna, "Away", "Away");
  EXPECT_EQ(sent(), "ana");
  set(kAna, "Busy", "InACall");
  receivers_answer(202);
  advance(15s);
  EXPECT_EQ(sent(), "ana");
}

TEST_F(Notifications, AreDroppedAfterFourHours) {
  enable({.life_max = 24h, .dead_letters = true});
  const std::string id = subscribe({kAna}, kLife, 24h);
  server_.webhook_client().answer_with([](const webhook::Post& post) {
    if (post.url.ends_with("/hook"))
      return std::optional(webhook::Reply{.error = webhook::PostError::kConnect});
    return reply_as_valid_receiver(post);
  });
  set(kAna, "Busy", "InACall");
  int tries = 0;
  std::string rest;
  while ((rest = sent()) == "ana") {
    ++tries;
    set(kAna, "Busy", "InACall");  // renewed: after the drop only a change would be sent
    advance(12min);
  }
  EXPECT_GE(tries, 15);
  EXPECT_THAT(rest, testing::EndsWith("missed"));
  EXPECT_EQ(posts_.back().url, "https://receiver.example/life");
  const Answer item = items_of(posts_.back())[0];
  EXPECT_EQ(item.at("/subscriptionId"), id);
  EXPECT_EQ(item.at("/changeType"), "(absent)");
  EXPECT_EQ(item.at("/resourceData"), "(absent)");

  const std::string admin = server_.token({.roles = {"Porchlight.Admin"}});
  const std::string other = server_.token({.tenant = kFabrikam, .roles = {"Porchlight.Admin"}});
  const std::string letters = "/porchlight/v1/deadLetters";
  EXPECT_EQ(server_.get(letters, admin).at("/value/0/subscriptionId"), id);
  EXPECT_EQ(server_.get(letters, admin).at("/value/0/userId"), to_string(kAna));
  EXPECT_EQ(server_.get(letters, other).body, R"({"value":[]})");
  receivers_answer(202);
  EXPECT_EQ(server_.post(letters + "/replay", other, "{}").body, R"({"replayed":0,"gone":0})");
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(server_.post(letters + "/replay", admin, "{}").body, R"({"replayed":1,"gone":0})");
  EXPECT_EQ(sent(), "ana");
  EXPECT_EQ(server_.get(letters, admin).body, R"({"value":[]})");
}

// The retry time of a state counts from that state, not from an older one of the same person.
TEST_F(Notifications, ALaterChangeIsRetriedForFourHoursOfItsOwn) {
  enable({.life_max = 24h});
  subscribe({kAna}, "", 24h);
  receivers_answer(500);
  server_.set_audience(kAna, kHidden);
  EXPECT_EQ(sent(), "ana");
  advance(3h + 50min);
  EXPECT_EQ(sent(), "ana");
  server_.set_audience(kAna, kSeemsOffline);
  advance(10min);
  EXPECT_EQ(sent(), "ana");
  receivers_answer(202);
  advance(1h);
  EXPECT_EQ(sent(), "ana") << "four hours after the first change, and one after the second";
}

TEST_F(Notifications, ARenewalSendsDroppedChanges) {
  enable({.life_max = 24h});
  const std::string id = subscribe({kAna}, "", 24h);
  receivers_answer(500);
  server_.set_audience(kAna, kHidden);
  EXPECT_EQ(sent(), "ana");
  advance(5h);
  sent();
  advance(1h);
  EXPECT_EQ(sent(), "");
  receivers_answer(202);
  advance(1h);
  EXPECT_EQ(sent(), "") << "it was dropped";
  server_.send("PATCH", kSubscriptionsPath + "/" + id, ben(), {"Content-Type: application/json"},
               R"({"expirationDateTime":"2030-01-08T09:00:00Z"})");
  EXPECT_EQ(sent(), "ana");
}

TEST_F(Notifications, SendsAReminderBeforeTheExpiry) {
  enable();
  const std::string id = subscribe({kAna}, kLife);
  advance(45min - 1ms);
  EXPECT_EQ(sent(), "");
  advance(1ms);
  ASSERT_EQ(sent(), "reauthorizationRequired");
  EXPECT_EQ(posts_[0].url, "https://receiver.example/life");
  const Answer item = items_of(posts_)[0];
  EXPECT_EQ(item.at("/subscriptionId"), id);
  EXPECT_EQ(item.at("/tenantId"), to_string(kContoso));
  EXPECT_EQ(item.at("/resource"), "(absent)");
  advance(10min);
  EXPECT_EQ(sent(), "") << "once";
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "ana") << "a change does not repeat it";
  server_.send("PATCH", kSubscriptionsPath + "/" + id, ben(), {"Content-Type: application/json"},
               R"({"expirationDateTime":"2030-01-07T10:55:00Z"})");
  advance(45min);
  EXPECT_EQ(sent(), "reauthorizationRequired") << "and once more after a renewal";
}

TEST_F(Notifications, EndWithThePermission) {
  enable();
  server_.change({{kContoso, kAppA, directory::AppPut{"Reader", false, {"Presence.Read.All"}, {}}}});
  const std::string id = subscribe({kAna}, kLife);
  server_.change({{kContoso, kAppA, directory::AppPut{"Reader", false, {"User.Read"}, {}}}});
  EXPECT_EQ(sent(), "subscriptionRemoved");
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "");
  EXPECT_EQ(server_.get(kSubscriptionsPath + "/" + id, ben()).status, 404);

  server_.change({{kContoso, kAppA, directory::AppPut{"Reader", false, {"Presence.Read.All"}, {}}}});
  subscribe({kAna}, kLife);
  server_.remove_user(kBen);
  EXPECT_EQ(sent(), "subscriptionRemoved") << "the subscriber was removed";
  server_.restart_subscriptions();
  set(kAna, "Away", "Away");
  EXPECT_EQ(sent(), "");
}

TEST_F(Notifications, EndWithAPermissionLostWhileTheServerWasDown) {
  enable();
  subscribe({kAna}, kLife);
  server_.stop_subscriptions();
  server_.remove_user(kBen);
  server_.restart_subscriptions();
  EXPECT_EQ(sent(), "subscriptionRemoved");
  server_.restart_subscriptions();
  EXPECT_EQ(sent(), "");
}

TEST_F(Notifications, AHiddenPersonIsSentAsReadsShowThem) {
  enable({.state_in_basic = true});
  set(kAna, "Busy", "InACall");
  subscribe({kAna});
  const auto told = [&] {
    const Answer item = items_of(posts_)[0];
    return item.at("/resourceData/availability") + "/" + item.at("/resourceData/activity");
  };
  server_.set_audience(kAna, kSeemsOffline);
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(told(), "Offline/Offline");
  set(kAna, "Away", "Away");
  EXPECT_EQ(sent(), "") << "hidden changes send nothing";
  server_.set_audience(kAna, kHidden);
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(told(), "PresenceUnknown/PresenceUnknown");
  server_.set_audience(kAna, {presence::VisibleTo::kNamed, presence::OthersSee::kHidden, {kBen}, {}});
  ASSERT_EQ(sent(), "ana");
  EXPECT_EQ(told(), "Away/Away");
}

TEST_F(Notifications, IncludePeopleOfATrustedTenant) {
  enable();
  subscribe({kZoe});
  const auto trust = [&](bool both) {
    server_.set_contoso({.zone = "UTC", .trusts = {kFabrikam}});
    directory::TenantSettings theirs;
    if (both) theirs.trusts = {kContoso};
    server_.change({{kFabrikam, {}, directory::TenantPut{"Fabrikam", theirs}}});
  };
  const auto set_zoe = [&](const std::string& availability) {
    const std::string body = R"({"sessionId":"s","availability":")" + availability + R"(","activity":")" +
                             availability + R"(","expirationDuration":"PT4H"})";
    const std::string token = server_.token({.tenant = kFabrikam, .roles = {"Presence.ReadWrite.All"}});
    EXPECT_EQ(server_.post("/v1.0/users/" + to_string(kZoe) + "/presence/setPresence", token, body).status,
              200);
  };
  set_zoe("Available");
  EXPECT_EQ(sent(), "");
  trust(true);
  EXPECT_EQ(sent(), "zoe");
  set_zoe("Away");
  EXPECT_EQ(sent(), "zoe");
  trust(false);
  EXPECT_EQ(sent(), "zoe") << "unknown again";
  set_zoe("Available");
  EXPECT_EQ(sent(), "");
}

TEST_F(Notifications, CoverAGroup) {
  enable({.groups_and_tenants = true});
  const Guid group = *parse_guid("70000000-0000-4000-8000-000000000007");
  server_.put_group(group, {kAna});
  set(kAna, "Busy", "InACall");
  set(kCleo, "Busy", "InACall");
  subscribe_to("groups/" + to_string(group) + "/presences", "", ben());
  set(kCleo, "Away", "Away");
  EXPECT_EQ(sent(), "");
  set(kAna, "Away", "Away");
  EXPECT_EQ(sent(), "ana");
  server_.put_group(group, {kAna, kCleo});
  EXPECT_EQ(sent(), "cleo") << "a new member is included";
  server_.restart_subscriptions();
  EXPECT_EQ(sent(), "");
  server_.put_group(group, {kCleo});
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(sent(), "") << "a former member is not";
  set(kCleo, "Busy", "InACall");
  EXPECT_EQ(sent(), "cleo");
}

TEST_F(Notifications, CoverATenant) {
  enable({.application_permission = true, .groups_and_tenants = true});
  subscribe_to("communications/presences", "", server_.reader());
  set(kAna, "Away", "Away");
  EXPECT_EQ(sent(), "ana");
  const Guid dan = *parse_guid("da000000-0000-4000-8000-00000000000d");
  server_.add_user(dan, "dan@contoso.example");
  EXPECT_EQ(sent(), "other");
  set(dan, "Busy", "InACall");
  EXPECT_EQ(sent(), "other");
  server_.remove_user(dan);
  EXPECT_EQ(sent(), "");
  server_.add_user(dan, "dan@contoso.example");
  EXPECT_EQ(sent(), "other");
}

// A post in flight when the server crashes may have arrived or not: it is sent again (spec notifications §10
// item 7).
TEST_F(Notifications, AreSentAfterACrash) {
  enable();
  set(kAna, "Busy", "InACall");
  subscribe({kAna});
  server_.webhook_client().answer_with([](const webhook::Post&) { return std::optional<webhook::Reply>(); });
  set(kAna, "Away", "Away");
  EXPECT_EQ(sent(), "ana");
  const std::string first = items_of(posts_)[0].at("/id");
  server_.stop_subscriptions();
  server_.webhook_client().answer_with(reply_as_valid_receiver);
  server_.restart_subscriptions();
  EXPECT_EQ(sent(), "ana");
  EXPECT_EQ(items_of(posts_)[0].at("/id"), first);
  server_.restart_subscriptions();
  EXPECT_EQ(sent(), "") << "the post was accepted";
  server_.stop_subscriptions();
  set(kAna, "Busy", "InACall");
  server_.restart_subscriptions();
  EXPECT_EQ(sent(), "ana") << "a change while the server was down";
  server_.open_subscriptions();
  set(kAna, "Away", "Away");
  server_.start_subscriptions();
  EXPECT_EQ(sent(), "ana") << "a change before its subscription was loaded";
}

}  // namespace
}  // namespace porchlight::graph
