// Tests of groups, their members, and the presence of a group's members.
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

const Guid kDesk = *parse_guid("10000000-0000-4000-8000-000000000001");
const Guid kEmpty = *parse_guid("20000000-0000-4000-8000-000000000002");
const Guid kForeignGroup = *parse_guid("30000000-0000-4000-8000-000000000003");

const std::string kDeskPath = "/v1.0/groups/" + to_string(kDesk);
const std::string kDeskPresences = "/porchlight/v1/groups/" + to_string(kDesk) + "/presences";

class Groups : public ::testing::Test {
 protected:
  Groups() {
    server_.change({{kContoso, kDesk, directory::GroupPut{"Front desk", {kAna, kBen, kCleo}}},
                    {kContoso, kEmpty, directory::GroupPut{"Empty \"yet\"", {}}},
                    {kFabrikam, kForeignGroup, directory::GroupPut{"Foreign", {kZoe}}}});
  }
  std::string reader() { return server_.token({.roles = {"GroupMember.Read.All"}}); }
  // A GET as an advanced query.
  Answer ask(const std::string& target) {
    return server_.send("GET", target, reader(), {"ConsistencyLevel: eventual"});
  }
  std::string target_of(const std::string& link) { return link.substr(link.find('/', link.find("//") + 2)); }
  TestServer server_;
};

TEST_F(Groups, ListIsPaged) {
  const Answer answer = ask("/v1.0/groups?$top=1&$count=true");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.at("/@odata.context").ends_with("/v1.0/$metadata#groups"));
  EXPECT_EQ(answer.at("/@odata.count"), "2");
  EXPECT_EQ(answer.at("/value/0/id"), to_string(kDesk));
  EXPECT_EQ(answer.at("/value/0/displayName"), "Front desk");
  EXPECT_EQ(answer.at("/value/1"), "(absent)");
  const Answer second = server_.get(target_of(answer.at("/@odata.nextLink")), reader());
  EXPECT_EQ(second.at("/value/0/displayName"), "Empty \"yet\"");
  EXPECT_EQ(second.at("/@odata.nextLink"), "(absent)");
  EXPECT_EQ(server_.get("/beta/groups?$select=displayName", reader()).at("/value/0/id"), "(absent)");
  EXPECT_EQ(server_.get("/v1.0/groups", server_.token({.tenant = kFabrikam, .roles = {"Group.Read.All"}}))
                .at("/value/0/displayName"),
            "Foreign");
}

TEST_F(Groups, GroupIsReadById) {
  const Answer answer = server_.get(kDeskPath, reader());
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.at("/@odata.context").ends_with("/v1.0/$metadata#groups/$entity"));
  EXPECT_EQ(answer.at("/displayName"), "Front desk");
  EXPECT_EQ(answer.at("/securityEnabled"), "true");
  EXPECT_EQ(server_.get(kDeskPath + "?$select=id", reader()).at("/displayName"), "(absent)");
}

TEST_F(Groups, UnknownAndForeignGroupsAreNotFound) {
  for (const std::string& path :
       {"/v1.0/groups/" + to_string(kForeignGroup), "/v1.0/groups/" + to_string(kForeignGroup) + "/members",
        "/v1.0/groups/" + to_string(kAna)}) {
    const Answer answer = server_.get(path, reader());
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.code(), "Request_ResourceNotFound");
  }
  const Answer presences =
      server_.get("/porchlight/v1/groups/" + to_string(kForeignGroup) + "/presences", server_.reader());
  EXPECT_EQ(presences.status, 404);
  const Answer malformed = server_.get("/v1.0/groups/desk", reader());
  EXPECT_EQ(malformed.status, 400);
  EXPECT_EQ(malformed.code(), "Request_BadRequest");
  EXPECT_EQ(malformed.message(), "Invalid object identifier 'desk'.");
}

