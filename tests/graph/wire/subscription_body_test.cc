// Resources, bodies and expiries of subscriptions (spec notifications §1 to §3).
#include "graph/wire/subscription_body.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/json.h"
#include "graph/wire/path.h"
#include "graph/wire/query.h"
#include "graph/wire/subscription_resource.h"
#include "webhook/keys.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using watch::TargetKind;

constexpr std::string_view kOne = "4f1f0000-0000-4000-8000-000000000001",
                           kTwo = "77aa0000-0000-4000-8000-000000000002";
constexpr Time kNow{std::chrono::hours(500'000)};

std::string filter(std::string_view list) {
  return fmt::format("communications/presences?$filter=id in ({})", list);
}

TEST(SubscriptionResource, AcceptsEverySpelling) {
  const std::string one(kOne), two(kTwo);
  struct Row {
    std::string text, people;
  };
  const Row rows[] = {
      {"communications/presences/" + one, one},
      {"/communications/presences/" + one, one},
      {"Communications/Presences('" + one + "')", one},
      {"/users/" + one + "/presence", one},
      {"users('" + one + "')/Presence", one},
      {filter("'" + one + "'"), one},
      {filter(one), one},
      {"/" + filter("'" + two + "','" + one + "'"), one + " " + two},
      {filter(two + ", " + one + " , '" + two + "'"), one + " " + two},
      {"communications/presences?$filter=id%20in%20(%27" + one + "%27)", one},
      {"communications/presences?$filter=id+in+('" + one + "')", one},
      {"communications/presences?%24filter=ID IN('" + one + "')", one},
  };
  for (const Row& row : rows) {
    const auto read_subscription = parse_subscription_resource(row.text, false);
    ASSERT_TRUE(read_subscription) << row.text;
    EXPECT_EQ(read_subscription->target.kind, TargetKind::kPeople);
    std::string people;
    for (const Guid& id : read_subscription->target.ids)
      people += (people.empty() ? "" : " ") + to_string(id);
    EXPECT_EQ(people, row.people) << row.text;
  }
  EXPECT_EQ(parse_subscription_resource("users/ana@contoso.example/presence", false)->upn,
            "ana@contoso.example");
}

TEST(SubscriptionResource, RefusesOtherTexts) {
  const std::string one(kOne);
  const std::string rows[] = {
      "",
      "/",
      "communications",
      "communications/presences",
      "communications/presences/",
      "me/presence",
      "communications/presences/x",
      "v1.0/communications/presences/" + one,
      "https://graph.microsoft.com/v1.0/communications/presences/" + one,
      "communications/presences/" + one + "/x",
      "communications/presences/" + one + "?$select=activity",
      "communications/presences?$select=id",
      "communications/presences?$filter=id in ('" + one + "')&$select=id",
      "communications/presences?",
      filter(""),
      filter("'" + one),
      filter("'" + one + "',"),
      filter("'x'"),
      filter("('" + one + "')"),
      "communications/presences?$filter=id eq '" + one + "'",
      "communications/presences?$filter=idin('" + one + "')",
      "communications/presences?$filter=id in ('" + one + "'",
      "communications/presences?$filter=%",
      "users/presence",
      "users//presence",
      "groups/" + one + "/presences",
      "users/" + one,
  };
  for (const std::string& row : rows) {
    const auto read_subscription = parse_subscription_resource(row, false);
    ASSERT_FALSE(read_subscription) << row;
    EXPECT_EQ(read_subscription.error().status, 400) << row;
    EXPECT_EQ(read_subscription.error().code, "InvalidRequest") << row;
  }
}

TEST(SubscriptionResource, AcceptsSixHundredAndFiftyIds) {
  std::string list;
  for (std::size_t i = 0; i < kFilterIdsMax; ++i)
    list += fmt::format("{}'{:08}-0000-4000-8000-000000000001'", i == 0 ? "" : ",", i);
  const auto read_subscription = parse_subscription_resource(filter(list), false);
  ASSERT_TRUE(read_subscription);
  EXPECT_EQ(read_subscription->target.ids.size(), 650u);
  const auto more = parse_subscription_resource(filter(list + ",'" + std::string(kOne) + "'"), false);
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().message.text(), testing::HasSubstr("650"));
}

TEST(SubscriptionResource, AcceptsGroupsAndTenantsBeyondGraph) {
  EXPECT_EQ(parse_subscription_resource("/communications/presences", true)->target.kind, TargetKind::kTenant);
  const auto group = parse_subscription_resource("groups/" + std::string(kOne) + "/presences", true);
  ASSERT_TRUE(group);
  EXPECT_EQ(group->target.kind, TargetKind::kGroup);
  EXPECT_EQ(group->target.ids, std::vector{*parse_guid(kOne)});
}

TEST(SubscriptionExpiry, ClampsAtEachLimit) {
  struct Row {
    Duration asked, given;  // given 0: refused
  };
  const Row rows[] = {
      {-1ms, {}},     {0ms, 45min},         {45min - 1ms, 45min}, {45min, 45min},    {50min, 50min},
      {60min, 60min}, {60min + 1ms, 60min}, {61min, 60min},       {61min + 1ms, {}}, {24h, {}},
  };
  for (const auto& [asked, given] : rows) {
    const auto expiry = clamp_expiry({kNow + asked}, kNow, 60min);
    if (given == Duration{}) {
      ASSERT_FALSE(expiry) << asked.count();
      EXPECT_EQ(expiry.error().code, asked < 0ms ? "InvalidRequest" : "ExtensionError");
    } else {
      ASSERT_TRUE(expiry) << asked.count();
      EXPECT_EQ(expiry->time - kNow, given) << asked.count();
    }
  }
  EXPECT_EQ(clamp_expiry({kNow + 2h}, kNow, 60min).error().message.text(),
            "Subscription expiration can only be 60 minutes in the future. The latest allowed "
            "expirationDateTime is 2027-01-15T09:00:00.0000000Z.");
  EXPECT_EQ(clamp_expiry({kNow + 72h}, kNow, 72h)->time, kNow + 72h) << "with a longer life allowed";
}

// An expiry that is kept is kept as it was sent; one that is moved is a whole millisecond.
TEST(SubscriptionExpiry, KeepsTicksUnlessItIsMoved) {
  struct Row {
    Duration asked;
    std::uint16_t ticks, given;
  };
  const Row rows[] = {
      {45min, 1, 1},       {45min, 9999, 9999}, {50min, 4567, 4567}, {60min - 1ms, 9999, 9999},
      {50min, 0, 0},       {45min - 1ms, 1, 0}, {0ms, 9999, 0},      {60min, 1, 0},
      {60min + 1ms, 1, 0}, {61min, 9999, 0},
  };
  for (const Row& row : rows) {
    const auto expiry = clamp_expiry({kNow + row.asked, row.ticks}, kNow, 60min);
    ASSERT_TRUE(expiry) << row.asked.count();
    EXPECT_EQ(expiry->ticks, row.given) << row.asked.count() << " " << row.ticks;
  }
}

Result<SubscriptionBody> parse_subscription(std::string_view text) {
  JsonReader reader;
  const auto body = JsonBody::parse(reader, text);
  if (!body) return std::unexpected(body.error());
  return parse_subscription(*body);
}

constexpr std::string_view kGoodSubscription =
    R"("changeType":"updated","notificationUrl":"https://a.example/","resource":"r","expirationDateTime":"2030-01-07T10:00:00Z")";

std::string with(std::string_view more) { return fmt::format("{{{}{}}}", kGoodSubscription, more); }

TEST(SubscriptionBody, NamesTheMissingMember) {
  EXPECT_TRUE(parse_subscription(with("")));
  for (const std::string_view name : {"changeType", "notificationUrl", "resource", "expirationDateTime"}) {
    std::string text = with("");
    text.replace(text.find(name), name.size(), "other");
    const auto body = parse_subscription(text);
    ASSERT_FALSE(body) << name;
    EXPECT_EQ(body.error().status, 400);
    EXPECT_THAT(body.error().message.text(), testing::HasSubstr(std::string(name)));
  }
  for (const std::string_view more :
       {R"(,"clientState":7)", R"(,"includeResourceData":"yes")", R"(,"lifecycleNotificationUrl":[])"})
    EXPECT_FALSE(parse_subscription(with(more))) << more;
  EXPECT_FALSE(parse_subscription(R"({"changeType":"updated","changeType":"updated"})"));
}

std::string fault(std::string_view more) {
  const auto body = parse_subscription(with(more));
  if (!body) return "unreadable";
  const auto checked = check_subscription(*body, {});
  return checked ? "good" : fmt::format("{}: {}", checked.error().target, checked.error().code);
}

TEST(SubscriptionBody, ChecksLengthsUrlsAndCertificates) {
  const std::string certificate =
      encode_base64(webhook::der_of(webhook::certificate_of(webhook::rsa_2048())));
  const std::string weak =
      encode_base64(webhook::der_of(webhook::certificate_of(webhook::rsa_public(1024, 65537))));
  const auto rich = [](const std::string& with_certificate, const std::string& id) {
    return R"(,"includeResourceData":true,"encryptionCertificate":")" + with_certificate +
           R"(","encryptionCertificateId":")" + id + "\"";
  };
  struct Row {
    std::string more, fault;
  };
  const Row rows[] = {
      {"", "good"},
      {R"(,"clientState":")" + std::string(128, 'x') + "\"", "good"},
      {R"(,"clientState":")" + std::string(129, 'x') + "\"", "clientState: InvalidRequest"},
      {R"(,"lifecycleNotificationUrl":"https://a.example/life")", "good"},
      {R"(,"lifecycleNotificationUrl":"http://a.example/")", "lifecycleNotificationUrl: InvalidRequest"},
      {R"(,"lifecycleNotificationUrl":"https://10.0.0.1/")", "lifecycleNotificationUrl: InvalidRequest"},
      {R"(,"latestSupportedTlsVersion":"v1_3")", "good"},
      {R"(,"latestSupportedTlsVersion":"v1_4")", "latestSupportedTlsVersion: InvalidRequest"},
      {R"(,"notificationQueryOptions":"x")", "notificationQueryOptions: InvalidRequest"},
      {R"(,"vapidPublicKey":"x")", "vapidPublicKey: InvalidRequest"},
      {R"(,"webPushEncryptionSecret":"x")", "vapidPublicKey: InvalidRequest"},
      {R"(,"notificationUrlAppId":")" + std::string(129, 'x') + "\"", "notificationUrlAppId: InvalidRequest"},
      {R"(,"includeResourceData":true)", "encryptionCertificate: InvalidRequest"},
      {R"(,"includeResourceData":true,"encryptionCertificate":")" + certificate + "\"",
       "encryptionCertificateId: InvalidRequest"},
      {rich(certificate, "a"), "good"},
      {rich(certificate, std::string(128, 'x')), "good"},
      {rich(certificate, std::string(129, 'x')), "encryptionCertificateId: InvalidRequest"},
      {rich(weak, "a"), "encryptionCertificate: InvalidRequest"},
      {rich("AAAA", "a"), "encryptionCertificate: InvalidRequest"},
      {R"(,"encryptionCertificateId":"a")", "encryptionCertificate: InvalidRequest"},
  };
  for (const Row& row : rows) EXPECT_EQ(fault(row.more), row.fault) << row.more.substr(0, 80);
  for (const std::string_view url : {"EventHub:https://vault.example/secrets/x?tenantId=y", "eventgrid:x",
                                     "http://a.example", "a.example"}) {
    const auto body = parse_subscription(fmt::format(
        R"({{"changeType":"updated","notificationUrl":"{}","resource":"r","expirationDateTime":"2030-01-07T10:00:00Z"}})",
        url));
    ASSERT_TRUE(body);
    const auto checked = check_subscription(*body, {});
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().target, "notificationUrl");
  }
}

