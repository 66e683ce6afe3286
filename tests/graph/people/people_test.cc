// Tests of GET /users, /users/{id}, /me and photos, which people pickers use (spec clients 7).
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>

#include "graph/people/entity_list.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

// The request target of a link in an answer.
std::string target_of(const std::string& link) { return link.substr(link.find('/', link.find("//") + 2)); }

// The token of a client that may read basic properties of all users.
std::string picker(const TestServer& server) { return server.user(kAna, {"User.ReadBasic.All"}); }

const std::vector<std::string> kEventual = {"ConsistencyLevel: eventual"};

// The ids of the elements of a list; "" for an element without one.
std::vector<std::string> ids_in(const Answer& answer) {
  simdjson::dom::parser parser;
  simdjson::dom::array value;
  EXPECT_FALSE(parser.parse(answer.body)["value"].get(value)) << answer.body;
  std::vector<std::string> ids;
  for (const simdjson::dom::element one : value) {
    std::string_view id;
    ids.emplace_back(one["id"].get(id) ? "" : id);
  }
  return ids;
}

// Follows the links from `target` on, and returns the ids on all pages. Adds the number of pages to *pages.
std::vector<std::string> all_ids(TestServer& server, const std::string& token, std::string target,
                                 std::size_t* pages = nullptr) {
  std::vector<std::string> ids;
  while (true) {
    const Answer answer = server.send("GET", target, token, kEventual);
    EXPECT_EQ(answer.status, 200) << target << answer.body;
    if (pages) ++*pages;
    for (std::string& id : ids_in(answer)) ids.push_back(std::move(id));
    const std::string link = answer.at("/@odata.nextLink");
    if (link == "(absent)" || answer.status != 200) return ids;
    target = target_of(link);
  }
}

// The ids on all pages, each of which must occur once.
std::set<std::string> found(TestServer& server, const std::string& target) {
  const auto ids = all_ids(server, picker(server), target);
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), ids.size()) << "each user once";
  return {ids.begin(), ids.end()};
}

TEST(People, UserHasGraphsDefaultProperties) {
  TestServer server;
  const Answer answer = server.get("/v1.0/users/" + to_string(kBen), picker(server));
  EXPECT_EQ(answer.status, 200);
  const std::string base = answer.at("/@odata.context").substr(0, answer.at("/@odata.context").find("/v1.0"));
  EXPECT_EQ(
      answer.body,
      R"({"@odata.context":")" + base +
          R"(/v1.0/$metadata#users/$entity","businessPhones":[],"displayName":"Ben","givenName":null,)"
          R"("jobTitle":null,"mail":"ben@contoso.example","mobilePhone":null,"officeLocation":null,)"
          R"("preferredLanguage":null,"surname":null,"userPrincipalName":"ben@contoso.example","id":")" +
          to_string(kBen) + R"("})");
  EXPECT_EQ(answer.header("odata-version"), "4.0");
}

TEST(People, AreFoundByIdAndByUserPrincipalName) {
  TestServer server;
  const std::string token = picker(server);
  for (const std::string& path :
       {"/beta/users/" + to_string(kBen), std::string("/v1.0/users/BEN@contoso.example"),
        std::string("/v1.0/users/ben%40contoso.example"),
        std::string("/v1.0/users('ben@contoso.example')")}) {
    EXPECT_EQ(server.get(path, token).at("/id"), to_string(kBen)) << path;
  }
  EXPECT_EQ(server.get("/v1.0/me", server.user(kAna, {"User.Read"})).at("/displayName"), "Ana");
  const Answer head = server.send("HEAD", "/v1.0/me", token);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST(People, UnknownUsersAreNotFound) {
  TestServer server;
  const std::string token = picker(server);
  for (const std::string& id : {to_string(kZoe), std::string("zoe@fabrikam.example"), std::string("nobody"),
                                std::string("99999999-0000-4000-8000-000000000009")}) {
    const Answer answer = server.get("/v1.0/users/" + id, token);
    EXPECT_EQ(answer.status, 404) << id;
    EXPECT_EQ(answer.code(), "Request_ResourceNotFound");
    EXPECT_EQ(answer.message(), "Resource '" + id +
                                    "' does not exist or one of its queried reference-property objects are "
                                    "not present.");
  }
}

TEST(People, PhotosAreNotFound) {
  TestServer server;
  const std::string token = picker(server), ben = "/v1.0/users/" + to_string(kBen);
  for (const std::string& path :
       {ben + "/photo", ben + "/photo/$value", ben + "/photos/48x48/$value", std::string("/v1.0/me/photo"),
        std::string("/beta/me/photo/%24value"), std::string("/v1.0/me/photos/648x648/$value")}) {
    const Answer answer = server.send("GET", path, token, {"Accept: image/*"});
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.code(), "ImageNotFound") << path;
    EXPECT_EQ(answer.header("content-type"), "application/json");
  }
  EXPECT_EQ(server.get("/v1.0/users/nobody/photo/$value", token).code(), "Request_ResourceNotFound");
}

