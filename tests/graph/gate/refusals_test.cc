// Tests of error answers: status, code, message, and the order of checks (spec presence §10, spec protocol §8).
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/call/handlers.h"
#include "graph/gate/routes.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

const std::string kSetPath = kAnaPath + "/setPresence";
constexpr std::string_view kGoodRequest = R"({"sessionId":"s","availability":"Busy","activity":"InACall"})";

TEST(Refusals, HaveGraphsEnvelope) {
  TestServer server;
  const Answer answer = server.send("GET", "/v1.0/you", "", {"client-request-id: mine"});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.code(), "BadRequest");
  EXPECT_EQ(answer.message(), "Resource not found for the segment 'you'.");
  EXPECT_EQ(answer.at("/error/innerError/request-id"), answer.header("request-id"));
  EXPECT_EQ(answer.at("/error/innerError/client-request-id"), "mine");
  const std::string date = answer.at("/error/innerError/date");
  EXPECT_EQ(date.size(), 19u) << date;
  EXPECT_EQ(answer.header("cache-control"), "no-cache");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
}

TEST(Refusals, EscapeTheClientsText) {
  TestServer server;
  const Answer answer = server.get("/v1.0/%22%3Cb%3E%0A", "");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.message(), "Resource not found for the segment '\"<b>\n'.");
}

TEST(Refusals, Tokens) {
  TestServer server;
  std::string bent = server.reader();
  bent[bent.size() - 10] = bent[bent.size() - 10] == 'A' ? 'B' : 'A';
  struct Row {
    std::string header, message;
    bool invalid;
  };
  const Row rows[] = {
      {"", "Access token is empty.", false},
      {"Authorization: Bearer", "Access token is empty.", false},
      {"Authorization: Bearer ", "Access token is empty.", false},
      {"Authorization: Basic YTpi", "Access token is empty.", false},
      {"Authorization: Bearer abc", "IDX14100: JWT is not well formed, there are no dots (.).", true},
      {"Authorization: bearer " + bent, "Signature is invalid.", true},
      {"Authorization: Bearer " + server.token({.tenant = *parse_guid("99999999-0000-4000-8000-000000000009"),
                                                .roles = {"Presence.Read.All"}}),
       "Access token validation failure. Invalid issuer.", true},
  };
  for (const Row& row : rows) {
    const Answer answer = server.send(
        "GET", kAnaPath, "", row.header.empty() ? std::vector<std::string>{} : std::vector{row.header});
    EXPECT_EQ(answer.status, 401) << row.header;
    EXPECT_EQ(answer.code(), "InvalidAuthenticationToken");
    EXPECT_TRUE(answer.message().starts_with(row.message)) << answer.message();
    const std::string challenge = answer.header("www-authenticate");
    EXPECT_TRUE(challenge.starts_with("Bearer realm=\"\", authorization_uri=\"http://127.0.0.1:"))
        << challenge;
    EXPECT_NE(challenge.find("client_id=\"00000003-0000-0000-c000-000000000000\""), std::string::npos);
    EXPECT_EQ(challenge.find("error=\"invalid_token\"") != std::string::npos, row.invalid) << row.header;
  }
}

TEST(Refusals, TokenMustBeInOneAuthorizationHeader) {
  TestServer server;
  const std::string token = server.reader();
  EXPECT_EQ(server.get(kAnaPath + "?access_token=" + token, "").status, 401);
  EXPECT_EQ(server.send("GET", kAnaPath, "", {"X-Authorization: Bearer " + token}).status, 401);
  EXPECT_EQ(server.send("GET", kAnaPath, token, {"Authorization: Bearer " + token}).status, 401)
      << "two headers";
  EXPECT_EQ(server.send("GET", kAnaPath, "", {"Authorization: BEARER   " + token}).status, 200);
}

// The token with another signature of the same length.
std::string forged(std::string token) {
  char& last = token[token.size() - 10];
  last = last == 'A' ? 'B' : 'A';
  return token;
}

TEST(Refusals, BadTokensDoNotRefuseGoodOnesOfTheirAddress) {
  TestServer server;
  const std::string bad = forged(server.reader());
  for (int i = 0; i < 200; ++i) ASSERT_EQ(server.get(kAnaPath, bad).status, 401);
  EXPECT_EQ(server.get(kAnaPath, server.reader()).status, 200);
}

