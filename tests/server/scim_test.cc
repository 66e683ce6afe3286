// SCIM at a whole server: its paths, its tokens, and what survives a stop, a kill and an administrator's command.
#include <gmock/gmock.h>

#include "admin/admin.h"
#include "node/node.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The first text member with that name in an answer.
std::string text_in(const std::string& answer, const std::string& name) {
  const std::string before = "\"" + name + "\":\"";
  const auto begin = answer.find(before);
  if (begin == std::string::npos) return {};
  return answer.substr(begin + before.size(),
                       answer.find('"', begin + before.size()) - begin - before.size());
}

class ScimTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 1;
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    start();
    command(R"({"command":"tenant.add","name":"Contoso"})");
    command(R"({"command":"app.add","name":"Sync","roles":["Presence.Read.All"]})");
  }
  void start() {
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  std::string command(const std::string& body) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body);
  }
  std::string make_token(const std::string& tenant) {
    return text_in(command(R"({"command":"tenant.scim-token","tenant":")" + tenant + "\"}"), "token");
  }
  std::string scim(const std::string& method, const std::string& target, const std::string& body = "") {
    return ask(server_->urls().front(), method, "/scim/v2" + target, token_, body);
  }
  std::string presence(const std::string& upn) {
    const std::string reader =
        text_in(command(R"({"command":"token","app":"Sync","tenant":"Contoso"})"), "token");
    return ask(server_->urls().front(), "GET", "/v1.0/users/" + upn + "/presence", reader);
  }

  TempFolder temp_;
  node::Config config_;
  std::string token_;
  std::unique_ptr<Server> server_;
};