TEST(People, SelectReturnsTheNamedProperties) {
  TestServer server;
  const std::string token = picker(server), ben = "/v1.0/users/" + to_string(kBen);
  const Answer some = server.get(ben + "?$select=id,DisplayName,id,department", token);
  EXPECT_EQ(some.body.substr(some.body.find("\",") + 2),
            R"("id":")" + to_string(kBen) + R"(","displayName":"Ben","department":null})")
      << "in the order of the request";
  EXPECT_TRUE(some.at("/@odata.context").ends_with("/$metadata#users(id,displayName,department)/$entity"));
  const Answer twice = server.get(ben + "?$select=id&select=userType", token);
  EXPECT_EQ(twice.at("/userType"), "Member");
  EXPECT_EQ(twice.at("/id"), to_string(kBen));
  EXPECT_EQ(server.get(ben + "?$select=*", token).at("/accountEnabled"), "true");
  const Answer list = server.get("/v1.0/users?$select=mail", token);
  EXPECT_EQ(list.at("/value/0/id"), "(absent)");
  EXPECT_TRUE(list.at("/@odata.context").ends_with("/$metadata#users(mail)"));
  for (const std::string names : {"nonsense", "id,", "", "manager/id"}) {
    const Answer bad = server.get(ben + "?$select=" + names, token);
    EXPECT_EQ(bad.status, 400) << names;
    EXPECT_EQ(bad.message().find("Parsing OData Select and Expand failed: Could not find a property named"),
              0u)
        << bad.message();
  }
}

TEST(People, UnsupportedOptionsAreRejected) {
  TestServer server;
  const std::string token = picker(server), ben = "/v1.0/users/" + to_string(kBen);
  struct Row {
    std::string target, code;
  };
  const Row rows[] = {
      {"/v1.0/users?$expand=manager", "BadRequest"},
      {ben + "?$expand=presence", "ExpandNotSupported"},
      {ben + "?$top=1", "BadRequest"},
      {ben + "?$filter=id%20eq%20%27a%27", "BadRequest"},
      {ben + "/photo/$value?$select=id", "BadRequest"},
      {"/v1.0/users?$orderby=mail", "Request_UnsupportedQuery"},
      {"/v1.0/users?$skip=1", "BadRequest"},
      {"/v1.0/users?$top=0", "Request_UnsupportedQuery"},
      {"/v1.0/users?$top=1000", "Request_UnsupportedQuery"},
      {"/v1.0/users?$count=yes", "BadRequest"},
      {"/v1.0/users?$skiptoken=abc", "BadRequest"},
      {"/v1.0/users?$filter=nonsense", "BadRequest"},
      {"/v1.0/users?$search=ana", "BadRequest"},
      {"/v1.0/users?$filter=startswith(displayName,%27%ff%27)", "BadRequest"},
  };
  for (const Row& row : rows) {
    const Answer answer = server.get(row.target, token);
    EXPECT_EQ(answer.status, 400) << row.target;
    EXPECT_EQ(answer.code(), row.code) << row.target;
  }
}

