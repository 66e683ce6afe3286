// The service as a whole: tokens, discovery, pages, selected attributes, limits, invalid requests.
#include "scim/service.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scim/schema.h"
#include "scim/test_server.h"

namespace porchlight::scim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ServiceTest : public ::testing::Test, public TestServer {
 protected:
  std::optional<Guid> caller(std::vector<http::HeaderField> headers) {
    http::Request request;
    request.headers = headers;
    return service->caller(request);
  }
  std::optional<Guid> by(const std::string& value) { return caller({{"Authorization", value}}); }
};

// --- tokens

TEST_F(ServiceTest, TheTokenDeterminesTheTenant) {
  EXPECT_EQ(by(fmt::format("Bearer {}", token)), kContoso);
  EXPECT_EQ(by(fmt::format("bearer {}", token)), kContoso);
  EXPECT_EQ(caller({}), std::nullopt);
  EXPECT_EQ(caller({{"Authorization", "Bearer x"}, {"Authorization", "Bearer y"}}), std::nullopt);
  std::string of_another = token, changed = token;
  of_another.replace(5, kGuidChars, to_string(kFabrikam));
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const std::string& bad :
       {std::string(), std::string("Bearer"), std::string("Bearer "), token, fmt::format("Basic {}", token),
        fmt::format("Bearer {} ", token), fmt::format("Bearer  {}", token), fmt::format("Bearer {}x", token),
        fmt::format("Bearer {}", of_another), fmt::format("Bearer {}", changed)})
    EXPECT_EQ(by(bad), std::nullopt) << bad;
}

TEST_F(ServiceTest, ATokenCanBeReplacedAndRevoked) {
  const std::string other = service->tokens().make(kFabrikam).value();
  const std::string newer = service->tokens().make(kContoso).value();
  EXPECT_EQ(service->tokens().tenant_of(token), std::nullopt);
  restart();
  EXPECT_EQ(service->tokens().tenant_of(newer), kContoso);
  EXPECT_TRUE(service->tokens().revoke(kContoso).value());
  EXPECT_FALSE(service->tokens().revoke(kContoso).value());
  EXPECT_EQ(service->tokens().tenant_of(newer), std::nullopt);
  EXPECT_EQ(service->tokens().tenant_of(other), kFabrikam);
  EXPECT_TRUE(service->tokens().any());
  EXPECT_TRUE(service->tokens().revoke(kFabrikam).value());
  EXPECT_FALSE(service->tokens().any());
  restart();
  EXPECT_FALSE(service->tokens().any());
}

TEST_F(ServiceTest, ATokenEndsWithItsTenant) {
  ASSERT_TRUE(world.run({{kContoso, Guid{}, directory::TenantRemoved{}}}));
  EXPECT_EQ(by(fmt::format("Bearer {}", token)), std::nullopt);
}

TEST_F(ServiceTest, OnlyTheHashOfATokenIsStored) {
  ASSERT_TRUE(store->for_each("", [&](std::string_view, std::string_view value) {
    EXPECT_EQ(value.find(token.substr(token.size() - 20)), std::string_view::npos);
    return true;
  }));
}

// --- discovery

TEST_F(ServiceTest, ServesDiscoveryDocuments) {
  const Answer config = get("/ServiceProviderConfig");
  EXPECT_EQ(config.status, 200);
  EXPECT_THAT(config.body, HasSubstr(R"("patch":{"supported":true})"));
  EXPECT_THAT(config.body, HasSubstr(R"("filter":{"supported":true,"maxResults":200})"));
  EXPECT_THAT(config.body, HasSubstr(R"("bulk":{"supported":false)"));
  EXPECT_THAT(config.body, HasSubstr(R"("type":"oauthbearertoken")"));
  EXPECT_THAT(get("/ResourceTypes").ids(), ElementsAre("User", "Group"));
  EXPECT_EQ(get("/ResourceTypes/User").text("schema"), kUserUrn);
  EXPECT_THAT(get("/Schemas").ids(), ElementsAre(kUserUrn, kGroupUrn, kEnterpriseUrn));
  const Answer schema = get(fmt::format("/Schemas/{}", kUserUrn));
  EXPECT_THAT(schema.body,
              HasSubstr(R"({"name":"userName","type":"string","multiValued":false,"required":true)"));
  EXPECT_EQ(get("/Schemas/urn:nothing").status, 404);
  EXPECT_EQ(post("/Schemas", "{}").status, 405);
}

