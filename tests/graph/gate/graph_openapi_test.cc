// Tests of the OpenAPI description of the Graph routes: it describes the route table, and the query options that the
// operations accept. tests/clients/graph_openapi.test.mjs compares its schemas with $metadata and with answers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "graph/gate/routes.h"
#include "identity/claims.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;
using NameSet = std::set<std::string, std::less<>>;

constexpr std::string_view kGraphDescription = "/porchlight/v1/graph.openapi.json";

// "GET /{version}/me/presence". Actions and functions have their names, without arguments.
std::string name_of_route(const Route& route) {
  std::string text(http::method_name(route.method));
  text += ' ';
  for (const std::string_view segment : route.pattern)
    text.append("/").append(segment.substr(segment.find(':') + 1));
  return text;
}

// A target that the route matches.
std::string target_of(const Route& route) {
  std::string target;
  for (const std::string_view segment : route.pattern) {
    target += '/';
    if (segment == "{version}")
      target += "v1.0";
    else if (segment == "{id}" || segment == "{item}")
      target += to_string(kAna);
    else if (segment == "{size}")
      target += "48x48";
    else if (segment == "arguments:occurrencesView")
      target += "occurrencesView(startDateTime='2030-01-07T00:00:00Z',endDateTime='2030-01-08T00:00:00Z')";
    else
      target += segment.substr(segment.find(':') + 1);
  }
  return target;
}

class GraphOpenApi : public testing::Test {
 protected:
  GraphOpenApi() : answer_(server_.get(kGraphDescription, "")) {
    root_ =
        reader_.parse(answer_.body, {.depth = 64, .members = 100'000, .names_ignore_case = false}).value();
    for (const auto [path, item] : object(root_["paths"])) {
      for (const auto [method, operation] : object(item)) {
        std::string upper(method);
        std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c & ~0x20); });
        operations_.emplace(fmt::format("{} {}", upper, path.substr(0, path.find('('))), object(operation));
      }
    }
    for (const Route& route : routes())
      if (route.pattern[0] == "{version}") routes_.emplace(name_of_route(route), &route);
  }

  // The query options of an operation, without '$'.
  static NameSet options_of(const object& operation) {
    NameSet names;
    for (const element parameter : simdjson::dom::array(operation["parameters"])) {
      std::string_view reference;
      if (parameter["$ref"].get(reference) == simdjson::SUCCESS)
        names.emplace(reference.substr(reference.rfind('/') + 1));
    }
    names.erase("version");
    names.erase("consistencyLevel");
    return names;
  }

  static NameSet names_at(const object& from, std::string_view kind) {
    NameSet names;
    for (const element name : simdjson::dom::array(from["x-permissions"][kind]))
      names.emplace(std::string_view(name));
    return names;
  }

  TestServer server_;
  JsonReader reader_;
  Answer answer_;
  element root_;
  std::map<std::string, object> operations_;
  std::map<std::string, const Route*> routes_;
};

TEST_F(GraphOpenApi, NeedsNoToken) {
  EXPECT_EQ(answer_.status, 200);
  EXPECT_TRUE(answer_.header("content-type").starts_with("application/json;"));
  const std::string tag = answer_.header("etag");
  EXPECT_EQ(server_.send("GET", kGraphDescription, "", {"If-None-Match: " + tag}).status, 304);
  EXPECT_EQ(server_.send("POST", kGraphDescription, "", {"Content-Length: 0"}).status, 405);
}

TEST_F(GraphOpenApi, DescribesTheRouteTable) {
  NameSet described, routed;
  for (const auto& [operation, unused] : operations_) described.insert(operation);
  for (const auto& [operation, unused] : routes_) routed.insert(operation);
  EXPECT_EQ(described, routed);
}

TEST_F(GraphOpenApi, HasPermissionsUnlessNoneIsNeeded) {
  for (const auto& [operation, described] : operations_) {
    const Requirement required = routes_.at(operation)->operation->requirement();
    EXPECT_EQ(described["x-permissions"].error() == simdjson::SUCCESS,
              required == Requirement::kAccess || required == Requirement::kRule)
        << operation;
    EXPECT_EQ(described["security"].error() == simdjson::SUCCESS, required == Requirement::kNothing)
        << operation;
  }
  const object& mine = operations_.at("GET /{version}/me/presence");
  EXPECT_EQ(names_at(mine, "oneself"), (NameSet{"Presence.Read", "Presence.Read.All", "Presence.ReadWrite"}));
  EXPECT_EQ(names_at(mine, "application"), NameSet{});
  const object& write = operations_.at("POST /{version}/users/{id}/presence/setPresence");
  EXPECT_EQ(names_at(write, "others"), NameSet{});
  EXPECT_EQ(names_at(write, "application"), (NameSet{"Presence.ReadWrite.All"}));
  // User.Read covers the caller alone, so it is not enough for a list.
  const object& users = operations_.at("GET /{version}/users");
  EXPECT_EQ(names_at(users, "oneself"), names_at(users, "others"));
  EXPECT_TRUE(names_at(users, "oneself").contains("User.ReadBasic.All"));
  EXPECT_FALSE(names_at(users, "oneself").contains("User.Read"));
  EXPECT_TRUE(names_at(operations_.at("GET /{version}/me"), "oneself").contains("User.Read"));
}

// Each option of OData is described if and only if the operation accepts it. Without $expand, whose errors name a
// property, and $format, which every operation accepts.
TEST_F(GraphOpenApi, QueryOptionsAreThoseThatAreAccepted) {
  server_.enable_subscriptions();
  const std::vector<std::string_view> all = identity::names_of(~identity::Permissions{0});
  const std::string token = server_.user(kAna, {all.begin(), all.end()});
  std::size_t accepted_count = 0;
  for (const auto& [operation, route] : routes_) {
    if (route->method != http::Method::kGet) continue;
    NameSet accepted;
    for (const std::string_view option : {"select", "filter", "orderby", "top", "skip", "count", "search",
                                          "skiptoken", "compute", "deltatoken", "apply"}) {
      const Answer answer = server_.get(fmt::format("{}?${}=x", target_of(*route), option), token);
      EXPECT_TRUE(answer.status == 400 || answer.status == 404) << operation << option << answer.body;
      if (!answer.body.contains("is not supported by this resource")) accepted.emplace(option);
    }
    EXPECT_EQ(options_of(operations_.at(operation)), accepted) << operation;
    accepted_count += accepted.size();
  }
  EXPECT_GT(accepted_count, 50u);
}

TEST_F(GraphOpenApi, OperationIdsAreUnique) {
  NameSet ids;
  for (const auto& [operation, described] : operations_)
    EXPECT_TRUE(ids.emplace(std::string_view(described["operationId"])).second) << operation;
}

}  // namespace
}  // namespace porchlight::graph