TEST(People, ListIsPaged) {
  TestServer server;
  const std::set<std::string> contoso = {to_string(kAna), to_string(kBen), to_string(kCleo)};
  EXPECT_EQ(found(server, "/v1.0/users"), contoso);
  std::size_t pages = 0;
  EXPECT_EQ(all_ids(server, picker(server), "/beta/users?$top=1&x=y", &pages).size(), 3u);
  EXPECT_EQ(pages, 3u) << "no empty page at the end";
  const Answer first =
      server.send("GET", "/v1.0/users?$top=2&$select=id&$count=true", picker(server), kEventual);
  EXPECT_EQ(first.at("/@odata.count"), "3");
  const Answer second = server.get(target_of(first.at("/@odata.nextLink")), picker(server));
  EXPECT_EQ(ids_in(second).size(), 1u);
  EXPECT_EQ(second.at("/value/0/displayName"), "(absent)") << "the link repeats $select";
  EXPECT_EQ(second.at("/@odata.count"), "(absent)");
  const std::string elsewhere = server.token({.tenant = kFabrikam, .roles = {"User.Read.All"}});
  EXPECT_EQ(all_ids(server, elsewhere, "/v1.0/users"), std::vector{to_string(kZoe)});
  EXPECT_EQ(server.get(target_of(first.at("/@odata.nextLink")), elsewhere).status, 400)
      << "a link is valid for its tenant only";
}

TEST(People, AreFoundByName) {
  TestServer server;
  const std::string ana = to_string(kAna), ben = to_string(kBen), cleo = to_string(kCleo);
  const std::set<std::string> only_ben = {ben}, both = {ana, ben}, none;
  EXPECT_EQ(found(server, "/v1.0/users?$filter=startswith(displayName,'BE')"), only_ben);
  EXPECT_EQ(found(server, "/v1.0/users?$filter=startswith(mail,'ana')%20or%20startswith(displayName,'ben')"),
            both);
  EXPECT_EQ(found(server, "/v1.0/users?$filter=userPrincipalName%20eq%20'ben@contoso.example'"), only_ben);
  EXPECT_EQ(found(server, "/v1.0/users?$filter=id%20eq%20'" + ben + "'"), only_ben);
  EXPECT_EQ(found(server, "/v1.0/users?$top=1&$filter=id%20in%20('" + ben + "','" + ana + "','" + ben + "')"),
            both);
  EXPECT_EQ(found(server, "/v1.0/users?$filter=id%20eq%20'" + to_string(kZoe) + "'"), none)
      << "a user of another tenant";
  EXPECT_EQ(found(server, "/v1.0/users?$filter=mail%20eq%20'zoe@fabrikam.example'"), none);
  EXPECT_EQ(found(server, "/v1.0/users?$filter=id%20eq%20'" + ana + "'%20or%20startswith(mail,'ben')"), both);
  EXPECT_EQ(found(server, "/v1.0/users?$search=%22displayName:be%22"), only_ben);
  EXPECT_EQ(found(server, "/v1.0/users?$search=%22displayName:x%22%20OR%20%22mail:ben%22"), only_ben);
  EXPECT_EQ(found(server, "/v1.0/users?$search=%22mail:ana%22&$filter=startswith(displayName,'b')"), none)
      << "a user must match both";
  EXPECT_EQ(
      found(server, "/v1.0/users?$search=%22mail:ana%22&$filter=id%20in%20('" + ben + "','" + ana + "')"),
      std::set{ana});
}

TEST(People, CountIsTheNumberOfMatches) {
  TestServer server;
  const auto count = [&](const std::string& rest) {
    return server
        .send("GET", "/v1.0/users?$count=true&$top=1" + rest, picker(server), {"ConsistencyLevel: eventual"})
        .at("/@odata.count");
  };
  EXPECT_EQ(count(""), "3");
  EXPECT_EQ(count("&$filter=startswith(mail,'a')%20or%20startswith(mail,'b')"), "2");
  EXPECT_EQ(count("&$search=%22mail:nobody%22"), "0");
  EXPECT_EQ(count("&$filter=id%20in%20('" + to_string(kAna) + "','" + to_string(kZoe) + "','" +
                  to_string(kBen) + "')"),
            "2");
  EXPECT_EQ(count("").substr(0, 1), "3");
  EXPECT_EQ(server.send("GET", "/v1.0/users?$count=false", picker(server), kEventual).at("/@odata.count"),
            "(absent)");
  for (const std::vector<std::string>& headers :
       {std::vector<std::string>{}, {"ConsistencyLevel: session"}, {"ConsistencyLevel:"}})
    EXPECT_EQ(server.send("GET", "/v1.0/users?$count=true", picker(server), headers).at("/@odata.count"),
              "(absent)")
        << "Graph ignores $count without the header";
}