// --- lists

TEST_F(ServiceTest, PagesAreBounded) {
  for (std::size_t i = 0; i < kCountMax + 1; ++i) add(fmt::format("p{}@contoso.com", i));
  const auto sizes = [this](std::string_view query) {
    const Answer page = get(fmt::format("/Users?{}", query));
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.total(), kCountMax + 1) << query;
    return page.ids().size();
  };
  EXPECT_EQ(sizes(""), kCountDefault);
  EXPECT_EQ(sizes(fmt::format("count={}", kCountMax)), kCountMax);
  EXPECT_EQ(sizes(fmt::format("count={}", kCountMax + 1)), kCountMax);
  EXPECT_EQ(sizes("count=0"), 0U);
  EXPECT_EQ(sizes("count=-5"), 0U);
  EXPECT_EQ(sizes("startIndex=0&count=3"), 3U);
  EXPECT_EQ(sizes(fmt::format("startIndex={}&count=3", kCountMax + 1)), 1U);
  EXPECT_EQ(sizes(fmt::format("startIndex={}&count=3", kCountMax + 2)), 0U);
  EXPECT_EQ(sizes("startIndex=9223372036854775807&count=3"), 0U);
  EXPECT_EQ(sizes("filter=userName+sw+%22p%22&count=200"), kCountMax);
  EXPECT_EQ(get("/Users?filter=userName+sw+%22p19%22").total(), 11U);
}

TEST_F(ServiceTest, AttributesAreSelected) {
  const std::string id =
      add("ana@contoso.com", R"(,"displayName":"Ana","name":{"givenName":"A","familyName":"B"},
      "emails":[{"value":"a@x.com","type":"work"}])");
  const auto shown = [&](std::string_view query) {
    std::string names;
    for (const NamedValue& member : get(fmt::format("/Users/{}?{}", id, query)).json)
      names += fmt::format("{} ", member.name);
    return names;
  };
  EXPECT_EQ(shown("attributes=userName"), "schemas id userName ");
  EXPECT_EQ(shown("attributes=username,%20EMAILS.type"), "schemas id userName emails ");
  EXPECT_EQ(shown("attributes=meta"), "schemas id meta ");
  EXPECT_EQ(shown("excludedAttributes=emails,name,meta,id"), "schemas id userName displayName active ");
  const Answer parts = get(fmt::format("/Users/{}?attributes=name.givenName,emails.value", id));
  EXPECT_THAT(parts.body, HasSubstr(R"("name":{"givenName":"A"},"emails":[{"value":"a@x.com"}])"));
  const Answer without = get(fmt::format("/Users/{}?excludedAttributes=name.givenName,emails.type", id));
  EXPECT_THAT(without.body, HasSubstr(R"("name":{"familyName":"B"},"emails":[{"value":"a@x.com"}])"));
  EXPECT_EQ(get(fmt::format("/Users/{}?attributes=emails%5Btype+pr%5D", id)).status, 400);
  EXPECT_THAT(get("/Users?attributes=userName").body, Not(HasSubstr("displayName")));
}

// --- limits

TEST_F(ServiceTest, LimitsBodies) {
  const std::string frame = R"({"userName":"ana@contoso.com","note":""})";
  std::string body = frame;
  // Filled with white space, since a string value cannot be that long.
  body.insert(body.size() - 1, kBodyBytesMax - frame.size(), ' ');
  EXPECT_EQ(post("/Users", body).status, 201);
  EXPECT_EQ(post("/Users", body + " ").status, 413);
}

