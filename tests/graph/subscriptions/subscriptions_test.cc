// /subscriptions over HTTP: permissions, answers and ownership (spec notifications §3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "support/graph/subscriber.h"
#include "webhook/keys.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

constexpr Time kNine{std::chrono::seconds(1894006800)};  // when the server's clock begins
const std::string kSubscriptions = "/v1.0/subscriptions";
const std::string kAnaResource = "communications/presences/" + to_string(kAna);

class Subscriptions : public ::testing::Test {
 protected:
  void SetUp() override { server_.enable_subscriptions(); }
  std::string ben(const Guid& app = kAppA, std::vector<std::string> scopes = {"Presence.Read.All"}) const {
    return server_.token({.app = app, .user = kBen, .scopes = std::move(scopes)});
  }
  std::string cleo() const { return server_.user(kCleo, {"Presence.Read.All"}); }
  Answer create(const std::string& token, const std::string& body) {
    return server_.post(kSubscriptions, token, body);
  }
  Answer create(const std::string& token) {
    return create(token, subscription_to(kAnaResource, now_ + 60min));
  }
  Answer patch(const std::string& id, const std::string& token, const std::string& body) {
    return server_.send("PATCH", kSubscriptions + "/" + id, token, {"Content-Type: application/json"}, body);
  }
  Answer get(const std::string& id, const std::string& token) {
    return server_.get(kSubscriptions + "/" + id, token);
  }
  Answer remove(const std::string& id, const std::string& token) {
    return server_.send("DELETE", kSubscriptions + "/" + id, token);
  }
  void advance(Duration step) {
    server_.advance(step);
    now_ += step;
  }
  std::string in(Duration step) const {
    std::string text;
    append_date_time(text, now_ + step);
    return text;
  }

  TestServer server_;
  Time now_ = kNine;
};

TEST_F(Subscriptions, ReturnAllProperties) {
  const Answer made =
      create(ben(), subscription_to(kAnaResource, now_ + 50min, R"(,"clientState":"secret")"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.at("/@odata.context"), testing::EndsWith("/v1.0/$metadata#subscriptions/$entity"));
  const std::string id = made.at("/id");
  EXPECT_TRUE(parse_guid(id));
  EXPECT_EQ(made.at("/resource"), kAnaResource);
  EXPECT_EQ(made.at("/applicationId"), to_string(kAppA));
  EXPECT_EQ(made.at("/creatorId"), to_string(kBen));
  EXPECT_EQ(made.at("/changeType"), "updated");
  EXPECT_EQ(made.at("/clientState"), "secret");
  EXPECT_EQ(made.at("/notificationUrl"), "https://receiver.example/hook");
  EXPECT_EQ(made.at("/expirationDateTime"), in(50min));
  EXPECT_EQ(made.at("/latestSupportedTlsVersion"), "v1_2");
  for (const std::string name :
       {"notificationQueryOptions", "notificationContentType", "lifecycleNotificationUrl",
        "includeResourceData", "encryptionCertificate", "encryptionCertificateId", "notificationUrlAppId"})
    EXPECT_EQ(made.at("/" + name), "null") << name;
  EXPECT_EQ(get(id, ben()).body, made.body);

  const Answer list = server_.get(kSubscriptions, ben());
  ASSERT_EQ(list.status, 200);
  EXPECT_THAT(list.at("/@odata.context"), testing::EndsWith("/v1.0/$metadata#subscriptions"));
  EXPECT_EQ(list.at("/value/0/id"), id);
  EXPECT_EQ(list.at("/value/0/clientState"), "null");
  EXPECT_EQ(list.at("/value/1"), "(absent)");

  EXPECT_EQ(
      server_.send("POST", kSubscriptions + "/" + id + "/reauthorize", ben(), {"Content-Length: 0"}).status,
      204);
  EXPECT_EQ(get(id, ben()).body, made.body) << "reauthorize changes nothing";
  EXPECT_EQ(remove(id, ben()).status, 204);
  EXPECT_EQ(get(id, ben()).status, 404);
  EXPECT_EQ(remove(id, ben()).status, 404);
}

TEST_F(Subscriptions, DoNotReturnTheCertificate) {
  const std::string certificate =
      encode_base64(webhook::der_of(webhook::certificate_of(webhook::rsa_2048())));
  const Answer made = create(
      ben(), subscription_to(
                 kAnaResource, now_ + 50min,
                 R"(,"includeResourceData":true,"encryptionCertificateId":"one","encryptionCertificate":")" +
                     certificate + "\""));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.at("/includeResourceData"), "true");
  EXPECT_EQ(made.at("/encryptionCertificateId"), "one");
  EXPECT_EQ(made.at("/encryptionCertificate"), "null");
  const Answer changed =
      patch(made.at("/id"), ben(),
            R"({"encryptionCertificateId":"two","encryptionCertificate":")" + certificate + "\"}");
  EXPECT_EQ(changed.at("/encryptionCertificateId"), "two");
  EXPECT_EQ(patch(made.at("/id"), ben(), R"({"encryptionCertificateId":"three"})").status, 400);
}