// A request scans at most kListScannedMax users; its link continues the scan.
TEST(People, SearchContinuesAfterTheScanLimit) {
  TestServer server;
  const auto add = [&](std::size_t from, std::size_t to) {
    std::vector<state::DirectoryCommand> commands;
    for (std::size_t i = from; i < to; ++i) {
      const std::string number = std::to_string(i);
      commands.push_back({kContoso, guid_from_name(number), directory::UserPut{"u" + number + "@x", "U"}});
    }
    server.change(std::move(commands));
  };
  add(0, kListScannedMax - 3);  // beside the three users of the fixture
  const std::string search = "/v1.0/users?$count=true&$search=%22displayName:nobody%22";
  const Answer whole = server.send("GET", search, picker(server), kEventual);
  EXPECT_EQ(whole.at("/@odata.nextLink"), "(absent)");
  EXPECT_EQ(whole.at("/@odata.count"), "0");
  add(kListScannedMax, kListScannedMax + 1);
  const Answer part = server.send("GET", search, picker(server), kEventual);
  EXPECT_EQ(ids_in(part).size(), 0u);
  EXPECT_NE(part.at("/@odata.nextLink"), "(absent)") << "an empty page that is not the last";
  EXPECT_EQ(part.at("/@odata.count"), "(absent)") << "not known yet";
  const Answer rest = server.send("GET", target_of(part.at("/@odata.nextLink")), picker(server), kEventual);
  EXPECT_EQ(ids_in(rest).size(), 0u);
  EXPECT_EQ(rest.at("/@odata.nextLink"), "(absent)");
  EXPECT_EQ(found(server, "/v1.0/users?$search=%22displayName:ana%22"), std::set{to_string(kAna)});
  EXPECT_EQ(
      server.send("GET", "/v1.0/users?$count=true&$top=1", picker(server), kEventual).at("/@odata.count"),
      std::to_string(kListScannedMax + 1));
  EXPECT_EQ(all_ids(server, picker(server), "/v1.0/users?$top=999").size(), kListScannedMax + 1);
  // The same in an order, and for the number alone.
  const std::string sorted = "/v1.0/users?$search=%22displayName:nobody%22&$orderby=displayName";
  const Answer sorted_part = server.send("GET", sorted, picker(server), kEventual);
  EXPECT_EQ(ids_in(sorted_part).size(), 0u);
  EXPECT_NE(sorted_part.at("/@odata.nextLink"), "(absent)");
  EXPECT_EQ(found(server, sorted), std::set<std::string>{});
  EXPECT_EQ(found(server, "/v1.0/users?$search=%22displayName:ana%22&$orderby=displayName%20desc"),
            std::set{to_string(kAna)});
  const auto number = [&](const std::string& query) {
    return server.send("GET", "/v1.0/users/$count" + query, picker(server), kEventual);
  };
  EXPECT_EQ(number("").body, std::to_string(kListScannedMax + 1));
  EXPECT_EQ(number("?$filter=mail%20eq%20'ana@contoso.example'").body, "1") << "a look-up, not a scan";
  EXPECT_EQ(number("?$filter=startswith(mail,'ana')").status, 400);
  EXPECT_EQ(number("?$filter=startswith(mail,'ana')").message(),
            "$count cannot be combined with this query where the list has more than 20000 entries.");
}