TEST_F(Groups, MembersAreListedAsUsers) {
  const Answer answer = ask(kDeskPath + "/members?$top=2&$count=true");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.at("/@odata.context").ends_with("/v1.0/$metadata#directoryObjects"));
  EXPECT_EQ(answer.at("/@odata.count"), "3");
  EXPECT_EQ(answer.at("/value/0/@odata.type"), "#microsoft.graph.user");
  EXPECT_EQ(answer.at("/value/0/displayName"), "Ana");
  EXPECT_EQ(answer.at("/value/1/mail"), "ben@contoso.example");
  EXPECT_EQ(answer.at("/value/2"), "(absent)");
  const Answer second = server_.get(target_of(answer.at("/@odata.nextLink")), reader());
  EXPECT_EQ(second.at("/value/0/id"), to_string(kCleo));
  EXPECT_EQ(second.at("/value/1"), "(absent)");
  EXPECT_EQ(second.at("/@odata.nextLink"), "(absent)");
  EXPECT_EQ(server_.get("/v1.0/groups/" + to_string(kEmpty) + "/members", reader()).at("/value"), "[]");
  EXPECT_EQ(server_.get(kDeskPath + "/members?$select=id", reader()).at("/value/0/mail"), "(absent)");
  EXPECT_EQ(server_.get(kDeskPath + "/members?$filter=id%20eq%20'a'", reader()).status, 400);
  EXPECT_EQ(server_.get(kDeskPath + "/members?$expand=manager", reader()).code(), "BadRequest");
  EXPECT_EQ(server_.get(kDeskPath + "/members?$orderby=displayName", reader()).code(),
            "Request_UnsupportedQuery");
}

// The type, the id, the rest; with $select, the type and then the order asked.
TEST_F(Groups, MembersHaveGraphsOrder) {
  const Answer page = server_.get(kDeskPath + "/members?$top=1", reader());
  EXPECT_NE(page.body.find(R"("@odata.nextLink":")" + page.at("/@odata.nextLink") +
                           R"(","value":[{"@odata.type":"#microsoft.graph.user","id":")" + to_string(kAna) +
                           R"(","businessPhones":[],"displayName":"Ana",)"),
            std::string::npos)
      << page.body;
  const Answer selected = server_.get(kDeskPath + "/members?$top=1&$select=mail,id", reader());
  EXPECT_TRUE(selected.at("/@odata.context").ends_with("#directoryObjects(mail,id)"));
  EXPECT_TRUE(selected.body.ends_with(
      R"("value":[{"@odata.type":"#microsoft.graph.user","mail":"ana@contoso.example","id":")" +
      to_string(kAna) + R"("}]})"))
      << selected.body;
}

// The names on the pages of a list, one after the other.
TEST_F(Groups, AreFilteredSearchedAndSorted) {
  struct Row {
    std::string query, names;
  };
  server_.change({{kContoso, guid_from_name("x"), directory::GroupPut{"board", {}}}});
  const Row rows[] = {
      {"?$filter=displayName%20eq%20'front%20DESK'", "Front desk "},
      {"?$filter=startswith(displayName,'f')", "Front desk "},
      {"?$filter=startswith(displayName,'f')%20or%20startswith(displayName,'B')&$orderby=displayName&$count="
       "true",
       "board Front desk "},
      {"?$filter=mailEnabled%20eq%20false%20and%20securityEnabled%20eq%20true%20and%20id%20eq%20'" +
           to_string(kDesk) + "'",
       "Front desk "},
      {"?$filter=groupTypes/any(c:c%20eq%20'Unified')", ""},
      {"?$filter=id%20in%20('" + to_string(kEmpty) + "','" + to_string(kForeignGroup) + "')",
       "Empty \"yet\" "},
      {"?$filter=id%20ne%20'" + to_string(kDesk) + "'&$orderby=displayName&$count=true",
       "board Empty \"yet\" "},
      {"?$search=%22displayName:desk%22", "Front desk "},
      {"?$search=%22displayName:de%20fr%22%20OR%20%22displayName:board%22&$orderby=displayName%20desc",
       "Front desk board "},
      {"?$search=%22description:desk%22", ""},
      {"?$orderby=displayName", "board Empty \"yet\" Front desk "},
      {"?$orderby=displayName%20desc", "Front desk Empty \"yet\" board "},
  };
  for (const Row& row : rows) {
    for (const std::string page : {"", "&$top=1", "&$top=2"}) {
      std::string names, target = "/v1.0/groups" + row.query + page;
      while (true) {
        const Answer answer = ask(target);
        ASSERT_EQ(answer.status, 200) << target << answer.body;
        for (std::size_t i = 0; answer.at("/value/" + std::to_string(i)) != "(absent)"; ++i)
          names += answer.at("/value/" + std::to_string(i) + "/displayName") + " ";
        if (answer.at("/@odata.nextLink") == "(absent)") break;
        target = target_of(answer.at("/@odata.nextLink"));
      }
      EXPECT_EQ(names, row.names) << row.query << page;
    }
  }
}

