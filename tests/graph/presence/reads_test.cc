// Reads of presence by every route: form, headers, spellings of paths, permissions.
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

TEST(GetPresence, HasTheDocumentedShape) {
  TestServer server;
  const Answer answer = server.get(kAnaPath, server.reader());
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.at("/id"), to_string(kAna));
  EXPECT_EQ(answer.state(), "Offline/Offline");
  EXPECT_EQ(answer.at("/statusMessage"), "null");
  EXPECT_EQ(answer.at("/outOfOfficeSettings/isOutOfOffice"), "false");
  EXPECT_EQ(answer.at("/outOfOfficeSettings/message"), "null");
  EXPECT_EQ(answer.at("/sequenceNumber"), "A0000000000");
  EXPECT_EQ(answer.at("/workLocation/workLocationType"), "unspecified");
  EXPECT_EQ(answer.at("/workLocation/source"), "none");
  EXPECT_EQ(answer.at("/workLocation/placeId"), "null");
  const std::string context = answer.at("/@odata.context");
  EXPECT_TRUE(context.starts_with("http://127.0.0.1:")) << context;
  EXPECT_TRUE(context.ends_with("/v1.0/$metadata#users('" + to_string(kAna) + "')/presence/$entity"))
      << context;
  EXPECT_LT(answer.body.size(), 700u) << "small devices have little memory";
}

TEST(GetPresence, HasGraphsHeaders) {
  TestServer server;
  const Answer answer = server.send("GET", kAnaPath, server.reader(),
                                    {"client-request-id: 11112222-3333-4444-5555-666677778888"});
  EXPECT_EQ(
      answer.header("content-type"),
      "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8");
  EXPECT_EQ(answer.header("odata-version"), "4.0");
  EXPECT_EQ(answer.header("cache-control"), "no-cache");
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_NE(answer.header("access-control-expose-headers").find("Retry-After"), std::string::npos);
  EXPECT_NE(answer.header("x-ms-ags-diagnostic").find("RoleInstance"), std::string::npos);
  EXPECT_TRUE(parse_guid(answer.header("request-id")));
  EXPECT_EQ(answer.header("client-request-id"), "11112222-3333-4444-5555-666677778888");
  EXPECT_NE(answer.header("date"), "");
  EXPECT_EQ(answer.header("strict-transport-security"), "") << "only over TLS";
}

TEST(GetPresence, RequestIdsAreNewAndReplaceMissingClientIds) {
  TestServer server;
  const Answer first = server.get(kAnaPath, server.reader());
  const Answer second = server.get(kAnaPath, server.reader());
  EXPECT_NE(first.header("request-id"), second.header("request-id"));
  EXPECT_EQ(first.header("client-request-id"), first.header("request-id"));
  const Answer hostile =
      server.send("GET", kAnaPath, server.reader(), {"client-request-id: " + std::string(129, 'x')});
  EXPECT_EQ(hostile.header("client-request-id"), hostile.header("request-id")) << "too long to echo";
  const Answer longest =
      server.send("GET", kAnaPath, server.reader(), {"client-request-id: " + std::string(128, 'x')});
  EXPECT_EQ(longest.header("client-request-id"), std::string(128, 'x'));
}

TEST(GetPresence, Spellings) {
  TestServer server;
  const std::string upper = "A0000000-0000-4000-8000-00000000000A";
  for (const std::string& path :
       {"/v1.0/users/" + to_string(kAna) + "/presence", "/beta/users/" + to_string(kAna) + "/presence",
        "/v1.0/users/" + upper + "/presence", "/v1.0/users('" + to_string(kAna) + "')/presence/",
        std::string("/v1.0/users/ana@contoso.example/presence"),
        std::string("/v1.0/users/ANA%40Contoso.example/presence"),
        std::string("/v1.0/USERS('ana%40contoso.example')/Presence"),
        "/v1.0/communications/presences/" + upper,
        "/v1.0/communications/presences('" + to_string(kAna) + "')"}) {
    const Answer answer = server.get(path, server.reader());
    EXPECT_EQ(answer.status, 200) << path << answer.body;
    EXPECT_EQ(answer.at("/id"), to_string(kAna)) << path;
  }
}