// Each request fails two neighbouring checks and gets the earlier answer (spec notifications §3.2).
TEST_F(Subscriptions, ReportTheFirstFailedCheck) {
  const std::string weak = ben(kAppA, {"Presence.Read"});
  const std::string rich = R"(,"includeResourceData":true)";
  struct Row {
    std::string what, token, body;
    int status;
    std::string code;
  };
  ASSERT_EQ(create(cleo()).status, 201);
  server_.webhook_client().answer_with([](const webhook::Post&) { return webhook::Reply{.status = 403}; });
  const Row rows[] = {
      {"token before body", "", "{", 401, "InvalidAuthenticationToken"},
      {"body before permission", weak, "{", 400, "BadRequest"},
      {"required before permission", weak, "{}", 400, "InvalidArgument"},
      {"changes before permission", weak,
       R"({"changeType":"created","notificationUrl":"x","resource":"y","expirationDateTime":"2030-01-07T10:00:00Z"})",
       400, "InvalidRequest"},
      {"resource before permission", weak, subscription_to("me/presence", now_ + 1h), 400, "InvalidRequest"},
      {"permission before certificate", weak, subscription_to(kAnaResource, now_ + 1h, rich), 403,
       "ExtensionError"},
      {"certificate before expiry", cleo(), subscription_to(kAnaResource, now_ + 2h, rich), 400,
       "InvalidRequest"},
      {"expiry before duplicates", cleo(), subscription_to(kAnaResource, now_ + 2h), 400, "ExtensionError"},
      {"duplicates before handshake", cleo(), subscription_to(kAnaResource, now_ + 1h), 409, "Conflict"},
      {"handshake", ben(), subscription_to(kAnaResource, now_ + 1h), 400, "ValidationError"},
  };
  for (const Row& row : rows) {
    const Answer answer = create(row.token, row.body);
    EXPECT_EQ(answer.status, row.status) << row.what << answer.body;
    EXPECT_EQ(answer.code(), row.code) << row.what << answer.body;
  }
  EXPECT_EQ(
      create(ben(), subscription_to(kAnaResource, now_ + 1h)).message(),
      "Subscription validation request failed. HTTP status code is 'Forbidden'. Notification endpoint must "
      "respond with 200 OK to validation request.");
}

