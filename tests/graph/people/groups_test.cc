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
  std::string target_of(const std::string& link) { return link.substr(link.find('/', link.find("//") + 2)); }
  TestServer server_;
};

TEST_F(Groups, ListIsPaged) {
  const Answer answer = server_.get("/v1.0/groups?$top=1&$count=true", reader());
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
  const Answer answer = server_.get(kDeskPath + "/members?$top=2&$count=true", reader());
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
  EXPECT_EQ(server_.get(kDeskPath + "/members?$expand=manager", reader()).code(), "ExpandNotSupported");
}

TEST_F(Groups, PermissionMatrix) {
  const std::pair<std::string, bool> rows[] = {{"GroupMember.Read.All", true},
                                               {"Group.Read.All", true},
                                               {"Directory.Read.All", true},
                                               {"User.Read.All", false},
                                               {"Presence.Read.All", false}};
  for (const auto& [permission, allowed] : rows) {
    for (const std::string& token :
         {server_.user(kAna, {permission}), server_.token({.roles = {permission}})}) {
      for (const std::string& path : {std::string("/v1.0/groups"), kDeskPath, kDeskPath + "/members"}) {
        const Answer answer = server_.get(path, token);
        EXPECT_EQ(answer.status, allowed ? 200 : 403) << permission << path;
        if (!allowed) {
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