TEST_F(Groups, AreCounted) {
  const std::pair<std::string, std::string> rows[] = {
      {"/v1.0/groups/$count", "2"},
      {"/beta/groups/$count", "2"},
      {"/v1.0/groups/$count?$filter=startswith(displayName,'f')", "1"},
      {"/v1.0/groups/$count?$filter=displayName%20ne%20'x'", "2"},
      {"/v1.0/groups/$count?$search=%22displayName:yet%22", "0"},
      {"/v1.0/groups/$count?$search=%22displayName:empty%22", "1"},
      {kDeskPath + "/members/$count", "3"},
      {kDeskPath + "/members/$count?$filter=startswith(displayName,'b')", "1"},
      {kDeskPath + "/members/$count?$search=%22mail:cleo%22", "1"},
      {"/v1.0/groups/" + to_string(kEmpty) + "/members/$count", "0"},
  };
  for (const auto& [target, count] : rows) {
    const Answer answer = ask(target);
    EXPECT_EQ(answer.status, 200) << target << answer.body;
    EXPECT_EQ(answer.body, count) << target;
    EXPECT_EQ(answer.header("content-type"), "text/plain");
    const Answer without = server_.get(target, reader());
    EXPECT_EQ(without.code(), "Request_BadRequest") << target;
    EXPECT_EQ(without.message(), "$count is not currently supported.") << target;
  }
  EXPECT_EQ(ask("/v1.0/groups/" + to_string(kForeignGroup) + "/members/$count").status, 404);
  EXPECT_EQ(ask("/v1.0/groups/desk/members/$count").message(), "Invalid object identifier 'desk'.");
  EXPECT_EQ(ask("/v1.0/groups/$count?$select=id").status, 400);
}

TEST_F(Groups, MembersAreFilteredAndSearched) {
  const std::pair<std::string, std::string> rows[] = {
      {"?$filter=startswith(displayName,'b')", to_string(kBen)},
      {"?$filter=mail%20eq%20'cleo@contoso.example'", to_string(kCleo)},
      {"?$filter=id%20eq%20'" + to_string(kAna) + "'&$top=1", to_string(kAna)},
      {"?$filter=mail%20eq%20'zoe@fabrikam.example'", "(absent)"},
      {"?$filter=userType%20eq%20'Guest'", "(absent)"},
      {"?$search=%22displayName:cl%22", to_string(kCleo)},
      {"?$search=%22displayName:x%22", "(absent)"},
  };
  for (const auto& [query, id] : rows) {
    const Answer answer = ask(kDeskPath + "/members" + query);
    EXPECT_EQ(answer.status, 200) << query << answer.body;
    EXPECT_EQ(answer.at("/value/0/id"), id) << query;
    EXPECT_EQ(answer.at("/value/1"), "(absent)") << query;
    EXPECT_EQ(answer.at("/@odata.nextLink"), "(absent)") << query;
  }
}