// Graph's text, then what is missing. A permission to write never stands for one to read (spec notifications §1).
TEST_F(Subscriptions, RefusalsSayWhatIsMissing) {
  const auto user = [&](std::vector<std::string> scopes) { return ben(kAppA, std::move(scopes)); };
  const auto app = [&](std::vector<std::string> roles) { return server_.token({.roles = std::move(roles)}); };
  const std::string no_user =
      "The token has no signed-in user. An application by itself may subscribe only if "
      "subscriptions.application_permission is true in the server's configuration.";
  const auto lacks = [](const std::string& kind, const std::string& has) {
    return "The " + kind + " permission 'Presence.Read.All' is missing; the token has '" + has + "'.";
  };
  struct Row {
    std::string method, token, missing;
  };
  const Row rows[] = {
      {"Create", user({"Presence.Read"}), lacks("delegated", "Presence.Read")},
      {"Create", user({"Presence.ReadWrite"}), lacks("delegated", "Presence.ReadWrite")},
      {"Create", user({"Presence.Read", "Presence.ReadWrite"}),
       lacks("delegated", "Presence.Read Presence.ReadWrite")},
      {"Create", user({"Presence.ReadWrite.All"}), lacks("delegated", "Presence.ReadWrite.All")},
      {"Create", user({"User.Read"}), lacks("delegated", "User.Read")},
      {"Create", user({"Subscription.Read.All"}), lacks("delegated", "Subscription.Read.All")},
      {"Create", app({"Presence.Read.All"}), no_user},
      {"Create", app({"Presence.ReadWrite.All"}), no_user},
      {"Read", app({"Presence.ReadWrite.All"}), lacks("application", "Presence.ReadWrite.All")},
      {"Read", user({"Presence.ReadWrite"}), lacks("delegated", "Presence.ReadWrite")},
      {"Delete", app({"Presence.ReadWrite.All"}), lacks("application", "Presence.ReadWrite.All")},
      {"Delete", user({"Subscription.Read.All"}), lacks("delegated", "Subscription.Read.All")},
  };
  for (const Row& row : rows) {
    const std::string id = to_string(kAna);
    const Answer answer = row.method == "Create" ? create(row.token)
                          : row.method == "Read" ? get(id, row.token)
                                                 : remove(id, row.token);
    EXPECT_EQ(answer.status, 403) << row.method << " " << row.missing;
    EXPECT_EQ(answer.code(), "ExtensionError");
    EXPECT_EQ(answer.message(), "Operation: " + row.method +
                                    "; Exception: [Status Code: Forbidden; Reason: The request is not "
                                    "authorized for this user or application.] " +
                                    row.missing);
  }
}

TEST_F(Subscriptions, AreLimitedToOneOfAnApplicationForAUser) {
  EXPECT_EQ(create(ben()).status, 201);
  const Answer same = create(ben());
  EXPECT_EQ(same.status, 409);
  EXPECT_EQ(same.message(), "Subscription Id <> already exists for the requested combination");
  const Answer other = create(ben(), subscription_to(presences_of({kAna}), now_ + 1h));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.message(), "A subscripton already exists. It must be deleted before a another can be made");
  EXPECT_EQ(create(ben(kAppB)).status, 201) << "another application";
  EXPECT_EQ(create(cleo()).status, 201) << "another user";
}

TEST_F(Subscriptions, ReserveTheQuotaDuringTheValidation) {
  server_.webhook_client().answer_with([](const webhook::Post&) { return std::optional<webhook::Reply>(); });
  const auto first = server_.connect();
  first->ask("POST", kSubscriptions, ben(), {"Content-Type: application/json"},
             subscription_to(kAnaResource, now_ + 1h));
  server_.webhook_client().wait_for(1);
  EXPECT_EQ(create(ben()).status, 409);
  server_.webhook_client().answer_oldest({.error = webhook::PostError::kTimeout});
  const Answer timed_out = first->read_answer();
  EXPECT_EQ(timed_out.status, 400);
  EXPECT_EQ(timed_out.message(), "Subscription validation request timed out.");
  server_.webhook_client().answer_with(reply_as_valid_receiver);
  EXPECT_EQ(create(ben()).status, 201) << "the reservation was released";
}