// The names of the elements on all pages, in the order of the answers.
std::vector<std::string> names_on_pages(TestServer& server, std::string target) {
  std::vector<std::string> names;
  while (true) {
    const Answer answer = server.send("GET", target, server.user(kBen, {"User.ReadBasic.All"}), kEventual);
    EXPECT_EQ(answer.status, 200) << target << answer.body;
    for (std::size_t i = 0; answer.at("/value/" + std::to_string(i)) != "(absent)"; ++i)
      names.push_back(answer.at("/value/" + std::to_string(i) + "/displayName"));
    const std::string link = answer.at("/@odata.nextLink");
    if (link == "(absent)" || answer.status != 200) return names;
    target = target_of(link);
  }
}

using Names = std::vector<std::string>;

// Ana, Ben and Cleo, and three more. Two have the same name.
void add_more_users(TestServer& server) {
  std::vector<state::DirectoryCommand> commands;
  for (const auto& [upn, name] :
       {std::pair("dan@contoso.example", "ben"), std::pair("zed@contoso.example", "Ábel"),
        std::pair("aa@contoso.example", "zoltan")})
    commands.push_back({kContoso, guid_from_name(upn), directory::UserPut{upn, name}});
  server.change(std::move(commands));
}

TEST(People, AreListedInOrder) {
  TestServer server;
  add_more_users(server);
  const bool ben_first = kBen < guid_from_name("dan@contoso.example");
  const std::string b1 = ben_first ? "Ben" : "ben", b2 = ben_first ? "ben" : "Ben";
  const Names up = {"Ana", b1, b2, "Cleo", "zoltan", "Ábel"};
  const Names down(up.rbegin(), up.rend());
  const Names by_upn = {"zoltan", "Ana", "Ben", "Cleo", "ben", "Ábel"};
  for (const std::string page : {"", "&$top=1", "&$top=2", "&$top=4", "&$top=6"}) {
    const auto listed = [&](const std::string& order) {
      return names_on_pages(server, "/v1.0/users?$select=displayName&$orderby=" + order + page);
    };
    EXPECT_EQ(listed("displayName"), up) << page;
    EXPECT_EQ(listed("displayName%20asc"), up) << page;
    EXPECT_EQ(listed("displayName%20desc"), down) << page;
    EXPECT_EQ(listed("userPrincipalName"), by_upn) << page;
    EXPECT_EQ(listed("userPrincipalName%20desc"), Names(by_upn.rbegin(), by_upn.rend())) << page;
    // With a filter that is scanned, one that names users, and a search: the order is the same.
    EXPECT_EQ(listed("displayName&$count=true&$filter=endswith(mail,'example')"), up) << page;
    EXPECT_EQ(listed("displayName%20desc&$count=true&$filter=mail%20in%20('ana@contoso.example',"
                     "'zed@contoso.example','cleo@contoso.example')"),
              (Names{"Ábel", "Cleo", "Ana"}))
        << page;
    EXPECT_EQ(listed("displayName&$search=%22displayName:b%22"), (Names{b1, b2})) << page;
  }
}

TEST(People, OrderedPagesContinueAfterChanges) {
  TestServer server;
  add_more_users(server);
  const std::string query = "/v1.0/users?$orderby=displayName&$top=1&$select=displayName";
  const Answer first = server.get(query, server.user(kBen, {"User.ReadBasic.All"}));
  ASSERT_EQ(first.at("/value/0/displayName"), "Ana");
  const std::string next = target_of(first.at("/@odata.nextLink"));
  // Ana is gone, zoltan comes before, Cleo after.
  server.change(
      {{kContoso, kAna, directory::UserRemoved{}},
       {kContoso, guid_from_name("aa@contoso.example"), directory::UserPut{"aa@contoso.example", "Aaron"}},
       {kContoso, kCleo, directory::UserPut{"cleo@contoso.example", "Yara"}}});
  const auto rest = names_on_pages(server, next);
  EXPECT_EQ(Names(rest.begin() + 2, rest.end()), (Names{"Yara", "Ábel"}));
  EXPECT_EQ(rest.size(), 4u);
  // A link of one order is not one of another.
  const std::string token = next.substr(next.find("$skiptoken"));
  for (const std::string other : {"", "$orderby=displayName%20desc&", "$orderby=userPrincipalName&"})
    EXPECT_EQ(server.get("/v1.0/users?" + other + token, server.user(kBen, {"User.ReadBasic.All"})).status,
              400)
        << other;
}

