// What the route that pages ask first (`GET /porchlight/v1/web`, docs/web.md) refuses, and what it answers without
// regard to a token.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kTailspinId = "11111111-0000-4000-8000-000000000001";

// A server with two tenants, so that the answer names one only if the query does.
class FactsTest : public testing::Test {
 protected:
  void SetUp() override {
    config_.listen = {"127.0.0.1:0"};
    config_.threads = 1;
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    auto server = Server::start(config_, *node::DataFolder::open(temp_ / "data"), std::nullopt);
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
    add_tenant("Tailspin Toys", kTailspinId);
    add_tenant("Fabrikam", "11111111-0000-4000-8000-000000000002");
  }
  void add_tenant(const char* name, const char* id) {
    const std::string body = fmt::format(R"({{"command":"tenant.add","name":"{}","id":"{}"}})", name, id);
    ASSERT_THAT(ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", body),
                StartsWith("HTTP/1.1 200 "));
  }
  std::string ask_facts(const std::string& method, const std::string& query = "",
                        const std::string& token = "") {
    return ask(server_->urls().front(), method, "/porchlight/v1/web" + query, token);
  }

  TempFolder temp_;
  node::Config config_;
  std::unique_ptr<Server> server_;
};

TEST_F(FactsTest, OtherMethodsAreRefused) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"})
    EXPECT_THAT(ask_facts(method), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n"),
                                         HasSubstr(R"("code":"methodNotAllowed")")))
        << method;
  const std::string head = ask_facts("HEAD");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(head, testing::EndsWith("\r\n\r\n")) << "no body";
}

TEST_F(FactsTest, OtherOptionsAreRefused) {
  for (const char* query : {"?x=1", "?Tenant=Fabrikam", "?x=1&tenant=Fabrikam", "?tenant"})
    EXPECT_THAT(ask_facts("GET", query), AllOf(StartsWith("HTTP/1.1 400 "),
                                               HasSubstr(R"("message":"The only query option is tenant.")"),
                                               Not(HasSubstr("Fabrikam"))))
        << query;
}

// The same answer for each name that is no tenant's, so that it says nothing of the others.
TEST_F(FactsTest, UnknownTenantsAreNotFound) {
  for (const char* query : {"?tenant=", "?tenant=Nowhere", "?tenant=33333333-0000-4000-8000-000000000009",
                            "?tenant=%zz", "?tenant=Fabrikam&tenant=Fabrikam", "?tenant=Fabrikam&x=1"})
    EXPECT_THAT(ask_facts("GET", query),
                AllOf(StartsWith("HTTP/1.1 404 "),
                      HasSubstr(R"({"error":{"code":"NotFound","message":"There is no such tenant."}})")))
        << query;
  for (const std::string& query :
       {std::string("?tenant=Tailspin%20Toys"), std::string("?tenant=Tailspin+Toys"),
        std::string("?tenant=") + kTailspinId})
    EXPECT_THAT(ask_facts("GET", query),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(kTailspinId), Not(HasSubstr("Fabrikam"))))
        << query;
}

// It needs no token, so a bad one is no reason to refuse: a page asks before the sign-in, and after its end.
TEST_F(FactsTest, TokensAreNotLookedAt) {
  for (const char* token : {"", "bad", "eyJhbGciOiJub25lIn0.e30."})
    EXPECT_THAT(ask_facts("GET", "", token),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("tenant":null)"),
                      HasSubstr("Cache-Control: no-store\r\n"), Not(HasSubstr("WWW-Authenticate")),
                      Not(HasSubstr("Tailspin"))))
        << token;
}

}  // namespace
}  // namespace porchlight::server