// Every name of spec protocol §4.1, and some that do not suffice.
TEST_F(Groups, PermissionMatrix) {
  struct Row {
    std::string permission;
    int groups, members;
  };
  const Row rows[] = {
      {"Group.ReadBasic.All", 200, 200},
      {"GroupMember.Read.All", 200, 200},
      {"Group.Read.All", 200, 200},
      {"Group.ReadWrite.All", 200, 200},
      {"Directory.Read.All", 200, 200},
      {"Directory.ReadWrite.All", 200, 403},
      {"GroupMember.ReadBasic.All", 403, 200},
      {"GroupMember.ReadWrite.All", 403, 200},
      {"User.Read.All", 403, 403},
      {"User.ReadWrite.All", 403, 403},
      {"ProfilePhoto.Read.All", 403, 403},
      {"Presence.Read.All", 403, 403},
  };
  for (const Row& row : rows) {
    for (const std::string& token :
         {server_.user(kAna, {row.permission}), server_.token({.roles = {row.permission}})}) {
      const std::pair<std::string, int> paths[] = {{"/v1.0/groups", row.groups},
                                                   {"/v1.0/groups/$count", row.groups},
                                                   {kDeskPath, row.groups},
                                                   {kDeskPath + "/members", row.members},
                                                   {kDeskPath + "/members/$count", row.members}};
      for (const auto& [path, status] : paths) {
        const Answer answer = server_.send("GET", path, token, {"ConsistencyLevel: eventual"});
        EXPECT_EQ(answer.status, status) << row.permission << path;
        if (status == 403) {
          EXPECT_EQ(answer.code(), "Authorization_RequestDenied");
        }
      }
    }
  }
}

TEST_F(Groups, PresencesAreThoseOfTheMembers) {
  EXPECT_EQ(server_
                .post("/v1.0/users/" + to_string(kBen) + "/presence/setPresence", server_.writer(),
                      R"({"sessionId":"s","availability":"Busy","activity":"InACall"})")
                .status,
            200);
  const Answer answer = server_.get(kDeskPresences + "?$top=2", server_.reader());
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.at("/@odata.context").ends_with("/v1.0/$metadata#Collection(microsoft.graph.presence)"));
  EXPECT_EQ(answer.at("/value/0/availability"), "Offline");
  EXPECT_EQ(answer.at("/value/1/id"), to_string(kBen));
  EXPECT_EQ(answer.at("/value/1/activity"), "InACall");
  EXPECT_EQ(answer.at("/value/2"), "(absent)");
  const Answer second = server_.get(target_of(answer.at("/@odata.nextLink")), server_.reader());
  EXPECT_EQ(second.at("/value/0/id"), to_string(kCleo));
  EXPECT_EQ(second.at("/@odata.nextLink"), "(absent)");
  const Answer bulk = server_.post("/v1.0/communications/getPresencesByUserId", server_.reader(),
                                   R"({"ids":[")" + to_string(kAna) + R"(",")" + to_string(kBen) + "\"]}");
  EXPECT_EQ(bulk.at("/value/0"), answer.at("/value/0"));
  EXPECT_EQ(bulk.at("/value/1"), answer.at("/value/1")) << "the same JSON as in getPresencesByUserId";
  EXPECT_EQ(server_.get(kDeskPresences + "?$select=availability", server_.reader()).at("/value/0/id"),
            "(absent)");
}

TEST_F(Groups, PresencesAreFilteredByState) {
  for (const Guid& id : {kAna, kCleo}) {
    ASSERT_EQ(server_
                  .post("/v1.0/users/" + to_string(id) + "/presence/setPresence", server_.writer(),
                        R"({"sessionId":"s","availability":"Busy","activity":"InACall"})")
                  .status,
              200);
  }
  const Answer first =
      server_.get(kDeskPresences + "?$top=1&$select=id&$filter=availability%20eq%20'Busy'", server_.reader());
  EXPECT_EQ(first.at("/value/0/id"), to_string(kAna));
  const Answer second = server_.get(target_of(first.at("/@odata.nextLink")), server_.reader());
  EXPECT_EQ(second.at("/value"), R"([{"id":")" + to_string(kCleo) + "\"}]");
  EXPECT_EQ(second.at("/@odata.nextLink"), "(absent)");
}

TEST_F(Groups, PresencesNeedThePermissionForSeveralUsers) {
  EXPECT_EQ(server_.get(kDeskPresences, server_.user(kAna, {"Presence.Read.All"})).status, 200);
  EXPECT_EQ(server_.get(kDeskPresences, server_.writer()).status, 200);
  const Answer denied = server_.get(kDeskPresences, server_.user(kAna, {"Presence.Read", "Group.Read.All"}));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "Forbidden");
  for (const std::string rest : {"?$filter=id%20in%20('a')", "?$top=0", "?$skiptoken=x", "?$count=true"})
    EXPECT_EQ(server_.get(kDeskPresences + rest, server_.reader()).status, 400) << rest;
}

}  // namespace
}  // namespace porchlight::graph