TEST(People, AdvancedQueriesNeedConsistencyLevel) {
  TestServer server;
  struct Row {
    std::string target, code, message;  // without the header
    std::string body = {};              // with the header, if not empty
  };
  const std::string unsupported = "Request_UnsupportedQuery";
  const std::string sorting = "Sorting not supported for current query.";
  const Row rows[] = {
      {"/v1.0/users/$count", "Request_BadRequest", "$count is not currently supported.", "3"},
      {"/beta/users/%24count", "Request_BadRequest", "$count is not currently supported.", "3"},
      {"/v1.0/users/$count?$filter=userType%20ne%20'guest'", "Request_BadRequest",
       "$count is not currently supported.", "3"},
      {"/v1.0/users/$count?$filter=startswith(displayName,'b')", "Request_BadRequest",
       "$count is not currently supported.", "1"},
      {"/v1.0/users/$count?$search=%22displayName:b%22", "Request_BadRequest",
       "$count is not currently supported.", "1"},
      {"/v1.0/users/$count?$filter=id%20eq%20'" + to_string(kZoe) + "'", "Request_BadRequest",
       "$count is not currently supported.", "0"},
      {"/v1.0/users?$search=%22displayName:b%22", unsupported,
       "Request with $search query parameter only works through MSGraph with a special request header: "
       "'ConsistencyLevel: eventual'"},
      {"/v1.0/users?$filter=userType%20ne%20'Guest'&$count=true", unsupported,
       "Filter operator 'NotEqualsMatch' is not supported."},
      {"/v1.0/users?$filter=endswith(mail,'example')&$count=true", unsupported,
       "Operator 'endsWith' is not supported because the required parameters might be missing. Try adding "
       "$count=true query parameter and ConsistencyLevel:eventual header. Refer to "
       "https://aka.ms/graph-docs/advanced-queries for more information"},
      {"/v1.0/users?$filter=mail%20eq%20'x'&$orderby=displayName&$count=true", unsupported, sorting},
  };
  for (const Row& row : rows) {
    const Answer without = server.get(row.target, picker(server));
    EXPECT_EQ(without.status, 400) << row.target;
    EXPECT_EQ(without.code(), row.code) << row.target;
    EXPECT_EQ(without.message(), row.message) << row.target;
    EXPECT_EQ(server.send("GET", row.target, picker(server), {"ConsistencyLevel: strong"}).status, 400);
    const Answer with = server.send("GET", row.target, picker(server), {"consistencylevel: Eventual"});
    EXPECT_EQ(with.status, 200) << row.target << with.body;
    if (row.body.empty()) continue;
    EXPECT_EQ(with.body, row.body) << row.target;
    EXPECT_EQ(with.header("content-type"), "text/plain") << row.target;
  }
}

// Count and link stand before the elements, members in the order of $select or of Graph's samples.
TEST(People, ListHasGraphsOrderOfMembers) {
  TestServer server;
  const Answer page =
      server.send("GET", "/v1.0/users?$select=id,displayName&$orderby=displayName&$top=1&$count=true",
                  picker(server), kEventual);
  EXPECT_EQ(page.body, R"({"@odata.context":")" + page.at("/@odata.context") +
                           R"(","@odata.count":3,"@odata.nextLink":")" + page.at("/@odata.nextLink") +
                           R"(","value":[{"id":")" + to_string(kAna) + R"(","displayName":"Ana"}]})");
  EXPECT_TRUE(page.at("/@odata.context").ends_with("$metadata#users(id,displayName)"));
  const Answer whole = server.get("/v1.0/users?$orderby=displayName&$top=1", picker(server));
  EXPECT_TRUE(whole.body.ends_with(R"(,"id":")" + to_string(kAna) + R"("}]})")) << whole.body;
}