// Graph's text first, then which setting or spelling is wrong (spec notifications §3.5).
TEST(SubscriptionUrl, RefusalsNameTheUrlAndTheReason) {
  const std::string hubs = "Event Hubs and Event Grid are not supported; use an https URL.";
  struct Row {
    std::string url, kind, why;
  };
  const Row rows[] = {
      {"EventHub:https://vault.example/secrets/x?tenantId=y", "event hub ", hubs},
      {"eventhub:x", "event hub ", hubs},
      {"EventGrid:?azuresubscriptionid=1", "", hubs},
      {"http://a.example/", "", "the URL must begin with https://."},
      {"", "", "the URL must begin with https://."},
      {"https://a.example:9443/", "",
       "the URL's port is not in webhooks.ports of the server's configuration."},
      {"https://a.example:22/", "", "the URL's port is not in webhooks.ports of the server's configuration."},
      {"https://10.0.0.1/", "",
       "the host must be a name, or an address in webhooks.allow_ranges of the server's configuration."},
      {"https://[::1]/", "",
       "the host must be a name, or an address in webhooks.allow_ranges of the server's configuration."},
      {"https://ana:x@a.example/", "", "the URL must not name a user."},
      {"https://a.example/#x", "", "the URL must not have a fragment."},
      {"https://a b.example/", "", "the URL must be of ASCII characters without blanks."},
      {"https://-a.example/", "", "the host is not a DNS name."},
  };
  for (const Row& row : rows) {
    const auto checked = check_url("notificationUrl", row.url, {});
    ASSERT_FALSE(checked) << row.url;
    EXPECT_EQ(checked.error().code, "InvalidRequest") << row.url;
    EXPECT_EQ(checked.error().message.text(),
              "Invalid " + row.kind + "notification url='" + row.url + "'. [notificationUrl]: " + row.why);
  }
  EXPECT_TRUE(check_url("notificationUrl", "https://a.example/hook?tag=1", {}));
  EXPECT_TRUE(check_url("notificationUrl", "https://a.example:9443/", {.ports = {443, 9443}}));
}

TEST(SubscriptionChange, AcceptsOnlyChangeableMembers) {
  const auto change = [](std::string_view text) {
    JsonReader reader;
    return parse_subscription_change(*JsonBody::parse(reader, text));
  };
  EXPECT_TRUE(change(R"({"expirationDateTime":"2030-01-07T10:00:00Z"})"));
  EXPECT_TRUE(change(R"({"@odata.type":"x","notificationUrl":"https://a.example/","clientState":null})"));
  EXPECT_FALSE(change("{}"));
  EXPECT_FALSE(change(R"({"expirationDateTime":"tomorrow"})"));
  for (const std::string_view name : {"resource", "changeType", "clientState", "lifecycleNotificationUrl"}) {
    const auto refused =
        change(fmt::format(R"({{"expirationDateTime":"2030-01-07T10:00:00Z","{}":"x"}})", name));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().target, name);
  }
}

}  // namespace
}  // namespace porchlight::graph
