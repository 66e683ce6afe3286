// The administration API at a whole server: each route as each kind of caller, and what an administrator can change.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "base/split.h"
#include "graph/call/administration.h"
#include "graph/gate/routes.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kContosoId = "11111111-0000-4000-8000-000000000001";
constexpr const char* kFabrikamId = "11111111-0000-4000-8000-000000000002";
constexpr const char* kAnaId = "22222222-0000-4000-8000-000000000001";   // administers Contoso
constexpr const char* kBenId = "22222222-0000-4000-8000-000000000002";   // of Contoso, administers nothing
constexpr const char* kOlgaId = "22222222-0000-4000-8000-000000000003";  // administers Fabrikam

constexpr Time kApiStart{std::chrono::seconds(1894006800)};

class AdministrationTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 1;
    config_.trusted_proxies = {IpRange::parse("127.0.0.0/8").value()};
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    start();
    for (const auto& [tenant, name] :
         {std::pair(kContosoId, "Contoso"), std::pair(kFabrikamId, "Fabrikam")}) {
      command(fmt::format(R"({{"command":"tenant.add","name":"{}","id":"{}"}})", name, tenant));
      command(fmt::format(R"({{"command":"app.add","tenant":"{}","name":"Console"}})", tenant));
    }
    add_user(kContosoId, kAnaId, "ana@contoso.com");
    add_user(kContosoId, kBenId, "ben@contoso.com");
    add_user(kFabrikamId, kOlgaId, "olga@fabrikam.com");
    grant(kContosoId, kAnaId);
    grant(kFabrikamId, kOlgaId);
    ana_ = token(kContosoId, kAnaId);
  }
  void TearDown() override { server_.reset(); }
  // On a manual clock, so that tokens expire without a wait.
  void start(Duration after = {}) {
    server_.reset();
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), kApiStart + after);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  std::string command(const std::string& body) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
  }
  void add_user(const std::string& tenant, const std::string& id, const std::string& upn) {
    command(fmt::format(R"({{"command":"user.add","tenant":"{}","id":"{}","upn":"{}","name":"N"}})", tenant,
                        id, upn));
  }
  void grant(const std::string& tenant, const std::string& user) {
    ASSERT_THAT(
        command(fmt::format(R"({{"command":"admin.grant","tenant":"{}","user":"{}"}})", tenant, user)),
        StartsWith("HTTP/1.1 200 "));
  }
  std::string token(const std::string& tenant, const std::string& user,
                    const std::string& scope = "Porchlight.Admin") {
    return member(command(fmt::format(
                      R"({{"command":"token","tenant":"{}","app":"Console","user":"{}","scopes":["{}"]}})",
                      tenant, user, scope)),
                  "token");
  }
  // As a client behind the trusted proxy, by `scheme`.
  std::string call(const std::string& method, const std::string& target, const std::string& bearer,
                   const std::string& body = "", const std::string& scheme = "https") {
    return ask(server_->urls().front(), method, target, bearer, body,
               "localhost\r\nX-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: " + scheme);
  }
  std::string admin(const std::string& method, const std::string& target, const std::string& body = "") {
    return call(method, "/porchlight/v1/admin/" + target, ana_, body);
  }

  TempFolder temp_;
  node::Config config_;
  std::string ana_;
  std::unique_ptr<Server> server_;
};

// What each route gets in the matrix: its body. A route that is not here fails the test.
const std::map<std::string, std::string> kRouteBodies = {
    {"tenant.list", ""},
    {"tenant.add", R"({"displayName":"Other"})"},
    {"tenant.show", ""},
    {"tenant.set", R"({"zone":"UTC"})"},
    {"tenant.remove", ""},
    {"tenant.contents", ""},
    {"tenant.empty", ""},
    {"tenant.scim-token", "{}"},
    {"tenant.scim-revoke", ""},
    {"admin.list", ""},
    {"admin.grant", "{}"},
    {"admin.revoke", ""},
    {"user.list", ""},
    {"user.add", R"({"userPrincipalName":"x@y.test","displayName":"X"})"},
    {"user.import", R"({"rows":[]})"},
    {"user.show", ""},
    {"user.set", R"({"displayName":"X"})"},
    {"user.remove", ""},
    {"user.password", R"({"password":"correct horse battery"})"},
    {"user.second-factor", ""},
    {"user.second-factor-remove", ""},
    {"token.revoke", "{}"},
    {"app.list", ""},
    {"app.add", R"({"displayName":"X"})"},
    {"app.show", ""},
    {"app.set", R"({"displayName":"X"})"},
    {"app.remove", ""},
    {"app.registration", ""},
    {"app.register", R"({"public":true})"},
    {"app.secret-add", "{}"},
    {"app.secret-remove", ""},
    {"app.certificate-add", R"({"certificate":"x"})"},
    {"app.certificate-remove", ""},
    {"app.sign-ins", ""},
    {"app.sign-in-revoke", ""},
    {"token", "{}"},
    {"group.list", ""},
    {"group.add", R"({"displayName":"X"})"},
    {"group.show", ""},
    {"group.remove", ""},
    {"group.member-add", R"({"users":["ben@contoso.com"]})"},
    {"group.member-remove", ""},
    {"presence.preferred-set", R"({"availability":"Busy","activity":"Busy"})"},
    {"presence.preferred-clear", ""},
    {"presence.message-set", R"({"message":"x"})"},
    {"presence.message-clear", ""},
    {"presence.sessions", ""},
    {"presence.session-set", R"({"applicationId":"Console","availability":"Busy","activity":"InACall"})"},
    {"presence.session-clear", ""},
    {"streams.end", "{}"},
    {"subscription.list", ""},
    {"subscription.remove", ""},
    {"subscription.test", "{}"},
    {"subscription.test-result", ""},
    {"deadletter.list", ""},
    {"deadletter.replay", "{}"},
    {"connection.list", ""},
    {"connection.end", ""},
    {"presence.view-as", ""},
    {"request.list", ""},
    {"clock.show", ""},
    {"clock.advance", R"({"advance":"PT1M"})"},
    {"settings.show", ""},
    {"issuer.list", ""},
    {"server.overview", ""},
    {"audit.page", ""},
    {"log.page", ""},
    {"backup.list", ""},
    {"backup.start", "{}"},
};