TEST_F(ScimTest, AnswersWhileATenantHasAToken) {
  EXPECT_THAT(scim("GET", "/Users"), AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("SCIM is not in use")));
  EXPECT_FALSE(std::filesystem::exists(temp_ / "data" / "scim"));
  token_ = make_token("Contoso");
  EXPECT_THAT(scim("GET", "/Users"), StartsWith("HTTP/1.1 200 "));
  const std::string newer = make_token("Contoso");
  const std::string refused = scim("GET", "/Users");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(refused, HasSubstr("WWW-Authenticate: Bearer\r\n"));
  EXPECT_THAT(refused, HasSubstr("urn:ietf:params:scim:api:messages:2.0:Error"));
  token_ = newer;
  EXPECT_THAT(scim("GET", "/Users"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(command(R"({"command":"tenant.scim-revoke"})"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(scim("GET", "/Users"), HasSubstr("SCIM is not in use"));
  EXPECT_THAT(command(R"({"command":"tenant.scim-revoke"})"), HasSubstr("has no token"));
}

TEST_F(ScimTest, ProvisionsUsersUntilTheyAreDeactivated) {
  token_ = make_token("Contoso");
  const std::string made = scim("POST", "/Users", R"({"userName":"ana@contoso.com","externalId":"e1"})");
  ASSERT_THAT(made, StartsWith("HTTP/1.1 201 "));
  EXPECT_THAT(made, HasSubstr("Content-Type: application/scim+json\r\n"));
  const std::string at = "/Users/" + text_in(made, "id");
  EXPECT_THAT(made, HasSubstr("/scim/v2" + at + "\r\n"));
  EXPECT_THAT(presence("ana@contoso.com"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(scim("PATCH", at, R"({"Operations":[{"op":"Replace","path":"active","value":"False"}]})"),
              HasSubstr("\"active\":false"));
  EXPECT_THAT(presence("ana@contoso.com"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(command(R"({"command":"user.show","user":"ana@contoso.com"})"), HasSubstr("there is no user"));
  // Everything is kept over a restart.
  server_.reset();
  start();
  EXPECT_THAT(scim("GET", at), HasSubstr("\"active\":false"));
  EXPECT_THAT(scim("GET", "/Users?filter=externalId+eq+%22e1%22"), HasSubstr("\"totalResults\":1"));
  EXPECT_THAT(scim("PATCH", at, R"({"Operations":[{"op":"replace","value":{"active":true}}]})"),
              HasSubstr("\"active\":true"));
  EXPECT_THAT(presence("ana@contoso.com"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(scim("DELETE", at), StartsWith("HTTP/1.1 204 "));
  EXPECT_THAT(presence("ana@contoso.com"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(ScimTest, RemovalByAnAdministratorDeletesEverything) {
  token_ = make_token("Contoso");
  const std::string id =
      text_in(scim("POST", "/Users", R"({"userName":"ana@contoso.com","externalId":"e1"})"), "id");
  command(R"({"command":"user.remove","user":"ana@contoso.com"})");
  EXPECT_THAT(scim("GET", "/Users/" + id), StartsWith("HTTP/1.1 404 "));
  command(R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana","id":")" + id + "\"}");
  EXPECT_THAT(scim("GET", "/Users/" + id), Not(HasSubstr("externalId")));
  command(R"({"command":"user.remove","user":"ana@contoso.com"})");
  command(R"({"command":"app.remove","app":"Sync"})");
  EXPECT_THAT(command(R"({"command":"tenant.remove","tenant":"Contoso"})"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(scim("GET", "/Users"), HasSubstr("SCIM is not in use"));
}

// Without a server, the commands open the folder themselves and finish what a crash interrupted.
TEST_F(ScimTest, CommandsOpenTheFolderThemselves) {
  token_ = make_token("Contoso");
  const std::string id = text_in(scim("POST", "/Users", R"({"userName":"ana@contoso.com"})"), "id");
  server_.reset();
  const SystemClock clock;
  {
    auto node =
        node::Node::open(*node::DataFolder::open(temp_ / "data"), config_, clock, node::Purpose::kCommand);
    ASSERT_TRUE(node) << node.error();
    admin::Admin admin(**node);
    EXPECT_TRUE(admin.run(R"({"command":"user.remove","user":"ana@contoso.com"})"));
  }
  start();
  EXPECT_THAT(scim("GET", "/Users/" + id), StartsWith("HTTP/1.1 404 "));
}

// A token cannot be guessed, so bad ones lock out no client at the same address.
TEST_F(ScimTest, BadTokensDoNotRefuseGoodOnes) {
  const std::string good = make_token("Contoso");
  token_ = "scim-wrong";
  for (int i = 0; i < 200; ++i) ASSERT_THAT(scim("GET", "/Users"), StartsWith("HTTP/1.1 401 "));
  token_ = good;
  EXPECT_THAT(scim("GET", "/Users"), StartsWith("HTTP/1.1 200 "));
}

// The answer to the head of a request whose body never comes.
std::string ask_with_head_only(const std::string& url, const std::string& target, const std::string& token,
                               std::size_t body_bytes) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  std::string head = "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
                     "Content-Length: " + std::to_string(body_bytes) + "\r\n";
  if (!token.empty()) head += "Authorization: Bearer " + token + "\r\n";
  return talk(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<sockaddr*>(&address),
              sizeof(address), head + "\r\n");
}

TEST_F(ScimTest, RefusesALargeBodyBeforeReadingIt) {
  token_ = make_token("Contoso");
  EXPECT_THAT(ask_with_head_only(server_->urls().front(), "/scim/v2/Users", token_, scim::kBodyBytesMax + 1),
              StartsWith("HTTP/1.1 413 "));
}

// Every module looks at the token before the server takes a body of more than 64 KiB (spec security §5). The authority,
// which has no tokens yet, takes no longer bodies at all.
TEST_F(ScimTest, RefusesBodiesOfUnknownCallersBeforeReadingThem) {
  make_token("Contoso");
  const struct {
    const char* target;
    const char* token;
    const char* status;
  } rows[] = {
      {"/scim/v2/Users", "", "401"},    {"/scim/v2/Users", "scim-wrong", "401"},
      {"/scim/v2/Bulk", "", "401"},     {"/v1.0/communications/getPresencesByUserId", "", "401"},
      {"/v1.0/$batch", "wrong", "401"}, {"/porchlight/v1/waitFor", "", "401"},
  };
  for (const auto& row : rows)
    EXPECT_THAT(ask_with_head_only(server_->urls().front(), row.target, row.token, 64 * 1024 + 1),
                StartsWith(std::string("HTTP/1.1 ") + row.status))
        << row.target;
}

}  // namespace
}  // namespace porchlight::server