TEST_F(Subscriptions, ValidateBothUrls) {
  const Answer made =
      create(ben(), subscription_to(kAnaResource, now_ + 1h,
                                    R"(,"lifecycleNotificationUrl":"https://receiver.example/hook")"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.at("/lifecycleNotificationUrl"), "https://receiver.example/hook");
  EXPECT_EQ(server_.webhook_client().take().size(), 2u);
}

TEST_F(Subscriptions, CanBeRenewedAndMoved) {
  const std::string id = create(ben()).at("/id");
  advance(50min);
  const Answer renewed = patch(id, ben(), R"({"expirationDateTime":")" + in(60min) + "\"}");
  EXPECT_EQ(renewed.status, 200) << renewed.body;
  EXPECT_EQ(renewed.at("/expirationDateTime"), in(60min));
  EXPECT_EQ(patch(id, ben(), R"({"expirationDateTime":")" + in(10min) + "\"}").at("/expirationDateTime"),
            in(45min));
  EXPECT_EQ(patch(id, ben(), R"({"expirationDateTime":")" + in(62min) + "\"}").status, 400);
  server_.webhook_client().take();
  EXPECT_EQ(patch(id, ben(), R"({"notificationUrl":"https://receiver.example/hook"})").status, 200);
  EXPECT_TRUE(server_.webhook_client().take().empty()) << "the same URL";
  EXPECT_EQ(patch(id, ben(), R"({"notificationUrl":"https://other.example/"})").at("/notificationUrl"),
            "https://other.example/");
  EXPECT_EQ(server_.webhook_client().take().size(), 1u);
  server_.webhook_client().answer_with([](const webhook::Post&) { return webhook::Reply{.status = 200}; });
  EXPECT_EQ(patch(id, ben(), R"({"notificationUrl":"https://wrong.example/"})").code(), "ValidationError");
  EXPECT_EQ(patch(id, ben(), R"({"notificationUrl":"https://127.0.0.1/"})").code(), "InvalidRequest");
  EXPECT_EQ(get(id, ben()).at("/notificationUrl"), "https://other.example/");
  advance(45min);
  EXPECT_EQ(patch(id, ben(), R"({"expirationDateTime":")" + in(60min) + "\"}").status, 404) << "it has ended";
  EXPECT_EQ(get(id, ben()).status, 404);
  EXPECT_EQ(server_.get(kSubscriptions, ben()).at("/value/0"), "(absent)");
  server_.webhook_client().answer_with(reply_as_valid_receiver);
  EXPECT_EQ(create(ben()).status, 201) << "the quota is released";
}

// A subscription is visible only to its own application, user and tenant.
TEST_F(Subscriptions, BelongToTheirOwners) {
  const std::string id = create(ben()).at("/id");
  const std::string strangers[] = {
      cleo(), ben(kAppB), server_.token({.tenant = kFabrikam, .user = kZoe, .scopes = {"Presence.Read.All"}}),
      server_.token({.tenant = kFabrikam, .roles = {"Presence.Read.All", "Subscription.Read.All"}}),
      server_.token({.app = kAppB, .roles = {"Presence.Read.All"}})};
  const std::string renewal = R"({"expirationDateTime":")" + in(60min) + "\"}";
  const Answer unknown = get("99999999-0000-4000-8000-000000000009", ben());
  for (const std::string& token : strangers) {
    const Answer answers[] = {
        get(id, token), patch(id, token, renewal), remove(id, token),
        server_.send("POST", kSubscriptions + "/" + id + "/reauthorize", token, {"Content-Length: 0"})};
    for (const Answer& answer : answers) {
      EXPECT_EQ(answer.status, 404);
      EXPECT_EQ(answer.code(), "ResourceNotFound");
      EXPECT_EQ(answer.message(), unknown.message());
    }
    EXPECT_EQ(server_.get(kSubscriptions, token).at("/value/0"), "(absent)");
  }
  // A permission to read all subscriptions does not allow changes.
  for (const std::string& token :
       {server_.token({.app = kAppB, .user = kCleo, .scopes = {"Subscription.Read.All"}}),
        server_.token({.app = kAppB, .roles = {"Subscription.Read.All"}})}) {
    EXPECT_EQ(get(id, token).at("/id"), id);
    EXPECT_EQ(server_.get(kSubscriptions, token).at("/value/0/id"), id);
    EXPECT_EQ(remove(id, token).status, 403);
  }
  // Nor does it together with the permission for one's own.
  const std::string auditor =
      server_.token({.app = kAppB, .user = kCleo, .scopes = {"Presence.Read.All", "Subscription.Read.All"}});
  EXPECT_EQ(get(id, auditor).status, 200);
  EXPECT_EQ(patch(id, auditor, renewal).status, 404);
  EXPECT_EQ(remove(id, auditor).status, 404);
  const std::string app = server_.token({.roles = {"Presence.Read.All"}});
  EXPECT_EQ(server_.get(kSubscriptions, app).at("/value/0/id"), id) << "the application without a user";
  EXPECT_EQ(remove(id, app).status, 204);
}

TEST_F(Subscriptions, RefuseApplicationsWithoutAUser) {
  const Answer refused = create(server_.reader());
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "ExtensionError");
  for (const std::string& resource :
       {std::string("communications/presences"), "groups/" + to_string(kAppB) + "/presences"})
    EXPECT_EQ(create(ben(), subscription_to(resource, now_ + 1h)).status, 400) << resource;
}

TEST_F(Subscriptions, SurviveARestart) {
  const Answer made = create(ben());
  advance(10min);
  server_.restart_subscriptions();
  EXPECT_EQ(get(made.at("/id"), ben()).body, made.body);
  EXPECT_EQ(create(ben()).status, 409);
  advance(50min);
  server_.restart_subscriptions();
  EXPECT_EQ(get(made.at("/id"), ben()).status, 404) << "it expired while the server was down";
  EXPECT_EQ(create(ben()).status, 201);
}

// A start with many subscriptions takes a while; other requests are served meanwhile.
TEST_F(Subscriptions, AreServedOnceAllAreLoaded) {
  const Answer made = create(ben());
  server_.open_subscriptions();
  const std::string id = made.at("/id");
  for (const Answer& answer :
       {create(cleo()), get(id, ben()), server_.get(kSubscriptions, ben()), remove(id, ben()),
        patch(id, ben(), R"({"expirationDateTime":")" + in(50min) + "\"}"),
        server_.post(kSubscriptions + "/" + id + "/reauthorize", ben(), ""),
        server_.get("/porchlight/v1/deadLetters", server_.token({.roles = {"Porchlight.Admin"}}))}) {
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_NE(answer.header("retry-after"), "");
  }
  EXPECT_EQ(server_.get("/v1.0/users/" + to_string(kAna) + "/presence", ben()).status, 200);
  server_.start_subscriptions();
  EXPECT_EQ(get(id, ben()).body, made.body);
  EXPECT_EQ(create(cleo()).status, 201);
}

TEST_F(Subscriptions, LongListsHavePages) {
  std::vector<Guid> subscribers(101, kBen);
  for (std::size_t i = 0; i < subscribers.size(); ++i) subscribers[i].bytes[0] = static_cast<std::uint8_t>(i);
  server_.add_users(subscribers);
  std::vector<std::string> made;
  for (const Guid& user : subscribers)
    made.push_back(create(server_.user(user, {"Presence.Read.All"})).at("/id"));
  const std::string app = server_.token({.roles = {"Presence.Read.All"}});
  std::vector<std::string> listed;
  std::string next = kSubscriptions;
  for (int page = 0; page < 3 && !next.empty(); ++page) {
    const Answer list = server_.get(next, app);
    ASSERT_EQ(list.status, 200);
    for (int i = 0; list.at("/value/" + std::to_string(i)) != "(absent)"; ++i)
      listed.push_back(list.at("/value/" + std::to_string(i) + "/id"));
    const std::string link = list.at("/@odata.nextLink");
    next = link == "(absent)" ? "" : link.substr(link.find("/v1.0/"));
  }
  EXPECT_EQ(listed, made);
  EXPECT_EQ(server_.get(kSubscriptions + "?$skiptoken=x", app).status, 400);
  EXPECT_EQ(server_.get(kSubscriptions + "?$top=1", app).status, 400);
}

TEST(SubscriptionSwitches, BeyondGraph) {
  TestServer server;
  server.enable_subscriptions({.application_permission = true,
                               .groups_and_tenants = true,
                               .life_max = std::chrono::hours(72),
                               .per_owner = 2,
                               .per_app = 3});
  const std::string app = server.token({.roles = {"Presence.Read.All"}});
  const Answer all =
      server.post(kSubscriptions, app, subscription_to("communications/presences", kNine + 72h));
  EXPECT_EQ(all.status, 201) << all.body;
  EXPECT_EQ(all.at("/creatorId"), to_string(kAppA));
  EXPECT_EQ(server.post(kSubscriptions, app, subscription_to(kAnaResource, kNine + 1h)).status, 201);
  EXPECT_EQ(server.post(kSubscriptions, app, subscription_to(presences_of({kBen}), kNine + 1h)).status, 409);
  const auto as = [&](const Guid& user) {
    return server.post(kSubscriptions, server.user(user, {"Presence.Read.All"}),
                       subscription_to(kAnaResource, kNine + 1h));
  };
  EXPECT_EQ(as(kBen).status, 201);
  const Answer full = as(kCleo);
  EXPECT_EQ(full.status, 403);
  EXPECT_EQ(full.code(), "Forbidden");
  EXPECT_THAT(full.message(), testing::HasSubstr("3"));
}

}  // namespace
}  // namespace porchlight::graph