TEST_F(ServiceTest, LimitsResources) {
  std::string emails;
  std::size_t count = 0;
  const auto person = [&] {
    return fmt::format(R"({{"userName":"p{}@contoso.com","emails":[{}]}})", count, emails);
  };
  const std::string address(1000, 'x');
  for (; count < 64; ++count)
    emails += fmt::format(R"({}{{"value":"{}{}"}})", emails.empty() ? "" : ",", address, count);
  const std::size_t spare = kResourceBytesMax - person().size();
  emails += fmt::format(R"(,{{"value":"{}"}})", std::string(spare - 13, 'y'));
  ASSERT_EQ(person().size(), kResourceBytesMax);
  EXPECT_EQ(post("/Users", person()).status, 201);
  emails.insert(emails.size() - 2, "y");
  count = 65;
  EXPECT_EQ(post("/Users", person()).status, 400);
}

TEST_F(ServiceTest, LimitsExternalIds) {
  const auto made = [this](const char* upn, std::size_t bytes) {
    return post("/Users",
                fmt::format(R"({{"userName":"{}","externalId":"{}"}})", upn, std::string(bytes, 'e')))
        .status;
  };
  EXPECT_EQ(made("a@contoso.com", 256), 201);
  EXPECT_EQ(made("b@contoso.com", 257), 400);
  EXPECT_EQ(post("/Users", R"({"userName":"c@contoso.com","externalId":"a\u0000b"})").status, 400);
  // Two users may have the same one; both are found.
  add("d@contoso.com", R"(,"externalId":"twice")");
  add("e@contoso.com", R"(,"externalId":"twice")");
  EXPECT_EQ(get("/Users?filter=externalId+eq+%22twice%22").total(), 2U);
}

TEST_F(ServiceTest, LimitsMembersOfAGroup) {
  std::vector<state::DirectoryCommand> commands;
  std::string members;
  for (std::size_t i = 0; i <= directory::kGroupMembersMax; ++i) {
    const Guid id = log::id_of(1000 + i);
    commands.push_back({kContoso, id, directory::UserPut{fmt::format("m{}@contoso.com", i), "M"}});
    if (i < directory::kGroupMembersMax)
      members += fmt::format(R"({}{{"value":"{}"}})", i ? "," : "", to_string(id));
  }
  const std::string last = to_string(commands.back().subject);
  ASSERT_TRUE(world.run(std::move(commands)));
  const Answer made = post("/Groups", fmt::format(R"({{"displayName":"All","members":[{}]}})", members));
  ASSERT_EQ(made.status, 201) << made.body.substr(0, 300);
  const std::string at = fmt::format("/Groups/{}", made.text("id"));
  const std::string one_more =
      fmt::format(R"([{{"op":"add","path":"members","value":[{{"value":"{}"}}]}}])", last);
  EXPECT_EQ(patch(at, one_more).status, 400);
  EXPECT_EQ(get(at).members().size(), directory::kGroupMembersMax);
}

// --- invalid requests

struct Bad {
  http::Method method;
  const char* target;
  const char* body;
  int status;
  const char* type;
};
using enum http::Method;