TEST(People, DirectoryAnswersHaveResourceUnits) {
  TestServer server;
  const Guid desk = guid_from_name("desk");
  server.change({{kContoso, desk, directory::GroupPut{"Front desk", {kAna, kBen}}}});
  const std::string group = "/groups/" + to_string(desk), ben = "/users/" + to_string(kBen);
  const std::string token =
      server.user(kAna, {"User.ReadBasic.All", "GroupMember.Read.All", "Presence.Read.All"});
  const std::pair<std::string, std::string> rows[] = {
      {"/me", "1"},
      {ben, "1"},
      {ben + "?$select=id", "1"},
      {"/users", "2"},
      {"/users?$top=5", "1"},
      {"/users?$top=20", "2"},
      {"/users?$select=id,displayName&$top=25&$orderby=displayName", "1"},
      {"/users/$count", "1"},
      {"/groups", "1"},
      {group, "1"},
      {group + "/members", "3"},
      {group + "/members?$select=id", "2"},
      {group + "/members?$select=id&$top=2", "1"},
      {group + "/members/$count", "1"},
      {"/users/nobody", "1"},
      {"/users?$expand=manager", "3"},
      {ben + "/photo/$value", ""},
      {ben + "/presence", ""},
      {"/communications/presences", ""},
  };
  std::string steps;
  for (const auto& [path, units] : rows) {
    const Answer answer = server.send("GET", "/v1.0" + path, token, kEventual);
    EXPECT_EQ(answer.header("x-ms-resource-unit"), units) << path;
    steps += fmt::format(
        R"({}{{"id":"{}","method":"GET","url":"{}","headers":{{"ConsistencyLevel":"eventual"}}}})",
        steps.empty() ? "" : ",", path, path);
  }
  const Answer batch = server.post("/v1.0/$batch", token, R"({"requests":[)" + steps + "]}");
  ASSERT_EQ(batch.status, 200) << batch.body;
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_EQ(batch.at(fmt::format("/responses/{}/headers/x-ms-resource-unit", i)),
              rows[i].second.empty() ? "(absent)" : rows[i].second)
        << rows[i].first;
  }
  EXPECT_EQ(batch.header("x-ms-resource-unit"), "");
  EXPECT_EQ(server.get("/v1.0/users", server.user(kAna, {"User.Read"})).header("x-ms-resource-unit"), "2")
      << "with a 403, as in the sample of batches";
  EXPECT_EQ(server.get("/v1.0/users", "").header("x-ms-resource-unit"), "") << "not before the token";
}

// A user removed between two pages does not hide the users after it.
TEST(People, PagesContinueAfterARemovedUser) {
  TestServer server;
  const Answer first = server.get("/v1.0/users?$top=1", picker(server));
  const Guid removed = *parse_guid(first.at("/value/0/id"));
  server.change({{kContoso, removed, directory::UserRemoved{}}});
  EXPECT_EQ(
      all_ids(server, server.token({.roles = {"User.Read.All"}}), target_of(first.at("/@odata.nextLink")))
          .size(),
      2u);
}