// Commands about the whole server, which are for the operator's administrators alone.
bool is_of_server(std::string_view name) {
  constexpr std::string_view kOfServer[] = {"tenant.add",  "tenant.remove", "tenant.empty",
                                            "log.page",    "clock.advance", "settings.show",
                                            "issuer.list", "backup.list",   "backup.start"};
  return std::ranges::count(kOfServer, name) != 0;
}

std::string route_method(const graph::Route& route) {
  constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  return kMethods[static_cast<std::size_t>(route.method)];
}

// The path with `tenant` or `user` as its {id}.
std::string route_path(const graph::Route& route, const std::string& tenant, const std::string& user) {
  std::string path;
  for (const std::string_view part : route.pattern) {
    path += '/';
    if (part == "{id}")
      path += route.administration->id == "tenant" ? tenant : user;
    else if (part == "{item}")
      path += kBenId;
    else
      path += part.substr(part.find(':') + 1);
  }
  return path;
}

// The answer without what differs from request to request: status and message.
std::string outcome_of(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n")) + ' ' + member(answer, "message");
}

TEST_F(AdministrationTest, EveryRouteRefusesCallersWithoutTheRight) {
  const std::string expired = ana_;
  start(std::chrono::hours(2));
  ana_ = token(kContosoId, kAnaId);
  const std::string no_role = token(kContosoId, kBenId);
  const std::string no_scope = token(kContosoId, kAnaId, "User.Read");
  const std::string application = member(
      command(fmt::format(
          R"({{"command":"token","tenant":"{}","app":"Console","roles":["Porchlight.Admin"]}})", kContosoId)),
      "token");
  std::set<std::string> rows;
  for (const graph::Route& route : graph::routes()) {
    if (route.administration == nullptr) continue;
    const std::string name(route.administration->command);
    SCOPED_TRACE(name);
    ASSERT_TRUE(kRouteBodies.contains(name)) << "a new route needs a row";
    rows.insert(name);
    const std::string method = route_method(route), body = kRouteBodies.at(name);
    const std::string own = route_path(route, kContosoId, kBenId),
                      other = route_path(route, kFabrikamId, kBenId);
    EXPECT_THAT(call(method, own, "", body), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(call(method, own, expired, body), StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(call(method, own, no_role, body), StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(call(method, own, no_scope, body), StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(call(method, own, application, body), StartsWith("HTTP/1.1 403 "));
    const std::string plain = call(method, own, ana_, body, "http");
    EXPECT_THAT(plain, StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(plain, HasSubstr("HTTPS only"));
    if (is_of_server(name)) {
      EXPECT_THAT(call(method, own, ana_, body), StartsWith("HTTP/1.1 403 "));
      continue;
    }
    if (name == "tenant.list") continue;  // TenantAdministratorsSeeTheirTenant
    // Another tenant gets the answer of an unknown one.
    const std::string unknown = "33333333-0000-4000-8000-000000000009";
    const bool in_path = route.administration->id == "tenant";
    const auto of_tenant = [&](const std::string& tenant) {
      std::string answer = outcome_of(in_path ? call(method, route_path(route, tenant, kBenId), ana_, body)
                                              : call(method, own + "?tenant=" + tenant, ana_, body));
      if (const auto at = answer.find(tenant); at != std::string::npos) answer.erase(at, tenant.size());
      return answer;
    };
    EXPECT_THAT(of_tenant(kFabrikamId), StartsWith("HTTP/1.1 404 "));
    EXPECT_EQ(of_tenant(kFabrikamId), of_tenant(unknown));
    EXPECT_EQ(of_tenant("Fabrikam"), of_tenant("Nowhere"));
  }
  EXPECT_EQ(rows.size(), kRouteBodies.size()) << "a row without a route";
}

TEST_F(AdministrationTest, TenantAdministratorsSeeTheirTenant) {
  EXPECT_THAT(admin("GET", "tenants"), AllOf(HasSubstr("Contoso"), Not(HasSubstr("Fabrikam"))));
  EXPECT_THAT(admin("GET", "users"), AllOf(HasSubstr("ben@contoso.com"), Not(HasSubstr("olga"))));
  EXPECT_THAT(admin("GET", std::string("users/") + kOlgaId), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(admin("PATCH", std::string("tenants/") + kContosoId, R"({"trust":["Fabrikam"]})"),
              StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(admin("PATCH", std::string("tenants/") + kContosoId, R"({"operator":true})"),
              StartsWith("HTTP/1.1 403 "));
}

TEST_F(AdministrationTest, OperatorsAdministerAllTenants) {
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  EXPECT_THAT(admin("GET", "tenants"), AllOf(HasSubstr("Contoso"), HasSubstr("Fabrikam")));
  EXPECT_THAT(admin("GET", "users?tenant=Fabrikam"), HasSubstr("olga@fabrikam.com"));
  EXPECT_THAT(admin("GET", "users"), HasSubstr("ben@contoso.com")) << "their own without a name";
  EXPECT_THAT(admin("POST", "tenants", R"({"displayName":"Third"})"), StartsWith("HTTP/1.1 201 "));
  EXPECT_THAT(admin("POST", "tenants", R"({"displayName":"Third"})"), StartsWith("HTTP/1.1 409 "));
  EXPECT_THAT(admin("DELETE", "tenants/Third"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("GET", "log?limit=1"), HasSubstr("\"cursor\""));
  EXPECT_THAT(call("GET", "/porchlight/v1/admin/tenants", token(kFabrikamId, kOlgaId)),
              Not(HasSubstr("Contoso")))
      << "of another tenant";
}

TEST_F(AdministrationTest, ShowsTheStateOfTheServer) {
  admin("GET", "users/nobody");
  EXPECT_THAT(
      admin("GET", "overview"),
      AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("version":")"), HasSubstr(R"("ready":true)"),
            HasSubstr(R"("clock":"manual","now":"2030-01-07T09:00:00.0000000Z")"), HasSubstr(R"("users":2)"),
            HasSubstr(R"("streams":0,"waits":0,"subscriptions":0)"), Not(HasSubstr(R"("server")"))))
      << "a tenant administrator sees the tenant's numbers";
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  EXPECT_THAT(admin("GET", "overview?tenant=Fabrikam"),
              AllOf(HasSubstr(R"("users":1)"), Not(HasSubstr(R"("server")"))));
  EXPECT_THAT(
      admin("GET", "overview"),
      AllOf(HasSubstr(R"("users":3)"), HasSubstr(R"("uptimeSeconds":)"), HasSubstr(R"("4xx":1,)"),
            HasSubstr(R"("p99Ms":)"), HasSubstr(R"("webhookHosts":{"well":0,"slow":0,"dropped":0})"),
            HasSubstr(R"("memoryBytes":)"), HasSubstr(R"("diskFreeBytes":)"), Not(HasSubstr("lastBackup"))));
}

// A stream and a wait are listed while they are open, and an administrator of their tenant can end them.
TEST_F(AdministrationTest, EndsConnections) {
  const std::string ben = token(kContosoId, kBenId, "Presence.Read.All");
  const std::string olga = token(kFabrikamId, kOlgaId);
  const auto listed = [&](const std::string& kind) {
    std::string answer;
    do answer = admin("GET", "connections");
    while (!answer.contains(kind));
    return answer;
  };
  const auto end = [&](const std::string& id) {
    EXPECT_THAT(call("DELETE", "/porchlight/v1/admin/connections/" + id, olga), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(admin("DELETE", "connections/" + id), StartsWith("HTTP/1.1 204 "));
    EXPECT_THAT(admin("GET", std::string("audit?limit=1&target=") + kBenId),
                HasSubstr(R"("action":"connection.end")"));
  };
  std::string stream, wait;
  std::thread streaming([&] { stream = call("GET", "/porchlight/v1/stream?tenant", ben); });
  const std::string with_stream = listed("sse");
  EXPECT_THAT(with_stream, AllOf(HasSubstr(R"("applicationName":"Console")"), HasSubstr("ben@contoso.com"),
                                 HasSubstr(R"("users":2,"behind":false)")));
  EXPECT_THAT(call("GET", "/porchlight/v1/admin/connections", olga), HasSubstr(R"({"value":[]})"));
  const std::string id = member(with_stream, "id");
  std::thread waiting([&] {
    wait = call("POST", "/porchlight/v1/waitFor", ben,
                fmt::format(R"({{"users":["{}"],"until":{{"availability":["Busy"]}}}})", kAnaId));
  });
  EXPECT_THAT(listed("\"wait\""), HasSubstr(R"("users":1,"behind":false)"));
  const std::string first = admin("GET", "connections?limit=1");
  EXPECT_EQ(member(first, "next"), id);
  EXPECT_EQ(member(admin("GET", "connections?after=" + id), "kind"), "wait");
  end(member(admin("GET", "connections?after=" + id), "id"));
  waiting.join();
  EXPECT_THAT(wait, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("met":false)")))
      << "as if its time was over";
  end(id);
  streaming.join();
  EXPECT_THAT(stream, HasSubstr(R"({"reason":"notAllowed"})"));
  for (const std::string& wrong : {id, std::string("stream-"), std::string("stream-01"), std::string("x-1")})
    EXPECT_THAT(admin("DELETE", "connections/" + wrong), StartsWith("HTTP/1.1 404 ")) << wrong;
  EXPECT_THAT(admin("GET", "connections?after=x"), StartsWith("HTTP/1.1 400 "));
}

// Requests are recorded from the first look on, of each tenant for itself, without what clients wrote.
TEST_F(AdministrationTest, ShowsTheRequestsOfATenant) {
  const std::string path = std::string("/v1.0/users/") + kBenId + "/presence?$select=id";
  const auto read_as = [&](const char* tenant, const char* user) {
    call("GET", path, token(tenant, user, "Presence.Read.All"));
  };
  read_as(kContosoId, kBenId);
  EXPECT_THAT(admin("GET", "requests"), HasSubstr(R"({"value":[]})"));
  read_as(kContosoId, kBenId);
  read_as(kFabrikamId, kOlgaId);
  const std::string listed = admin("GET", "requests");
  EXPECT_THAT(
      listed,
      AllOf(HasSubstr(
                R"("method":"GET","route":"/{version}/users/{id}/presence","status":200,"microseconds":)"),
            HasSubstr(R"("requestId":")"), HasSubstr(R"("applicationId":")"), Not(HasSubstr(kBenId)),
            Not(HasSubstr("select")), Not(HasSubstr(kFabrikamId))));
  EXPECT_EQ(listed.find("/presence\""), listed.rfind("/presence\"")) << "the one after the first look";
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  admin("GET", "requests");
  read_as(kFabrikamId, kOlgaId);
  EXPECT_THAT(admin("GET", "requests"), HasSubstr(kFabrikamId));
}

TEST_F(AdministrationTest, ChangesTheDirectory) {
  const std::string made =
      admin("POST", "users", R"({"userPrincipalName":"dan@contoso.com","displayName":"Dan"})");
  EXPECT_THAT(made, StartsWith("HTTP/1.1 201 "));
  const std::string dan = "users/" + member(made, "id");
  EXPECT_THAT(admin("PATCH", dan, R"({"DisplayName":"Daniel"})"), HasSubstr("\"displayName\":\"Daniel\""));
  EXPECT_THAT(admin("GET", dan), HasSubstr("\"displayName\":\"Daniel\""));
  EXPECT_THAT(admin("POST", "users", R"({"userPrincipalName":"dan@contoso.com","displayName":"Dan"})"),
              StartsWith("HTTP/1.1 409 "));
  const std::string team = member(admin("POST", "groups", R"({"displayName":"Team"})"), "id");
  EXPECT_THAT(admin("POST", "groups/" + team + "/members", R"({"users":["dan@contoso.com"]})"),
              HasSubstr("\"memberCount\":1"));
  EXPECT_THAT(admin("DELETE", "groups/" + team + "/members/dan@contoso.com"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("DELETE", dan), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("GET", dan), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(admin("POST", "applications/Console/secrets", R"({"expirationDuration":"P1D"})"),
              HasSubstr("\"secret\":\""));
  EXPECT_THAT(admin("POST", "applications/Console/secrets", R"({"expirationDuration":"PT0S"})"),
              StartsWith("HTTP/1.1 400 "));
}

// A member that is no argument of the route is refused: it could be one of the path's.
TEST_F(AdministrationTest, RefusesOtherMembers) {
  for (const std::string member : {"tenant", "user", "command", "upn", "nonsense"})
    EXPECT_THAT(admin("PATCH", std::string("users/") + kBenId, fmt::format(R"({{"{}":"x"}})", member)),
                AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr(member)));
  EXPECT_THAT(admin("PATCH", std::string("users/") + kBenId, R"([1])"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "users?tenant=Contoso&tenant=Contoso"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "users?limit=1000"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "users?limit=999"), StartsWith("HTTP/1.1 200 "));
}

// Of each route: what it does not have, and what is given twice, in whatever letter case.
TEST_F(AdministrationTest, EveryRouteRefusesWhatItWouldIgnore) {
  const std::string entries = "audit?limit=1", before = member(admin("GET", entries), "id");
  for (const graph::Route& route : graph::routes()) {
    if (route.administration == nullptr) continue;
    const std::string method = route_method(route), path = route_path(route, kContosoId, kBenId);
    SCOPED_TRACE(method + ' ' + path);
    const auto refuses = [&](const std::string& query, const std::string& body, const std::string& what) {
      EXPECT_THAT(call(method, path + query, ana_, body),
                  AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("'" + what + "'")))
          << query << ' ' << body;
    };
    refuses("", R"({"nonsense":1})", "nonsense");
    refuses("?nonsense=1", "", "nonsense");
    refuses("?tennant=Contoso", "", "tennant");
    refuses("?$select=id", "", "$select");
    refuses("?tenant=Contoso&Tenant=Contoso", "", "tenant");
    for (const std::string_view word : split(route.administration->members, ' ')) {
      if (word.empty()) continue;
      const std::string name(word.substr(0, word.find('=')));
      std::string upper = name;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
      for (const std::string& again : {name, upper})
        EXPECT_THAT(call(method, path, ana_, fmt::format(R"({{"{}":"x","{}":"x"}})", name, again)),
                    StartsWith("HTTP/1.1 400 "))
            << name;
    }
  }
  EXPECT_EQ(member(admin("GET", entries), "id"), before) << "nothing was begun";
}

TEST_F(AdministrationTest, BodiesHaveABound) {
  constexpr std::size_t kMost = 1024;
  config_.limits.body_bytes = kMost;
  start();
  const std::string path = std::string("users/") + kBenId + "/statusMessage", body = R"({"message":"x"})";
  const auto padded = [&](std::size_t bytes) { return body + std::string(bytes - body.size(), ' '); };
  EXPECT_THAT(admin("PUT", path, padded(kMost)), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("PUT", path, padded(kMost + 1)), StartsWith("HTTP/1.1 413 "));
}

// The address in the audit log is the peer's, unless a trusted proxy names another one; clients write what is left of
// the last entry.
TEST_F(AdministrationTest, ForwardingFieldsOfOthersAreNotBelieved) {
  const struct {
    const char *fields, *untrusted, *trusted;
  } rows[] = {
      {"X-Forwarded-For: 203.0.113.5", "127.0.0.1", "203.0.113.5"},
      {"X-Forwarded-For: 198.51.100.9, 203.0.113.5", "127.0.0.1", "203.0.113.5"},
      {"X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-For: unknown", "127.0.0.1", "127.0.0.1"},
      {"Forwarded: for=203.0.113.5", "127.0.0.1", "203.0.113.5"},
      {"X-Real-IP: 203.0.113.5", "127.0.0.1", "127.0.0.1"},
      {"X-Client-IP: 203.0.113.5\r\nTrue-Client-IP: 203.0.113.5", "127.0.0.1", "127.0.0.1"},
  };
  const std::string no_role = token(kContosoId, kBenId);
  for (const bool is_trusted : {true, false}) {
    config_.trusted_proxies.clear();
    if (is_trusted) config_.trusted_proxies.push_back(IpRange::parse("127.0.0.0/8").value());
    start();
    for (const auto& row : rows) {
      const auto send = [&](const char* method, const std::string& bearer) {
        ask(server_->urls().front(), method, std::string("/porchlight/v1/admin/users/") + kBenId, bearer,
            R"({"displayName":"B"})", std::string("localhost\r\nX-Forwarded-Proto: https\r\n") + row.fields);
        return member(admin("GET", "audit?limit=1"), "address");
      };
      const std::string address = is_trusted ? row.trusted : row.untrusted;
      EXPECT_EQ(send("PATCH", ana_), address) << row.fields;
      EXPECT_EQ(send("PATCH", no_role), address) << row.fields;
    }
  }
}

TEST_F(AdministrationTest, RolesEndAtOnce) {
  EXPECT_THAT(admin("GET", "users"), StartsWith("HTTP/1.1 200 "));
  command(fmt::format(R"({{"command":"admin.revoke","tenant":"Contoso","user":"{}"}})", kAnaId));
  EXPECT_THAT(admin("GET", "users"), StartsWith("HTTP/1.1 403 "));
  grant(kContosoId, kAnaId);
  EXPECT_THAT(admin("DELETE", std::string("administrators/") + kAnaId), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("GET", "users"), StartsWith("HTTP/1.1 403 "));
}

// Signs in twice at each of two tenants, with the same application id.
TEST_F(AdministrationTest, RevokesSignIns) {
  config_.authority = config_.password_grant = true;
  start();
  const std::string phone = "55555555-0000-4000-8000-000000000001";
  const auto sign_in = [&](const std::string& tenant, const std::string& upn) {
    return post_form(server_->urls().front(), "/" + tenant + "/oauth2/v2.0/token",
                     "grant_type=password&scope=Presence.Read+offline_access&password=correct+horse+battery"
                     "&client_id=" +
                         phone + "&username=" + upn,
                     "X-Forwarded-Proto: https\r\n");
  };
  const auto go_on = [&](const std::string& tokens) {
    return post_form(
        server_->urls().front(), std::string("/") + kContosoId + "/oauth2/v2.0/token",
        "grant_type=refresh_token&client_id=" + phone + "&refresh_token=" + member(tokens, "refresh_token"),
        "X-Forwarded-Proto: https\r\n");
  };
  for (const auto& [tenant, user] : {std::pair(kContosoId, kBenId), std::pair(kFabrikamId, kOlgaId)}) {
    const std::string of = fmt::format(R"("tenant":"{}")", tenant);
    command(fmt::format(R"({{"command":"app.add",{},"name":"Phone","id":"{}","scopes":["Presence.Read"]}})",
                        of, phone));
    command(fmt::format(R"({{"command":"app.register",{},"app":"Phone","public":true}})", of));
    command(fmt::format(R"({{"command":"user.password",{},"user":"{}","password":"correct horse battery"}})",
                        of, user));
  }
  const std::string first = sign_in(kContosoId, "ben@contoso.com");
  EXPECT_THAT(first, HasSubstr("refresh_token"));
  sign_in(kContosoId, "ben@contoso.com");
  EXPECT_THAT(sign_in(kFabrikamId, "olga@fabrikam.com"), HasSubstr("refresh_token"));

  const std::string path = "applications/Phone/signIns";
  const std::string page = admin("GET", path + "?limit=1"), next = member(page, "next");
  EXPECT_THAT(page, HasSubstr(fmt::format(
                        R"({{"value":[{{"id":"{}","userId":"{}","userPrincipalName":"ben@contoso.com",)"
                        R"("displayName":"N","begun":"2030-01-07T09:00:00.0000000Z",)"
                        R"("lastUsed":"2030-01-07T09:00:00.0000000Z"}}],"next":"{}"}})",
                        next, kBenId, next)));
  const std::string rest = admin("GET", path + "?after=" + next);
  EXPECT_THAT(rest, AllOf(HasSubstr("ben@contoso.com"), Not(HasSubstr("next")), Not(HasSubstr("olga"))));
  EXPECT_THAT(admin("GET", path + "?after=x"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "applications/Console/signIns"), HasSubstr(R"({"value":[]})"));

  // Another tenant's, of the same application id, gets the answer of an unknown one.
  const std::string olgas = member(
      command(fmt::format(R"({{"command":"app.sign-ins","tenant":"{}","app":"Phone"}})", kFabrikamId)), "id");
  ASSERT_EQ(olgas.size(), 36u);
  const std::string unknown = outcome_of(admin("DELETE", path + "/33333333-0000-4000-8000-000000000009"));
  EXPECT_THAT(unknown, StartsWith("HTTP/1.1 404 "));
  for (const std::string& other : {olgas, std::string("x")})
    EXPECT_EQ(outcome_of(admin("DELETE", path + "/" + other)), unknown) << other;
  EXPECT_EQ(outcome_of(admin("DELETE", "applications/Console/signIns/" + next)), unknown);
  EXPECT_THAT(call("GET", "/porchlight/v1/admin/" + path, token(kFabrikamId, kOlgaId)), HasSubstr(olgas));

  const std::string again = go_on(first);
  EXPECT_THAT(again, HasSubstr("refresh_token"));
  for (const std::string& id : {next, member(rest, "id")})
    EXPECT_THAT(admin("DELETE", path + "/" + id), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(go_on(again), HasSubstr("invalid_grant"));
  EXPECT_THAT(admin("GET", path), HasSubstr(R"({"value":[]})"));
  EXPECT_EQ(outcome_of(admin("DELETE", path + "/" + next)), unknown);
  EXPECT_THAT(admin("GET", "audit?target=" + phone),
              AllOf(HasSubstr(R"("action":"app.sign-in-revoke")"), HasSubstr(R"("outcome":"done")")));
}

// Neither those of a user who has a new password, nor those that expired.
TEST_F(AdministrationTest, ListsSignInsThatGoOn) {
  config_.authority = config_.password_grant = true;
  start();
  command(R"({"command":"app.register","tenant":"Contoso","app":"Console","public":true})");
  command(R"({"command":"app.set","tenant":"Contoso","app":"Console","scopes":["Presence.Read"]})");
  const auto sign_in = [&](const std::string& who) {
    command(fmt::format(
        R"({{"command":"user.password","tenant":"Contoso","user":"{}","password":"correct horse battery"}})",
        who));
    const std::string app =
        member(command(R"({"command":"app.show","tenant":"Contoso","app":"Console"})"), "appId");
    EXPECT_THAT(
        post_form(server_->urls().front(), "/contoso/oauth2/v2.0/token",
                  "grant_type=password&scope=Presence.Read+offline_access&password=correct+horse+battery"
                  "&client_id=" +
                      app + "&username=" + who,
                  "X-Forwarded-Proto: https\r\n"),
        HasSubstr("refresh_token"));
  };
  sign_in("ben@contoso.com");
  sign_in("ana@contoso.com");
  const auto listed = [&] { return admin("GET", "applications/Console/signIns"); };
  EXPECT_THAT(listed(), AllOf(HasSubstr("ana@contoso.com"), HasSubstr("ben@contoso.com")));
  command(fmt::format(R"({{"command":"token.revoke","tenant":"Contoso","user":"{}"}})", kBenId));
  EXPECT_THAT(listed(), AllOf(HasSubstr("ana@contoso.com"), Not(HasSubstr("ben@contoso.com"))));
  start(std::chrono::days(90));
  ana_ = token(kContosoId, kAnaId);
  EXPECT_THAT(listed(), HasSubstr(R"({"value":[]})"));
}

// What does not leave the machine needs no TLS.
TEST_F(AdministrationTest, ServesTheMachineItselfWithoutTls) {
  EXPECT_THAT(ask(server_->urls().front(), "GET", "/porchlight/v1/admin/users", ana_),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdministrationTest, SetsThePresenceOfAUser) {
  const std::string ben = std::string("users/") + kBenId;
  const auto presence = [&] {
    return call("GET", std::string("/v1.0/users/") + kBenId + "/presence",
                token(kContosoId, kBenId, "Presence.Read"));
  };
  EXPECT_THAT(
      admin("PUT", ben + "/preferredPresence",
            R"({"availability":"DoNotDisturb","activity":"DoNotDisturb","expirationDuration":"PT1H"})"),
      StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("PUT", ben + "/statusMessage", R"({"message":"On leave","expirationDuration":"PT1H"})"),
              StartsWith("HTTP/1.1 204 "));
  const std::string session = ben + "/sessions/44444444-0000-4000-8000-000000000001";
  EXPECT_THAT(
      admin(
          "PUT", session,
          R"({"applicationId":"Console","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})"),
      StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(presence(), AllOf(HasSubstr("DoNotDisturb"), HasSubstr("On leave")));
  EXPECT_THAT(admin("GET", ben + "/sessions"), HasSubstr(R"("availability":"Busy","activity":"InACall")"));
  EXPECT_THAT(admin("DELETE", ben + "/preferredPresence"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("DELETE", ben + "/statusMessage"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(presence(), AllOf(HasSubstr("InACall"), Not(HasSubstr("On leave"))));
  EXPECT_THAT(admin("DELETE", session + "?applicationId=Console"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("DELETE", session + "?applicationId=Console"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(presence(), HasSubstr("Offline"));
  EXPECT_THAT(admin("PUT", ben + "/preferredPresence", R"({"availability":"Busy","activity":"Nonsense"})"),
              AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("Allowed are")));
  EXPECT_THAT(
      admin("PUT", ben + "/statusMessage", fmt::format(R"({{"message":"{}"}})", std::string(281, 'x'))),
      StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(
      admin("PUT", ben + "/statusMessage", fmt::format(R"({{"message":"{}"}})", std::string(280, 'x'))),
      StartsWith("HTTP/1.1 204 "));
}

// A sessionId may be any text; its session is listed under the GUID of its hash, and can be named by either.
TEST_F(AdministrationTest, SessionsMayHaveTextsAsIds) {
  const std::string sessions = std::string("users/") + kBenId + "/sessions";
  const std::string busy = R"({"applicationId":"Console","availability":"Busy","activity":"InACall"})";
  const auto set_as_user = [&] {
    EXPECT_THAT(call("POST", "/v1.0/me/presence/setPresence", token(kContosoId, kBenId, "Presence.ReadWrite"),
                     R"({"sessionId":"desk 7","availability":"Busy","activity":"InACall"})"),
                StartsWith("HTTP/1.1 200 "));
  };
  set_as_user();
  const std::string hash = member(admin("GET", sessions), "id");
  EXPECT_THAT(admin("DELETE", sessions + "/" + hash + "?applicationId=Console"), StartsWith("HTTP/1.1 204 "));
  set_as_user();
  EXPECT_THAT(admin("DELETE", sessions + "/desk%207?applicationId=Console"), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("GET", sessions), HasSubstr(R"("value":[])"));
  EXPECT_THAT(admin("PUT", sessions + "/desk%207", busy), StartsWith("HTTP/1.1 204 "));
  set_as_user();
  const std::string listed = admin("GET", sessions);
  EXPECT_THAT(listed, HasSubstr(hash));
  EXPECT_EQ(listed.find("applicationId"), listed.rfind("applicationId")) << "one session";
  EXPECT_THAT(admin("PUT", sessions + "/" + std::string(128, 'x'), busy), StartsWith("HTTP/1.1 204 "));
  for (const std::string& wrong : {std::string(129, 'x'), std::string("a%09b")})
    EXPECT_THAT(admin("PUT", sessions + "/" + wrong, busy), StartsWith("HTTP/1.1 400 ")) << wrong;
}

TEST_F(AdministrationTest, ShowsWhatOthersSee) {
  const std::string path = fmt::format("viewAs?subject={}&viewer=", kBenId);
  const std::string other =
      member(admin("POST", "users", R"({"userPrincipalName":"dan@contoso.com","displayName":"Dan"})"), "id");
  admin(
      "PUT", std::string("users/") + kBenId + "/sessions/desk",
      R"({"applicationId":"Console","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})");
  EXPECT_THAT(admin("GET", path + other),
              AllOf(HasSubstr(R"("sees":true,"rule":"everyone")"), HasSubstr(R"("availability":"Busy")"),
                    HasSubstr(R"("rule":"bestSession")")));
  const std::string ben = token(kContosoId, kBenId, "Presence.ReadWrite");
  const auto show = [&](const std::string& body) {
    EXPECT_THAT(call("PUT", "/porchlight/v1/me/visibility", ben, body), StartsWith("HTTP/1.1 20"));
  };
  show(fmt::format(R"({{"visibleTo":"named","othersSee":"appearsOffline","members":["{}"]}})", kAnaId));
  EXPECT_THAT(admin("GET", path + other),
              AllOf(HasSubstr(R"("sees":false,"rule":"notNamed")"), Not(HasSubstr("Busy")),
                    HasSubstr(R"("availability":"Offline")")));
  EXPECT_THAT(admin("GET", path + kAnaId), AllOf(HasSubstr(R"("rule":"named")"), HasSubstr("Busy")));
  EXPECT_THAT(admin("GET", path + kBenId), AllOf(HasSubstr(R"("rule":"oneself")"), HasSubstr("sessionId")));
  EXPECT_THAT(admin("GET", path + "Console"), HasSubstr(R"("rule":"notNamed")"));
  show(R"({"visibleTo":"nobody"})");
  EXPECT_THAT(admin("GET", path + kAnaId),
              AllOf(HasSubstr(R"("sees":false,"rule":"nobody")"), HasSubstr("PresenceUnknown")));
  EXPECT_THAT(admin("GET", path + kOlgaId), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(admin("GET", fmt::format("viewAs?subject={}", kBenId)), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "audit?limit=1"), HasSubstr(R"("members":[])"))
      << "the last one said not who looks";
  EXPECT_THAT(admin("GET", std::string("audit?target=") + kBenId),
              AllOf(HasSubstr(R"("action":"presence.view-as")"), HasSubstr(R"("members":["viewer"])")));
}

// As a stream sends it, and not a read without freshness; never what a mask hides.
TEST_F(AdministrationTest, ShowsThePlannedChangeThatOthersSee) {
  const std::string path = fmt::format("viewAs?subject={}&viewer={}", kBenId, kAnaId);
  const std::string ben = std::string("users/") + kBenId;
  admin("PUT", ben + "/sessions/desk",
        R"({"applicationId":"Console","availability":"Available","activity":"Available"})");
  admin("PUT", ben + "/preferredPresence",
        R"({"availability":"Busy","activity":"Busy","expirationDuration":"PT1H"})");
  const std::string seen = admin("GET", path), until = R"("@porchlight.validUntil":")";
  EXPECT_THAT(seen, HasSubstr(until + R"(2030-01-07T10:00:00.0000000Z"},"explain")"));
  EXPECT_EQ(seen.find(until), seen.rfind(until)) << "in the event alone";
  call("PUT", "/porchlight/v1/me/visibility", token(kContosoId, kBenId, "Presence.ReadWrite"),
       R"({"visibleTo":"nobody"})");
  EXPECT_THAT(admin("GET", path), AllOf(HasSubstr(R"("rule":"nobody")"), Not(HasSubstr(until))));
}

TEST_F(AdministrationTest, AdvancesAManualClock) {
  admin(
      "PUT", std::string("users/") + kBenId + "/sessions/desk",
      R"({"applicationId":"Console","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"})");
  EXPECT_THAT(admin("GET", "clock"),
              HasSubstr(R"({"mode":"manual","now":"2030-01-07T09:00:00.0000000Z","nextChange":")"));
  EXPECT_THAT(call("GET", "/porchlight/v1/admin/clock", token(kFabrikamId, kOlgaId)),
              AllOf(HasSubstr(R"("mode":"manual")"), Not(HasSubstr("nextChange"))))
      << "of another tenant's users";
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  const std::string next = member(admin("GET", "clock"), "nextChange");
  EXPECT_THAT(admin("POST", "clock", R"({"advance":"PT1M"})"),
              HasSubstr(R"({"now":"2030-01-07T09:01:00.0000000Z"})"));
  EXPECT_EQ(member(admin("GET", "clock"), "nextChange"), next) << "not due yet";
  EXPECT_THAT(admin("GET", "audit?limit=1"), HasSubstr(R"("action":"clock.advance")"));
  EXPECT_THAT(admin("POST", "clock", R"({"advance":"P366D"})"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdministrationTest, AdvancesAManualClockWithinBounds) {
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  for (const char* wrong :
       {R"({"advance":"P366DT0.001S"})", R"({"advance":"-PT1M"})", R"({"advance":1})", "{}"})
    EXPECT_THAT(admin("POST", "clock", wrong), StartsWith("HTTP/1.1 400 ")) << wrong;
}

TEST_F(AdministrationTest, ShowsTheSettings) {
  server_.reset();
  auto server =
      Server::start(config_, *node::DataFolder::open(temp_ / "data"), kApiStart,
                    {.again = {.rows = {{"threads", "1", "default"},
                                        {"traces.endpoint", "https://me:hidden@c.test/?key=hidden", "a:1"}},
                               .read = {}}});
  ASSERT_TRUE(server) << server.error();
  server_ = *std::move(server);
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  EXPECT_THAT(admin("GET", "settings"),
              AllOf(HasSubstr(R"({"key":"threads","value":"1","origin":"default"})"),
                    HasSubstr("https://***@c.test/?***"), Not(HasSubstr("hidden"))));
  EXPECT_THAT(admin("GET", "issuers"), HasSubstr(R"({"value":[]})"));
}

// What is shown of a factor: admin_test.cc.
TEST_F(AdministrationTest, RemovesSecondFactors) {
  const std::string factor = std::string("users/") + kBenId + "/secondFactor";
  EXPECT_THAT(admin("GET", factor),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("enrolled":null,"recoveryCodes":0)")));
  EXPECT_THAT(admin("DELETE", factor), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("GET", std::string("audit?limit=1&target=") + kBenId),
              HasSubstr(R"("action":"user.second-factor-remove")"));
  for (const char* method : {"GET", "DELETE"})
    EXPECT_THAT(admin(method, fmt::format("users/{}/secondFactor", kOlgaId)), StartsWith("HTTP/1.1 404 "))
        << method;
}

TEST_F(AdministrationTest, RevokesTokens) {
  const std::string ben = token(kContosoId, kBenId, "Presence.Read");
  const std::string path = "/v1.0/me/presence";
  EXPECT_THAT(call("GET", path, ben), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(admin("POST", std::string("users/") + kBenId + "/revokeTokens", "{}"),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(call("GET", path, ben), StartsWith("HTTP/1.1 401 "));
}

TEST_F(AdministrationTest, RecordsWhoChangedWhat) {
  admin("PATCH", std::string("users/") + kBenId, R"({"displayName":"Benjamin"})");
  const std::string made = admin("GET", "audit?limit=1");
  EXPECT_THAT(made, AllOf(HasSubstr(R"("action":"user.set")"), HasSubstr(R"("name":"ana@contoso.com")"),
                          HasSubstr(R"("address":"203.0.113.5")"), HasSubstr(R"("way":"api")"),
                          HasSubstr(R"("targetName":"ben@contoso.com")"), HasSubstr(R"("members":["name"])"),
                          HasSubstr(R"("outcome":"done")"), HasSubstr(R"("next":")")));
  EXPECT_THAT(made, Not(HasSubstr("Benjamin"))) << "no value";
  admin("PATCH", std::string("users/") + kBenId, R"({"displayName":""})");
  EXPECT_THAT(admin("GET", "audit?limit=1"), HasSubstr(R"("outcome":"failed")"));
  call("GET", "/porchlight/v1/admin/users", token(kContosoId, kBenId));
  EXPECT_THAT(admin("GET", "audit"),
              AllOf(HasSubstr(R"("outcome":"denied")"), HasSubstr(R"("action":"user.list")")));
  EXPECT_THAT(admin("GET", "audit"), HasSubstr(fmt::format(R"("way":"commandLine","uid":{})", ::getuid())));
  const std::string added =
      admin("POST", "users", R"({"userPrincipalName":"d@contoso.com","displayName":"D"})");
  EXPECT_THAT(admin("GET", "audit?target=" + member(added, "id")), HasSubstr(R"("action":"user.add")"));
  EXPECT_THAT(admin("GET", "audit?to=2030-01-01T00:00:00Z"), HasSubstr(R"("value":[])"));
  EXPECT_THAT(admin("GET", "audit?from=x"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(admin("GET", "audit?before=x"), StartsWith("HTTP/1.1 400 "));
  // Each administrator reads the entries of the tenant.
  EXPECT_THAT(admin("GET", "audit"), Not(HasSubstr(kFabrikamId)));
  command(R"({"command":"tenant.set","tenant":"Contoso","operator":true})");
  EXPECT_THAT(admin("GET", "audit"), HasSubstr(kFabrikamId));
  EXPECT_THAT(admin("GET", "audit?tenant=Fabrikam"), Not(HasSubstr(kContosoId))) << "changes of its data";
}

TEST_F(AdministrationTest, RecordsChangesByScim) {
  const std::string bearer =
      member(admin("POST", std::string("tenants/") + kContosoId + "/scimToken", "{}"), "token");
  const std::string made = call("POST", "/scim/v2/Users", bearer, R"({"userName":"eve@contoso.com"})");
  const std::string entries = admin("GET", "audit?target=" + member(made, "id"));
  EXPECT_THAT(entries,
              AllOf(HasSubstr(R"("action":"scim POST")"), HasSubstr(R"("way":"scim")"),
                    HasSubstr(R"("targetName":"eve@contoso.com")"), HasSubstr(R"("outcome":"done")")));
  call("DELETE", "/scim/v2/Users/" + member(made, "id"), bearer);
  EXPECT_THAT(admin("GET", "audit?target=" + member(made, "id")), HasSubstr(R"("action":"scim DELETE")"));
}

// Each command with a mark in everything that a caller can give, and the secrets that commands return: none of it is in
// the bytes of the audit log.
TEST_F(AdministrationTest, TheAuditLogHasNoSecret) {
  const std::string mark = "m4rkedsecret";
  std::vector<std::string> secrets = {mark};
  const auto keep = [&](const std::string& answer, const std::string& name) {
    secrets.push_back(member(answer, name));
    EXPECT_GT(secrets.back().size(), 10u) << answer;
  };
  keep(admin("POST", "applications/Console/secrets", "{}"), "secret");
  keep(admin("POST", "applications/Console/tokens", R"({"roles":["Presence.Read.All"]})"), "token");
  keep(admin("POST", std::string("tenants/") + kContosoId + "/scimToken", "{}"), "token");
  const std::string ben = std::string("users/") + kBenId;
  EXPECT_THAT(admin("PUT", ben + "/password", fmt::format(R"({{"password":"{} horse battery"}})", mark)),
              StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(admin("PUT", ben + "/statusMessage", fmt::format(R"({{"message":"{}"}})", mark)),
              StartsWith("HTTP/1.1 204 "));
  for (const graph::Route& route : graph::routes()) {
    if (route.administration == nullptr) continue;
    std::string body = "{";
    for (const std::string_view word : split(route.administration->members, ' ')) {
      if (!word.empty())
        body +=
            fmt::format(R"({}"{}":"{}")", body.size() > 1 ? "," : "", word.substr(0, word.find('=')), mark);
    }
    const std::string_view option = split_once(route.administration->options, ' ').first;
    const std::string query =
        option.empty() ? "" : fmt::format("?{}={}", split_once(option, '=').first, mark);
    call(route_method(route), route_path(route, kContosoId, mark) + query, ana_,
         route.method == http::Method::kGet ? "" : body + "}");
  }
  std::size_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(temp_ / "data" / "audit")) {
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(stream)), {});
    bytes += content.size();
    for (const std::string& secret : secrets) EXPECT_FALSE(content.contains(secret)) << file.path() << secret;
  }
  EXPECT_GT(bytes, 1000u);
  EXPECT_THAT(admin("GET", "audit?limit=999"), AllOf(HasSubstr("user.password"), Not(HasSubstr(mark))));
}

}  // namespace
}  // namespace porchlight::server