TEST(Refusals, SignaturesThatAreCheckedForOneAddressAreBounded) {
  TestServer server;
  const std::string good = server.reader(), bad = forged(good);
  EXPECT_EQ(server.get(kAnaPath, good).status, 200);
  const auto most =
      static_cast<int>(throttle::kFailedSignatures.requests + throttle::kFailedSignaturesBeyond.requests);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(server.get(kAnaPath, "a.b.c").status, 401) << "costs no signature";
  for (int i = 0; i < most; ++i) ASSERT_EQ(server.get(kAnaPath, bad).status, 401) << i;
  const Answer refused = server.get(kAnaPath, bad);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "10");
  EXPECT_EQ(server.get(kAnaPath, good).status, 200) << "a token verified before is not affected";
  EXPECT_EQ(server.get(kAnaPath, server.writer()).status, 429);
  server.advance(10s);
  EXPECT_EQ(server.get(kAnaPath, server.writer()).status, 200);
}

// A token of this server's own is good only while its application and its user exist; also one that was verified
// before.
TEST(Refusals, TokensEndWithTheirApplicationAndUser) {
  TestServer server;
  const auto status = [&server](const std::string& token) { return server.get(kAnaPath, token).status; };
  const std::string app_only = server.token({.app = kAppB, .roles = {"Presence.Read.All"}});
  const std::string ben = server.token({.user = kBen, .scopes = {"Presence.Read.All"}});
  const std::string ana = server.token({.user = kAna, .scopes = {"Presence.Read.All"}});
  for (const std::string& token : {app_only, ben, ana}) EXPECT_EQ(status(token), 200);
  server.change({{kContoso, kAppB, directory::AppRemoved{}}});
  EXPECT_EQ(status(app_only), 401);
  EXPECT_EQ(status(ben), 200);
  server.remove_user(kBen);
  EXPECT_EQ(status(ben), 401);
  EXPECT_EQ(status(ana), 200);
  const Answer refused = server.get(kAnaPath, ben);
  EXPECT_EQ(refused.code(), "InvalidAuthenticationToken");
  EXPECT_EQ(refused.message(),
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
            "TokenIssuedBeforeRevocationTimestamp");
  EXPECT_EQ(status(server.token({.app = kAppB, .roles = {"Presence.Read.All"}})), 401) << "minted since";
  server.change({{kContoso, kBen, directory::UserPut{"ben@contoso.example", "Ben"}}});
  EXPECT_EQ(status(ben), 200) << "the same user again";
}

// Also of a token that was verified before, and again each time.
TEST(Refusals, RevokedTokensAreRefused) {
  TestServer server;
  const auto status = [&server](const std::string& token) { return server.get(kAnaPath, token).status; };
  const auto ben = [&server](const Guid& app) {
    return server.token({.app = app, .user = kBen, .scopes = {"Presence.Read.All"}});
  };
  const std::string by_a = ben(kAppA), by_b = ben(kAppB), unseen = ben(kAppA);
  const std::string app_only = server.token({.app = kAppB, .roles = {"Presence.Read.All"}});
  const std::string ana = server.token({.user = kAna, .scopes = {"Presence.Read.All"}});
  const std::string zoe = server.token({.tenant = kFabrikam, .app = kAppB, .roles = {"Presence.Read.All"}});
  for (const std::string& token : {by_a, by_b, app_only, ana, zoe}) EXPECT_NE(status(token), 401);
  server.revoke(kBen);
  for (const std::string& token : {by_a, by_b, unseen, by_a, by_b, unseen}) EXPECT_EQ(status(token), 401);
  for (const std::string& token : {app_only, ana}) EXPECT_EQ(status(token), 200);
  EXPECT_TRUE(server.get(kAnaPath, by_a).message().ends_with("TokenIssuedBeforeRevocationTimestamp"));
  server.revoke(kAppB);
  EXPECT_EQ(status(app_only), 401);
  EXPECT_EQ(status(app_only), 401);
  EXPECT_EQ(status(ana), 200);
  EXPECT_NE(status(zoe), 401) << "the same application of another tenant";
  server.advance(std::chrono::seconds(1));
  const TokenSpec since{
      .app = kAppB, .user = kBen, .scopes = {"Presence.Read.All"}, .issued_after = std::chrono::seconds(1)};
  EXPECT_EQ(status(server.token(since)), 200);
  EXPECT_EQ(status(by_b), 401);
  server.restart();
  EXPECT_EQ(status(by_b), 401);
}