TEST(GetPresence, OnMeIsTheCallers) {
  TestServer server;
  const Answer answer = server.get("/v1.0/me/presence", server.user(kBen, {"Presence.Read"}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.at("/id"), to_string(kBen));
  EXPECT_TRUE(answer.at("/@odata.context").ends_with("#users('" + to_string(kBen) + "')/presence/$entity"));
  const Answer unknown =
      server.get("/v1.0/me/presence",
                 server.user(*parse_guid("eeeeeeee-0000-4000-8000-00000000000e"), {"Presence.Read"}));
  EXPECT_EQ(unknown.status, 401) << "a token of this server's own for a user who does not exist";
}

TEST(GetPresence, OnCommunicationsHasBothDocumentedForms) {
  TestServer server;
  const Answer answer = server.get("/v1.0/communications/presences/" + to_string(kAna), server.reader());
  EXPECT_EQ(answer.at("/id"), to_string(kAna));
  EXPECT_EQ(answer.at("/value/0/id"), to_string(kAna));
  EXPECT_EQ(answer.at("/value/0/availability"), answer.at("/availability"));
  EXPECT_EQ(answer.at("/value/0/activity"), answer.at("/activity"));
  EXPECT_EQ(answer.at("/value/1"), "(absent)");
  EXPECT_TRUE(answer.at("/@odata.context").ends_with("/v1.0/$metadata#communications/presences/$entity"));
}

TEST(GetPresence, UnknownForeignAndMalformedIds) {
  TestServer server;
  const std::string unknown = "99999999-0000-4000-8000-000000000009";
  for (const std::string& id :
       {unknown, to_string(kZoe), std::string("zoe@fabrikam.example"), std::string("nobody"),
        std::string("a'b"), std::string("ana@contoso.example%20")}) {
    const Answer answer = server.get("/v1.0/users/" + id + "/presence", server.reader());
    EXPECT_EQ(answer.status, 404) << id;
    EXPECT_EQ(answer.code(), "Request_ResourceNotFound") << id;
  }
  EXPECT_EQ(server.get("/v1.0/users/" + unknown + "/presence", server.reader()).message(),
            "Resource '" + unknown +
                "' does not exist or one of its queried reference-property objects are not present.");
  const Answer upn = server.get("/v1.0/communications/presences/ana@contoso.example", server.reader());
  EXPECT_EQ(upn.status, 400);
  EXPECT_EQ(upn.code(), "InvalidArgument");
}

// Apart from the id, a user of another tenant and an unknown user get the same response.
TEST(GetPresence, UsersOfOtherTenantsAreUnknown) {
  TestServer server;
  const std::string unknown_id = "99999999-0000-4000-8000-000000000009";
  const auto stripped = [](Answer answer, const std::string& id) {
    for (const std::string& noise : {id, answer.header("request-id")}) {
      for (std::size_t at; (at = answer.body.find(noise)) != std::string::npos;)
        answer.body.erase(at, noise.size());
    }
    answer.headers.erase("request-id"), answer.headers.erase("client-request-id");
    return answer;
  };
  for (const std::string& prefix :
       {std::string("/v1.0/users/"), std::string("/v1.0/communications/presences/")}) {
    const std::string suffix = prefix.find("users") != std::string::npos ? "/presence" : "";
    const Answer foreign =
        stripped(server.get(prefix + to_string(kZoe) + suffix, server.reader()), to_string(kZoe));
    const Answer absent = stripped(server.get(prefix + unknown_id + suffix, server.reader()), unknown_id);
    EXPECT_EQ(foreign.status, absent.status);
    EXPECT_EQ(foreign.body, absent.body);
    EXPECT_EQ(foreign.headers, absent.headers);
  }
  const auto list = [&](const std::string& id) {
    return stripped(
        server.get("/v1.0/communications/presences?$filter=id%20eq%20'" + id + "'", server.reader()), id);
  };
  EXPECT_EQ(list(to_string(kZoe)).body, list(unknown_id).body);
}

TEST(GetPresence, HeadIsGetWithoutTheBody) {
  TestServer server;
  const Answer get = server.get(kAnaPath, server.reader());
  const Answer head = server.send("HEAD", kAnaPath, server.reader());
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.header("content-length"), get.header("content-length"));
}

TEST(GetPresence, NegotiatesAccept) {
  TestServer server;
  for (const std::string accept :
       {"application/json", "*/*", "application/*", "text/html, application/json;q=0.5",
        "application/json;odata.metadata=minimal"}) {
    EXPECT_EQ(server.send("GET", kAnaPath, server.reader(), {"Accept: " + accept}).status, 200) << accept;
  }
  const Answer refused = server.send("GET", kAnaPath, server.reader(), {"Accept: text/html"});
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(refused.code(), "NotAcceptable");
}

