// Tests of the metadata level: odata.metadata in Accept and $format (spec protocol §7, §9).
#include <gtest/gtest.h>

#include "graph/wire/request_headers.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

// The Content-Type of an answer to a request that names a level.
std::string content_type(const std::string& level) {
  return "application/json;odata.metadata=" + level +
         ";odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
}

Answer get_with_accept(TestServer& server, const std::string& target, const std::string& level) {
  return server.send("GET", target, server.reader(), {"Accept: application/json;odata.metadata=" + level});
}

TEST(MetadataLevel, HighestWeightWins) {
  constexpr auto kNone = MetadataLevel::kNone, kMinimal = MetadataLevel::kMinimal,
                 kFull = MetadataLevel::kFull;
  struct Row {
    std::string accept, query;
    std::optional<MetadataLevel> level;
  };
  const Row rows[] = {
      {"", "", kMinimal},
      {"application/json", "", kMinimal},
      {"*/*", "", kMinimal},
      {"application/*", "", kMinimal},
      {"application/json;odata.metadata=none", "", kNone},
      {"Application/JSON ; OData.Metadata = NONE ; odata.streaming=true", "", kNone},
      {"application/json;odata.metadata=full;charset=utf-8", "", kFull},
      {"text/html, application/json;odata.metadata=full;q=0.1", "", kFull},
      {"application/json;odata.metadata=full;q=0.5, application/json;odata.metadata=none", "", kNone},
      {"application/json;odata.metadata=full;q=0.501,application/json;odata.metadata=none;q=0.5", "", kFull},
      {"application/json;odata.metadata=full, application/json;odata.metadata=none", "", kFull},
      {"application/json;odata.metadata=huge, */*;q=0.1", "", kMinimal},
      {"application/json;odata.metadata=huge", "", std::nullopt},
      {"application/json;odata.metadata=", "", std::nullopt},
      {"application/json;q=0", "", std::nullopt},
      {"application/json;q=0.000", "", std::nullopt},
      {"text/html", "", std::nullopt},
      {",", "", std::nullopt},
      {"application/jsonx", "", std::nullopt},
      {"text/html", "$format=json", kMinimal},
      {"application/json;odata.metadata=full", "format=JSON", kMinimal},
      {"", "x=1&%24format=application/json%3Bodata.metadata%3Dfull&y", kFull},
      {"*/*", "$format=application/json;odata.metadata=none", kNone},
      {"", "$format=application/json;odata.metadata=huge", std::nullopt},
      {"", "$format=xml", std::nullopt},
      {"", "$format=", std::nullopt},
      {"", "$format=json%zz&format=json", kMinimal},
  };
  for (const Row& row : rows) {
    RequestHeaders fields;
    fields.accept = row.accept;
    fields.accepted = accepted_level(row.accept);
    const auto level = negotiate_metadata_level(fields, row.query);
    EXPECT_EQ(level ? std::optional(*level) : std::nullopt, row.level) << row.accept << " ? " << row.query;
    if (!level) {
      EXPECT_EQ(level.error().status, 406);
    }
  }
}

TEST(MetadataLevel, NoneOmitsTheContextAndKeepsLinks) {
  TestServer server;
  const Answer one = get_with_accept(server, kAnaPath, "none");
  EXPECT_EQ(one.header("content-type"), content_type("none"));
  EXPECT_TRUE(one.body.starts_with(R"({"id":")")) << one.body;
  EXPECT_EQ(one.body.find("@odata"), std::string::npos);
  const Answer shared = get_with_accept(server, "/v1.0/communications/presences/" + to_string(kAna), "none");
  EXPECT_EQ(shared.at("/id"), shared.at("/value/0/id"));
  EXPECT_EQ(shared.body.find("@odata"), std::string::npos);
  const Answer list = get_with_accept(server, "/v1.0/communications/presences?$top=1&$count=true", "none");
  EXPECT_EQ(list.at("/@odata.context"), "(absent)");
  EXPECT_EQ(list.at("/@odata.count"), "3");
  const std::string next = list.at("/@odata.nextLink");
  EXPECT_EQ(get_with_accept(server, next.substr(next.find("/v1.0")), "none").at("/value/0/id"),
            to_string(kBen));
}

TEST(MetadataLevel, FullNamesTypesAndLinks) {
  TestServer server;
  const Answer one = get_with_accept(server, kAnaPath, "full");
  EXPECT_EQ(one.header("content-type"), content_type("full"));
  EXPECT_TRUE(one.body.starts_with(R"({"@odata.context":)"));
  EXPECT_EQ(one.at("/@odata.type"), "#microsoft.graph.presence");
  const std::string path = "users('" + to_string(kAna) + "')/presence";
  EXPECT_EQ(one.at("/@odata.editLink"), path);
  const std::string id = one.at("/@odata.id");
  EXPECT_TRUE(id.starts_with("http://127.0.0.1:") && id.ends_with("/v1.0/" + path)) << id;
  EXPECT_EQ(server.get(id.substr(id.find("/v1.0")), server.reader()).at("/id"), to_string(kAna))
      << "the id is the address of the presence";
  EXPECT_EQ(one.at("/id"), to_string(kAna));
}

TEST(MetadataLevel, FullNamesTypeAndLinksOfEachElement) {
  TestServer server;
  const std::string ana = "communications/presences('" + to_string(kAna) + "')";
  const Answer shared = get_with_accept(server, "/beta/communications/presences/" + to_string(kAna), "full");
  const Answer list = get_with_accept(server, "/beta/communications/presences?$select=activity", "full");
  const Answer many =
      server.send("POST", "/beta/communications/getPresencesByUserId", server.reader(),
                  {"Accept: application/json;odata.metadata=full", "Content-Type: application/json"},
                  R"({"ids":[")" + to_string(kAna) + R"("]})");
  struct Place {
    const Answer& answer;
    std::string at;
  };
  for (const auto& [answer, at] :
       {Place{shared, ""}, Place{shared, "/value/0"}, Place{list, "/value/0"}, Place{many, "/value/0"}}) {
    EXPECT_EQ(answer.at(at + "/@odata.type"), "#microsoft.graph.presence") << answer.body;
    EXPECT_EQ(answer.at(at + "/@odata.editLink"), ana) << answer.body;
    EXPECT_TRUE(answer.at(at + "/@odata.id").ends_with("/beta/" + ana)) << answer.body;
  }
  EXPECT_EQ(many.header("content-type"), content_type("full"));
  EXPECT_EQ(list.at("/value/0/id"), "(absent)") << "id is not selected";
}

TEST(MetadataLevel, FormatOverridesAccept) {
  TestServer server;
  const Answer answer = server.send("GET", kAnaPath + "?$format=application/json;odata.metadata=none",
                                    server.reader(), {"Accept: application/json;odata.metadata=full"});
  EXPECT_EQ(answer.header("content-type"), content_type("none"));
  EXPECT_EQ(server.get(kAnaPath + "?$format=atom", server.reader()).code(), "NotAcceptable");
  EXPECT_EQ(server.send("GET", kAnaPath + "?$format=json", server.reader(), {"Accept: text/html"}).status,
            200);
}

TEST(MetadataLevel, DoesNotApplyToErrors) {
  TestServer server;
  const Answer answer = get_with_accept(server, "/v1.0/users/nobody/presence", "full");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("content-type"), "application/json");
}

}  // namespace
}  // namespace porchlight::graph