TEST(Refusals, MeNeedsAUserAndAWorkAccount) {
  TestServer server;
  const Answer answer = server.get("/v1.0/me/presence", server.reader());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "BadRequest");
  EXPECT_EQ(answer.message(), "/me request is only valid with delegated authentication flow.");
  const Guid personal = *parse_guid("9188040d-6c67-4c5b-b112-36a304b66dad");
  const Answer account = server.get(
      "/v1.0/me/presence", server.token({.tenant = personal, .user = kAna, .scopes = {"Presence.Read"}}));
  EXPECT_EQ(account.status, 400);
  EXPECT_EQ(account.code(), "BadRequest");
}

TEST(Refusals, Methods) {
  TestServer server;
  for (const std::string method : {"PUT", "PATCH", "DELETE", "POST"}) {
    const Answer answer = server.send(method, kAnaPath, server.reader(), {"Content-Length: 0"});
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.code(), "Request_BadRequest");
    EXPECT_EQ(answer.message(), "Specified HTTP method is not allowed for the request target.");
    EXPECT_EQ(answer.header("allow"), "GET, HEAD, OPTIONS");
  }
  EXPECT_EQ(server.get(kSetPath, server.writer()).header("allow"), "POST, OPTIONS");
}

TEST(Refusals, ContentTypes) {
  TestServer server;
  const std::string token = server.writer();
  const auto send = [&](std::vector<std::string> headers) {
    return server.send("POST", kSetPath, token, headers, kGoodRequest);
  };
  for (const std::string type :
       {"application/json", "application/json;charset=utf-8", "Application/JSON ; odata.metadata=minimal"}) {
    EXPECT_EQ(send({"Content-Type: " + type}).status, 200) << type;
  }
  const Answer missing = send({});
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(missing.message(),
            "Write requests (excluding DELETE) must contain the Content-Type header declaration.");
  for (const std::string type : {"text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
    const Answer wrong = send({"Content-Type: " + type});
    EXPECT_EQ(wrong.status, 400) << type;
    EXPECT_EQ(wrong.message(), "Entity only allows writes with a JSON Content-Type header.");
  }
  EXPECT_EQ(send({"Content-Type: application/json", "Content-Encoding: gzip"}).status, 415);
  EXPECT_EQ(server.send("GET", kAnaPath, server.reader(), {"Content-Type: text/plain"}).status, 200)
      << "a GET has no body";
}

// Each request fails two successive checks and gets the error of the first one.
TEST(Refusals, FirstFailedCheckAnswers) {
  TestServer server({{1, 30s}, {0, 30s}, {0, 10s}});
  const std::string nobody = "/v1.0/users/99999999-0000-4000-8000-000000000009/presence";
  const std::string none = server.token({.user = kAna, .scopes = {"User.Read"}});
  const std::string ana = server.user(kAna, {"Presence.ReadWrite"});
  struct Row {
    std::string what, method, path, token, body;
    int status;
    std::string code;
  };
  const std::string bad_pair = R"({"sessionId":"s","availability":"Busy","activity":"Nonsense"})";
  const Row rows[] = {
      {"route before token", "GET", "/v1.0/you", "", "", 400, "BadRequest"},
      {"token before /me", "GET", "/v1.0/me/presence", "x", "", 401, "InvalidAuthenticationToken"},
      {"/me before method", "DELETE", "/v1.0/me/presence", server.reader(), "", 400, "BadRequest"},
      {"method before body", "PUT", kSetPath, none, "{", 405, "Request_BadRequest"},
      {"body before permission", "POST", kSetPath, none, "{", 400, "BadRequest"},
      {"required before permission", "POST", kSetPath, none, "{}", 400, "InvalidArgument"},
      {"permission before target", "POST", nobody + "/setPresence", none, std::string(kGoodRequest), 403,
       "Forbidden"},
      {"target before existence", "POST", nobody + "/setPresence", ana, std::string(kGoodRequest), 401,
       "Unauthorized"},
      {"existence before values", "POST", nobody + "/setPresence", server.writer(), bad_pair, 404,
       "Request_ResourceNotFound"},
      {"values before state", "POST", kSetPath, server.writer(), bad_pair, 400, "InvalidArgument"},
      {"state", "POST", kAnaPath + "/clearPresence", server.writer(), R"({"sessionId":"s"})", 404,
       "NotFound"},
  };
  for (const Row& row : rows) {
    const Answer answer =
        server.send(row.method, row.path, row.token, {"Content-Type: application/json"}, row.body);
    EXPECT_EQ(answer.status, row.status) << row.what << answer.body;
    EXPECT_EQ(answer.code(), row.code) << row.what;
  }
}

TEST(Refusals, ThrottlingComesAfterMeAndBeforeTheMethod) {
  TestServer server({{1, 30s}, {0, 30s}, {0, 10s}});
  EXPECT_EQ(server.get(kAnaPath, server.reader()).status, 200);
  EXPECT_EQ(server.get("/v1.0/me/presence", server.reader()).status, 400);
  EXPECT_EQ(server.send("DELETE", kAnaPath, server.reader()).status, 429);
}

TEST(Refusals, MissingPermissionsAreNamed) {
  TestServer server;
  const Answer answer = server.get(kAnaPath, server.user(kBen, {"User.Read", "Presence.Read"}));
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.code(), "Forbidden");
  EXPECT_EQ(answer.message(),
            "Missing scope permissions on the request. API requires one of 'Presence.Read.All'. Scopes on "
            "the request "
            "'User.Read Presence.Read'");
}