constexpr Bad kBad[] = {
    {kGet, "", "", 404, ""},
    {kGet, "/", "", 404, ""},
    {kGet, "/users", "", 404, ""},
    {kGet, "/Me", "", 404, ""},
    {kPost, "/Bulk", "{}", 404, ""},
    {kGet, "/Users/1", "", 404, ""},
    {kGet, "/Users/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", "", 404, ""},
    {kGet, "/Users/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01/x", "", 404, ""},
    {kGet, "/Groups/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", "", 404, ""},
    {kDelete, "/Groups/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", "", 404, ""},
    {kPut, "/Users/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", R"({"userName":"a@b"})", 404, ""},
    {kPut, "/Groups/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", R"({"displayName":"a"})", 404, ""},
    {kDelete, "/Users", "", 405, ""},
    {kPost, "/Users/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", "{}", 405, ""},
    {kGet, "/Users?filter=", "", 400, "invalidFilter"},
    {kGet, "/Users?filter=userName", "", 400, "invalidFilter"},
    {kGet, "/Users?filter=%zz", "", 400, "invalidValue"},
    {kGet, "/Users?filter=a%00b", "", 400, "invalidValue"},
    {kGet, "/Users?filter=title+eq+%22%ff%22", "", 400, "invalidValue"},
    {kGet, "/Users?count=1&count=2", "", 400, "invalidValue"},
    {kGet, "/Users?count=x", "", 400, "invalidValue"},
    {kGet, "/Users?startIndex=1.5", "", 400, "invalidValue"},
    {kGet, "/Users?startIndex=99999999999999999999", "", 400, "invalidValue"},
    {kGet, "/Users?attributes=a..b", "", 400, "invalidPath"},
    {kPost, "/Users", "", 400, "invalidSyntax"},
    {kPost, "/Users", "[]", 400, "invalidSyntax"},
    {kPost, "/Users", "{", 400, "invalidSyntax"},
    {kPost, "/Users", R"({"userName":"a@b","USERNAME":"c@d"})", 400, "invalidSyntax"},
    {kPost, "/Users", "{}", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":null})", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":5})", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":"no address"})", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":"a@b","displayName":"a\u0007b"})", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":"a@b","active":"yes"})", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":"a@b","emails":"x","name":5})", 400, "invalidValue"},
    {kPost, "/Users", R"({"userName":"a@b","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":1})",
     400, "invalidValue"},
    {kPost, "/Groups", "{}", 400, "invalidValue"},
    {kPost, "/Groups", R"({"displayName":"a\nb"})", 400, "invalidValue"},
    {kPost, "/Groups", R"({"displayName":"G","members":[{"value":"x"}]})", 400, "invalidValue"},
    {kPost, "/Groups", R"({"displayName":"G","members":[{"value":"0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01"}]})",
     400, "invalidValue"},
    {kPatch, "/Users/0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", "{}", 400, "invalidSyntax"},
};

TEST_F(ServiceTest, ErrorsHaveScimsForm) {
  for (const Bad& bad : kBad) {
    const Answer answer = ask(bad.method, bad.target, bad.body);
    const std::string what = fmt::format("{} {}", bad.target, bad.body);
    EXPECT_EQ(answer.status, bad.status) << what;
    EXPECT_EQ(answer.text("scimType"), bad.type) << what;
    EXPECT_EQ(answer.text("status"), std::to_string(bad.status)) << what;
    EXPECT_NE(answer.text("detail"), "") << what;
    EXPECT_THAT(answer.body, HasSubstr("urn:ietf:params:scim:api:messages:2.0:Error"));
    EXPECT_THAT(answer.lines, HasSubstr("Content-Type: application/scim+json\r\n"));
  }
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_EQ(get("/Groups").total(), 0U);
}

TEST_F(ServiceTest, ChecksMediaTypes) {
  const auto status = [this](const char* upn, std::string_view type) {
    return ask(kPost, "/Users", fmt::format(R"({{"userName":"{}"}})", upn), type).status;
  };
  EXPECT_EQ(status("a@contoso.com", "application/json"), 201);
  EXPECT_EQ(status("b@contoso.com", "Application/SCIM+JSON; charset=utf-8"), 201);
  EXPECT_EQ(status("c@contoso.com", "text/plain"), 415);
}

TEST_F(ServiceTest, ARequiredAttributeCannotBeRemoved) {
  const std::string at = fmt::format("/Users/{}", add("ana@contoso.com"));
  EXPECT_EQ(patch(at, R"([{"op":"remove","path":"userName"}])").status, 400);
  const std::string group = fmt::format("/Groups/{}", add_group("G"));
  EXPECT_EQ(patch(group, R"([{"op":"replace","path":"displayName","value":null}])").status, 400);
  EXPECT_EQ(post("/Groups", R"({"displayName":"g"})").status, 409);
  // A PATCH is applied as a whole or not at all.
  EXPECT_EQ(
      patch(at, R"([{"op":"add","path":"title","value":"T"},{"op":"add","path":"id","value":"T"}])").status,
      400);
  EXPECT_EQ(get(at).text("title"), "");
}

}  // namespace
}  // namespace porchlight::scim::testing