TEST(ListPresences, PagesThroughTheTenantInOrder) {
  TestServer server;
  for (int i = 0; i < 20; ++i) {
    Guid id;
    id.bytes[0] = static_cast<std::uint8_t>(i * 7), id.bytes[15] = static_cast<std::uint8_t>(i + 1);
    server.add_user(id, "extra" + std::to_string(i) + "@contoso.example");
  }
  for (const int top : {1, 7, 22, 23, 100}) {
    std::vector<std::string> seen;
    std::string target = "/v1.0/communications/presences?$top=" + std::to_string(top);
    while (true) {
      const Answer answer = server.get(target, server.reader());
      ASSERT_EQ(answer.status, 200) << answer.body;
      for (int i = 0; answer.at("/value/" + std::to_string(i)) != "(absent)"; ++i) {
        seen.push_back(answer.at("/value/" + std::to_string(i) + "/id"));
      }
      const std::string next = answer.at("/@odata.nextLink");
      if (next == "(absent)") break;
      target = next.substr(next.find("/v1.0"));
    }
    EXPECT_EQ(seen.size(), 23u) << top;
    EXPECT_TRUE(std::ranges::is_sorted(seen)) << top;
    EXPECT_EQ(std::ranges::count(seen, to_string(kZoe)), 0) << "of another tenant";
  }
}

TEST(ListPresences, SkipTokensAreSealed) {
  TestServer server;
  const Answer first = server.get("/v1.0/communications/presences?$top=1", server.reader());
  const std::string next = first.at("/@odata.nextLink");
  const std::string target = next.substr(next.find("/v1.0"));
  EXPECT_EQ(server.get(target, server.reader()).status, 200);
  std::string bent = target;
  bent[bent.find("skiptoken=") + 12] ^= 1;
  EXPECT_EQ(server.get(bent, server.reader()).status, 400);
  const std::string other = server.token({.tenant = kFabrikam, .roles = {"Presence.Read.All"}});
  EXPECT_EQ(server.get(target, other).status, 400) << "a token of one tenant is invalid in another";
}

TEST(ListPresences, FilterByIdReturnsTheseUsers) {
  TestServer server;
  const std::string unknown_id = "99999999-0000-4000-8000-000000000009";
  const Answer answer = server.get("/v1.0/communications/presences?$filter=id+in+('" + to_string(kBen) +
                                       "','" + unknown_id + "','" + to_string(kAna) + "')",
                                   server.reader());
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.at("/value/0/id"), to_string(kBen)) << "in the order of the request";
  EXPECT_EQ(answer.at("/value/1/id"), unknown_id);
  EXPECT_EQ(answer.at("/value/1/availability"), "PresenceUnknown");
  EXPECT_EQ(answer.at("/value/1/activity"), "PresenceUnknown");
  EXPECT_EQ(answer.at("/value/2/id"), to_string(kAna));
  EXPECT_EQ(answer.at("/value/3"), "(absent)");
  EXPECT_EQ(
      server.get("/v1.0/communications/presences?$filter=id+eq+'" + unknown_id + "'&$top=1", server.reader())
          .status,
      400);
}

TEST(ListPresences, ListsOneselfForCallersWhoMayReadOnlyThemselves) {
  TestServer server;
  const std::string self = server.user(kAna, {"Presence.Read"});
  const Answer answer = server.get("/v1.0/communications/presences", self);
  EXPECT_EQ(answer.at("/value/0/id"), to_string(kAna));
  EXPECT_EQ(answer.at("/value/1"), "(absent)");
  EXPECT_EQ(server.get("/v1.0/communications/presences?$filter=id+eq+'" + to_string(kAna) + "'", self).status,
            200);
  EXPECT_EQ(server.get("/v1.0/communications/presences?$filter=id+eq+'" + to_string(kBen) + "'", self).status,
            403);
  EXPECT_EQ(server.get("/v1.0/communications/presences", server.user(kAna, {"Presence.ReadWrite"})).status,
            403);
}

TEST(Options, NeedNoToken) {
  TestServer server;
  const Answer answer = server.send("OPTIONS", kAnaPath, "",
                                    {"Origin: https://app.example", "Access-Control-Request-Method: GET",
                                     "Access-Control-Request-Headers: authorization,x-custom"});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.header("access-control-allow-headers"), "authorization,x-custom");
  EXPECT_NE(answer.header("access-control-allow-methods").find("POST"), std::string::npos);
  EXPECT_EQ(server.send("OPTIONS", "/v1.0/you", "").status, 400);
}

TEST(Discovery, PublishesTheKeys) {
  TestServer server;
  const Answer answer = server.get("/.well-known/openid-configuration", "");
  ASSERT_EQ(answer.status, 200);
  const std::string uri = answer.at("/jwks_uri");
  const Answer keys = server.get(uri.substr(uri.find("/discovery")), "");
  EXPECT_EQ(keys.at("/keys/0/kty"), "RSA");
  EXPECT_EQ(keys.at("/keys/0/d"), "(absent)");
}

}  // namespace
}  // namespace porchlight::graph