TEST(Throttle, BudgetIsPerApplicationAndTenant) {
  TestServer server({{1500, 30s}, {10000, 30s}, {0, 10s}});
  const std::string token = server.reader();
  for (int i = 0; i < 1500; ++i) ASSERT_EQ(server.get(kAnaPath, token).status, 200) << i;
  const Answer refused = server.get(kAnaPath, token);
  ASSERT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "TooManyRequests");
  EXPECT_EQ(refused.message(), "Please retry again later.");
  EXPECT_EQ(refused.at("/error/innerError/code"), "429");
  EXPECT_EQ(refused.at("/error/innerError/status"), "429");
  EXPECT_EQ(refused.at("/error/innerError/message"), "Please retry after");
  const int wait = std::stoi(refused.header("retry-after"));
  EXPECT_GE(wait, 1);
  EXPECT_LE(wait, 30);
  EXPECT_EQ(server.get(kAnaPath, server.token({.app = kAppB, .roles = {"Presence.Read.All"}})).status, 200);
  EXPECT_EQ(server.post(kSetPath, server.writer(), kGoodRequest).status, 200)
      << "writes have a larger budget";
  server.advance(std::chrono::seconds(wait));
  EXPECT_EQ(server.get(kAnaPath, token).status, 200) << "after Retry-After";
}

// A body that the parser of every route accepts.
constexpr std::string_view kEveryMember =
    R"({"advance":"PT0S","sessionId":"a","availability":"Available","activity":"Available","ids":[],)"
    R"("statusMessage":{"message":{"content":"x"}},"workLocationType":"office",)"
    R"("users":["a"],"until":{"activity":["Away"]},"visibleTo":"everyone",)"
    R"("changeType":"updated","notificationUrl":"https://receiver.example/","resource":"communications/presences/)"
    R"(a0000000-0000-4000-8000-00000000000a","expirationDateTime":"2030-01-07T10:00:00Z"})";

// The members of a subscription that a PATCH may change.
constexpr std::string_view kRenewal = R"({"expirationDateTime":"2030-01-07T10:00:00Z"})";

// The members of a work plan's parts; `start` and `end` are texts in other bodies.
constexpr std::string_view kPlanPart =
    R"({"maxSharedWorkLocationDetails":"none","workLocationType":"office",)"
    R"("start":{"dateTime":"2030-01-07T09:00:00"},"end":{"dateTime":"2030-01-07T17:00:00"},)"
    R"("recurrence":{"pattern":{},"range":{}}})";

std::string_view body_of(const Route& route) {
  if (route.operation == &update_subscription) return kRenewal;
  return std::ranges::find(route.pattern, "workHoursAndLocations") != route.pattern.end() ? kPlanPart
                                                                                          : kEveryMember;
}

