// $select on every route that reads presence (spec protocol §9).
#include <gtest/gtest.h>
#include <simdjson.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

// The names of the members of an object in a response, in order.
std::vector<std::string> selected_members(const Answer& answer, const std::string& pointer = "") {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::vector<std::string> names;
  if (parser.parse(answer.body).at_pointer(pointer).get(object) == simdjson::SUCCESS)
    for (const auto& field : object) names.emplace_back(field.key);
  return names;
}

TEST(Select, ReturnsTheNamedPropertiesOnly) {
  TestServer server;
  using Names = std::vector<std::string>;
  const Answer one = server.get(kAnaPath + "?$select=activity,Availability", server.reader());
  ASSERT_EQ(one.status, 200) << one.body;
  EXPECT_EQ(selected_members(one), (Names{"@odata.context", "availability", "activity"})) << "without the id";
  EXPECT_TRUE(one.at("/@odata.context")
                  .ends_with("#users('" + to_string(kAna) + "')/presence(availability,activity)/$entity"));
  const Answer me = server.get("/beta/me/presence?select=id", server.user(kAna, {"Presence.Read"}));
  EXPECT_EQ(selected_members(me), (Names{"@odata.context", "id"}));
  EXPECT_TRUE(me.at("/@odata.context")
                  .ends_with("/beta/$metadata#users('" + to_string(kAna) + "')/presence(id)/$entity"));
  const Answer shared = server.get(
      "/v1.0/communications/presences/" + to_string(kAna) + "?$select=id,workLocation", server.reader());
  EXPECT_EQ(selected_members(shared), (Names{"@odata.context", "id", "workLocation", "value"}));
  EXPECT_EQ(selected_members(shared, "/value/0"), (Names{"id", "workLocation"}));
  EXPECT_TRUE(shared.at("/@odata.context").ends_with("#communications/presences(id,workLocation)/$entity"));
}

TEST(Select, AppliesToBulkReadsAndLists) {
  TestServer server;
  using Names = std::vector<std::string>;
  const std::string unknown = "99999999-0000-4000-8000-000000000009";
  const Answer many =
      server.post("/v1.0/communications/getPresencesByUserId?$select=id,availability", server.reader(),
                  R"({"ids":[")" + to_string(kAna) + R"(",")" + unknown + R"("]})");
  ASSERT_EQ(many.status, 200) << many.body;
  EXPECT_TRUE(many.at("/@odata.context")
                  .ends_with("/v1.0/$metadata#Collection(microsoft.graph.presence)(id,availability)"));
  for (const char* item : {"/value/0", "/value/1"})
    EXPECT_EQ(selected_members(many, item), (Names{"id", "availability"})) << item;
  const Answer list =
      server.get("/v1.0/communications/presences?$select=sequenceNumber&$top=1", server.reader());
  EXPECT_EQ(selected_members(list), (Names{"@odata.context", "@odata.nextLink", "value"}));
  EXPECT_EQ(selected_members(list, "/value/0"), Names{"sequenceNumber"});
  EXPECT_TRUE(list.at("/@odata.context").ends_with("#communications/presences(sequenceNumber)"));
  const std::string next = list.at("/@odata.nextLink");
  const Answer second = server.get(next.substr(next.find("/v1.0")), server.reader());
  EXPECT_EQ(selected_members(second, "/value/0"), Names{"sequenceNumber"}) << "the link keeps the selection";
}

TEST(Select, KeepsThePublicationTimeForOwners) {
  TestServer server;
  const std::string select = kAnaPath + "?$select=statusMessage";
  server.post(kAnaPath + "/setStatusMessage", server.writer(),
              R"({"statusMessage":{"message":{"content":"x"}}})");
  const Answer own = server.get(select, server.user(kAna, {"Presence.Read"}));
  EXPECT_NE(own.at("/statusMessage/publishedDateTime"), "(absent)") << own.body;
  EXPECT_EQ(server.get(select, server.reader()).at("/statusMessage/publishedDateTime"), "(absent)");
}

TEST(Select, RefusesUnknownNames) {
  TestServer server;
  for (const std::string& target : {kAnaPath, std::string("/v1.0/communications/presences"),
                                    "/v1.0/communications/presences/" + to_string(kAna)}) {
    const Answer answer = server.get(target + "?$select=id,colour", server.reader());
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.code(), "BadRequest");
    EXPECT_NE(answer.message().find("'colour'"), std::string::npos) << answer.message();
  }
  EXPECT_EQ(
      server.post("/v1.0/communications/getPresencesByUserId?$select=x", server.reader(), R"({"ids":[]})")
          .status,
      400);
}

}  // namespace
}  // namespace porchlight::graph