// Every name of spec protocol §4.1, and some that do not suffice.
TEST(People, PermissionMatrix) {
  TestServer server;
  struct Row {
    bool delegated;
    std::string permission;
    int me, self, other, list, my_photo, photo;
  };
  const Row rows[] = {
      {true, "User.Read", 200, 200, 403, 403, 404, 403},
      {true, "User.ReadWrite", 200, 200, 403, 403, 404, 403},
      {true, "User.ReadBasic.All", 200, 200, 200, 200, 404, 404},
      {true, "User.Read.All", 200, 200, 200, 200, 404, 404},
      {true, "User.ReadWrite.All", 200, 200, 200, 200, 404, 404},
      {true, "Directory.Read.All", 200, 200, 200, 200, 404, 404},
      {true, "Directory.ReadWrite.All", 200, 200, 200, 200, 404, 404},
      {true, "ProfilePhoto.Read.All", 403, 403, 403, 403, 404, 404},
      {true, "ProfilePhoto.ReadWrite.All", 403, 403, 403, 403, 404, 404},
      {true, "Presence.Read.All", 403, 403, 403, 403, 403, 403},
      {true, "Group.Read.All", 403, 403, 403, 403, 403, 403},
      {true, "GroupMember.ReadBasic.All", 403, 403, 403, 403, 403, 403},
      {false, "User.Read", 400, 403, 403, 403, 400, 403},
      {false, "User.ReadWrite", 400, 403, 403, 403, 400, 403},
      {false, "User.ReadBasic.All", 400, 200, 200, 200, 400, 404},
      {false, "User.Read.All", 400, 200, 200, 200, 400, 404},
      {false, "User.ReadWrite.All", 400, 200, 200, 200, 400, 404},
      {false, "Directory.Read.All", 400, 200, 200, 200, 400, 404},
      {false, "Directory.ReadWrite.All", 400, 200, 200, 200, 400, 404},
      {false, "ProfilePhoto.Read.All", 400, 403, 403, 403, 400, 404},
      {false, "ProfilePhoto.ReadWrite.All", 400, 403, 403, 403, 400, 404},
      {false, "Presence.Read.All", 400, 403, 403, 403, 400, 403},
      {false, "GroupMember.Read.All", 400, 403, 403, 403, 400, 403},
      {false, "Group.ReadWrite.All", 400, 403, 403, 403, 400, 403},
  };
  for (const Row& row : rows) {
    const std::string token =
        row.delegated ? server.user(kAna, {row.permission}) : server.token({.roles = {row.permission}});
    const std::string what = (row.delegated ? "delegated " : "application ") + row.permission;
    const auto status = [&](const std::string& path) {
      return server.send("GET", path, token, kEventual).status;
    };
    EXPECT_EQ(status("/v1.0/me"), row.me) << what;
    EXPECT_EQ(status("/v1.0/users/" + to_string(kAna)), row.self) << what;
    EXPECT_EQ(status("/v1.0/users/ana@contoso.example"), row.self) << what;
    EXPECT_EQ(status("/v1.0/users/" + to_string(kBen)), row.other) << what;
    EXPECT_EQ(status("/v1.0/users"), row.list) << what;
    EXPECT_EQ(status("/v1.0/users/$count"), row.list) << what;
    EXPECT_EQ(status("/v1.0/me/photo/$value"), row.my_photo) << what;
    EXPECT_EQ(status("/v1.0/users/" + to_string(kBen) + "/photo"), row.photo) << what;
  }
  const Answer denied = server.get("/v1.0/users", server.user(kAna, {"User.Read"}));
  EXPECT_EQ(denied.code(), "Authorization_RequestDenied");
  EXPECT_EQ(denied.message(), "Insufficient privileges to complete the operation.");
}

TEST(People, CountAgainstTheGlobalLimitOnly) {
  TestServer server({{1, 30s}, {1, 30s}, {4, 10s}});
  const std::string token = server.user(kAna, {"User.ReadBasic.All", "Presence.Read.All"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(server.get("/v1.0/users", token).status, 200);
  EXPECT_EQ(server.get("/v1.0/me/presence", token).status, 200);
  EXPECT_EQ(server.get("/v1.0/me", token).status, 429);
}

TEST(People, AreReadInBatches) {
  TestServer server;
  const Answer answer = server.post(
      "/v1.0/$batch", picker(server),
      R"({"requests":[{"id":"1","method":"GET","url":"/me"},{"id":"2","method":"GET","url":"/users?$top=1"},)"
      R"({"id":"3","method":"GET","url":"/me/photo/$value"},{"id":"4","method":"GET","url":"/groups"}]})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.at("/responses/0/body/displayName"), "Ana");
  EXPECT_EQ(answer.at("/responses/2/body/error/code"), "ImageNotFound");
  EXPECT_EQ(answer.at("/responses/3/status"), "403");
  const std::string link = answer.at("/responses/1/body/@odata.nextLink");
  EXPECT_EQ(all_ids(server, picker(server), target_of(link)).size(), 2u) << link;
}

}  // namespace
}  // namespace porchlight::graph