// Calls each route of the table as each kind of unauthorized caller: without a token, with an invalid one, without the
// permission, for another user, and from another tenant.
TEST(Isolation, EveryRouteRejectsUnauthorizedCallers) {
  TestServer server;
  server.enable_history();
  server.enable_subscriptions();
  const std::string other_tenant =
      server.token({.tenant = kFabrikam,
                    .roles = {"Presence.Read.All", "Presence.ReadWrite.All", "User.Read.All",
                              "Porchlight.History.Read.All", "Calendars.ReadWrite.All"}});
  const std::string other_user = server.user(kBen, {"Presence.Read", "Presence.ReadWrite"});
  const std::string no_right = server.user(kAna, {"Mail.Read"});
  const std::string wrong_kind = server.token({.roles = {"Presence.Read", "Presence.ReadWrite"}});
  for (const Route& route : routes()) {
    // These need a token only. batch_test.cc tests the permissions of a batch's requests, stream_test.cc those of a
    // stream opened with a ticket, and server/administration_test.cc those of the administration API.
    if (route.access == nullptr || route.administration != nullptr || route.operation == &execute_batch ||
        route.operation == &issue_stream_ticket)
      continue;
    std::string path;
    for (const std::string_view part : route.pattern) {
      path += '/';
      if (part == "{version}")
        path += "v1.0";
      else if (part == "{id}")
        path += to_string(kAna);
      else if (part == "{item}")
        path += "AAAAAAAAAAAAAAAAAAAAAA";
      else if (part == "arguments:occurrencesView")
        path += "occurrencesView(startDateTime='2030-01-07T00:00:00Z',endDateTime='2030-01-08T00:00:00Z')";
      else if (part == "{size}")
        path += "48x48";
      else
        path += part.substr(part.find(':') + 1);  // of an action or a function
    }
    if (route.operation == &open_stream) path += "?tenant";
    constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    const std::string_view method = kMethods[static_cast<std::size_t>(route.method)];
    const auto call = [&](const std::string& token) {
      return route.method == http::Method::kGet
                 ? server.get(path, token)
                 : server.send(method, path, token,
                               {route.content == BodyFormat::kJson ? "Content-Type: application/json"
                                                                   : "Content-Type: text/calendar"},
                               body_of(route));
    };
    const bool me = route.target == RouteTarget::kMe,
               named = route.target == RouteTarget::kUser || route.target == RouteTarget::kGuid;
    server.advance(1s);  // invalid tokens of one address are bounded
    EXPECT_EQ(call("").status, 401) << path;
    EXPECT_EQ(call("x.y.z").status, 401) << path;
    EXPECT_EQ(call(no_right).status, 403) << path;
    EXPECT_EQ(call(wrong_kind).status, me ? 400 : 403) << path;
    if (named) {
      EXPECT_EQ(call(other_user).status, route.access->others_unauthorized ? 401 : 403) << path;
      EXPECT_EQ(call(other_tenant).status, route.access->app != 0 ? 404 : 403) << path;
    }
    if (me) {
      EXPECT_EQ(call(other_tenant).status, 400) << path;
    }
  }
}

// The matrix of spec protocol §4, row by row: reads and writes of the caller's own presence and of another user's.
TEST(Isolation, PermissionMatrix) {
  TestServer server;
  const std::string me = "/v1.0/me/presence", ben = "/v1.0/users/" + to_string(kBen) + "/presence";
  const std::string com_ana = "/v1.0/communications/presences/" + to_string(kAna);
  const std::string com_ben = "/v1.0/communications/presences/" + to_string(kBen);
  struct Row {
    bool delegated;
    std::string permission;
    int me, self, other, com_self, com_other, set_self, set_other;
  };
  const Row rows[] = {
      {true, "", 403, 403, 403, 403, 403, 403, 403},
      {true, "Presence.Read", 200, 200, 403, 200, 403, 403, 403},
      {true, "Presence.Read.All", 200, 200, 200, 200, 200, 403, 403},
      {true, "Presence.ReadWrite", 200, 200, 403, 200, 403, 200, 401},
      {true, "Presence.ReadWrite.All", 403, 403, 403, 403, 403, 403, 403},
      {false, "", 400, 403, 403, 403, 403, 403, 403},
      {false, "Presence.Read", 400, 403, 403, 403, 403, 403, 403},
      {false, "Presence.Read.All", 400, 200, 200, 200, 200, 403, 403},
      {false, "Presence.ReadWrite", 400, 403, 403, 403, 403, 403, 403},
      {false, "Presence.ReadWrite.All", 400, 200, 200, 200, 200, 200, 200},
  };
  for (const Row& row : rows) {
    // A token with neither scopes nor roles is app-only, so "no permission" carries one of another service.
    const std::string permission = row.permission.empty() ? "User.Read" : row.permission;
    const std::string token =
        row.delegated ? server.user(kAna, {permission}) : server.token({.roles = {permission}});
    const std::string what = (row.delegated ? "delegated " : "application ") + permission;
    EXPECT_EQ(server.get(me, token).status, row.me) << what;
    EXPECT_EQ(server.get(kAnaPath, token).status, row.self) << what;
    EXPECT_EQ(server.get(ben, token).status, row.other) << what;
    EXPECT_EQ(server.get(com_ana, token).status, row.com_self) << what;
    EXPECT_EQ(server.get(com_ben, token).status, row.com_other) << what;
    EXPECT_EQ(server.post(kSetPath, token, kGoodRequest).status, row.set_self) << what;
    EXPECT_EQ(server.post(ben + "/setPresence", token, kGoodRequest).status, row.set_other) << what;
  }
}

}  // namespace
}  // namespace porchlight::graph
