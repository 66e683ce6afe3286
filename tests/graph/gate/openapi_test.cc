// Tests of the OpenAPI description against the route table: each described operation is routed, and each route of
// Porchlight's own API is described. tests/clients/openapi.test.mjs tests that answers match the description.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "calendar/feed.h"
#include "graph/call/administration.h"
#include "graph/call/handlers.h"
#include "graph/presence/past.h"
#include "graph/wire/query.h"
#include "presence/state.h"
#include "presence/visibility.h"
#include "support/graph/test_server.h"
#include "watch/watch_quota.h"

namespace porchlight::graph {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kPath = "/porchlight/v1/openapi.json";

// The method as OpenAPI writes it, "get".
std::string method_of(const Route& route) {
  switch (route.method) {
    case http::Method::kGet:
      return "get";
    case http::Method::kPost:
      return "post";
    case http::Method::kPut:
      return "put";
    case http::Method::kDelete:
      return "delete";
    case http::Method::kPatch:
      return "patch";
    default:
      return "?";
  }
}

// "get /porchlight/v1/me/outOfOffice"
std::string operation_of(const Route& route) {
  std::string text = method_of(route) + " ";
  for (std::string_view segment : route.pattern) {
    segment.remove_prefix(segment.find(':') + 1);  // of an action or a function
    text += '/';
    text += segment;
  }
  return text;
}

std::map<std::string, const Route*> routed_operations() {
  std::map<std::string, const Route*> all;
  for (const Route& route : routes()) all.emplace(operation_of(route), &route);
  return all;
}

class OpenApi : public testing::Test {
 protected:
  OpenApi() : answer_(server_.get(kPath, "")) {
    const auto root =
        reader_.parse(answer_.body, {.depth = 64, .members = 100'000, .names_ignore_case = false});
    if (!root) throw std::runtime_error(fmt::format("{} at {}", root.error().what, root.error().offset));
    root_ = *root;
    for (const auto [path, item] : object(root_["paths"])) {
      for (const auto [method, operation] : object(item)) {
        if (method == "parameters") continue;
        operations_.emplace(fmt::format("{} {}", method, path), object(operation));
      }
    }
  }

  // The element that a reference "#/…" names, or an error.
  simdjson::simdjson_result<element> resolve(std::string_view ref) const {
    if (!ref.starts_with("#/")) return simdjson::NO_SUCH_FIELD;
    return root_.at_pointer(ref.substr(1));
  }

  TestServer server_;
  JsonReader reader_;
  Answer answer_;
  element root_;
  std::map<std::string, object> operations_;
};

std::string text_at(const object& from, std::string_view name) {
  std::string_view text;
  return from[name].get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// The names of permissions, {"Presence.Read", …}.
std::set<std::string> names_of(identity::Permissions permissions) {
  std::set<std::string> names;
  std::istringstream text(permission_names(permissions));
  for (std::string name; std::getline(text, name, ',');) names.insert(name);
  return names;
}

std::set<std::string> texts_at(const element& from, std::string_view name) {
  std::set<std::string> texts;
  simdjson::dom::array array;
  if (from[name].get(array) != simdjson::SUCCESS) return texts;
  for (const element text : array) texts.emplace(std::string_view(text));
  return texts;
}

TEST_F(OpenApi, NeedsNoToken) {
  EXPECT_EQ(answer_.status, 200);
  EXPECT_TRUE(answer_.header("content-type").starts_with("application/json;"));
  const std::string tag = answer_.header("etag");
  EXPECT_EQ(server_.send("GET", kPath, "", {"If-None-Match: " + tag}).status, 304);
  const Answer head = server_.send("HEAD", kPath, "");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("etag"), tag);
  EXPECT_EQ(server_.send("POST", kPath, "", {"Content-Length: 0"}).status, 405);
  EXPECT_EQ(server_.send("GET", kPath, "", {"Accept: text/yaml"}).status, 406);
}

TEST_F(OpenApi, DescribesEveryPorchlightRoute) {
  for (const auto& [operation, route] : routed_operations()) {
    if (route->pattern[0] != "porchlight") continue;
    EXPECT_TRUE(operations_.contains(operation)) << operation;
  }
  EXPECT_TRUE(operations_.contains("get /{version}/communications/presences/delta"));
}

TEST_F(OpenApi, EveryOperationIsRouted) {
  const auto routed = routed_operations();
  for (const auto& [operation, described] : operations_) EXPECT_TRUE(routed.contains(operation)) << operation;
}

TEST_F(OpenApi, EveryOperationIsDescribed) {
  const auto routed = routed_operations();
  std::set<std::string> ids;
  for (const auto& [operation, described] : operations_) {
    EXPECT_FALSE(text_at(described, "summary").empty()) << operation;
    const std::string id = text_at(described, "operationId");
    EXPECT_FALSE(id.empty()) << operation;
    EXPECT_TRUE(ids.insert(id).second) << id;
    const Route& route = *routed.at(operation);
    const auto has = [&](std::string_view status) {
      return described["responses"][status].error() == simdjson::SUCCESS;
    };
    const int success = route.administration != nullptr ? route.administration->status : 200;
    EXPECT_TRUE(has(std::to_string(success))) << operation;
    for (const std::string_view refusal : {"401", "403", "429"})
      EXPECT_EQ(has(refusal), route.access != nullptr) << operation << refusal;
    simdjson::dom::array security;
    const bool open = described["security"].get(security) == simdjson::SUCCESS && security.size() == 0;
    EXPECT_EQ(open, route.access == nullptr) << operation;
    EXPECT_EQ(described["requestBody"].error() == simdjson::SUCCESS,
              route.method != http::Method::kGet && route.method != http::Method::kDelete)
        << operation;
  }
}

TEST_F(OpenApi, PermissionsAreThoseOfTheTable) {
  using Names = std::set<std::string>;
  const auto routed = routed_operations();
  for (const auto& [operation, described] : operations_) {
    const Route& route = *routed.at(operation);
    element described_permissions;
    if (route.access == nullptr) continue;
    ASSERT_EQ(described["x-permissions"].get(described_permissions), simdjson::SUCCESS) << operation;
    const Access& access = *route.access;
    const bool me = route.target == RouteTarget::kMe;
    EXPECT_EQ(texts_at(described_permissions, "oneself"), names_of(access.self)) << operation;
    EXPECT_EQ(texts_at(described_permissions, "others"),
              me || access.others_unauthorized ? Names{} : names_of(access.others))
        << operation;
    EXPECT_EQ(texts_at(described_permissions, "application"), me ? Names{} : names_of(access.app))
        << operation;
    EXPECT_EQ(texts_at(described_permissions, "also"),
              route.operation == &get_history ? Names{"Porchlight.History.Read.All"} : Names{})
        << operation;
  }
}

// Each $ref names a component, and each component is named by a $ref.
TEST_F(OpenApi, ReferencesResolve) {
  std::set<std::string> used;
  const std::function<void(const element&)> check = [&](const element& value) {
    if (value.is_array()) {
      for (const element item : simdjson::dom::array(value)) check(item);
    } else if (value.is_object()) {
      for (const auto [name, member] : object(value)) {
        if (name == "$ref") {
          EXPECT_EQ(resolve(std::string_view(member)).error(), simdjson::SUCCESS) << member;
          used.emplace(std::string_view(member));
        }
        check(member);
      }
    }
  };
  check(root_);
  for (const auto [kind, components] : object(root_["components"])) {
    if (kind == "securitySchemes") continue;
    for (const auto [name, component] : object(components))
      EXPECT_TRUE(used.contains(fmt::format("#/components/{}/{}", kind, name))) << kind << ' ' << name;
  }
}

// The names of states, and the limits, equal those of the code.
TEST_F(OpenApi, ValuesAreThoseOfTheCode) {
  std::set<std::string> availabilities, activities;
  for (const presence::State state : presence::documented_states()) {
    availabilities.emplace(state.availability());
    activities.emplace(state.activity());
  }
  EXPECT_EQ(texts_at(root_.at_pointer("/components/schemas/Availability"), "enum"), availabilities);
  EXPECT_EQ(texts_at(root_.at_pointer("/components/schemas/Activity"), "enum"), activities);
  const std::pair<std::string, std::size_t> limits[] = {
      {"schemas/Visibility/properties/members/maxItems", presence::kVisibilityIdsMax},
      {"schemas/Visibility/properties/groups/maxItems", presence::kVisibilityIdsMax},
      {"schemas/History/properties/intervals/maxItems", kIntervalsMax},
      {"requestBodies/WaitFor/content/application~1json/schema/properties/users/maxItems",
       watch::kWaitPeopleMax},
      {"requestBodies/Feed/content/text~1calendar/schema/maxLength", calendar::kFeedBytesDefault},
      {"parameters/top/schema/maximum", kTopMax},
  };
  for (const auto& [place, limit] : limits) {
    std::uint64_t described = 0;
    EXPECT_EQ(root_.at_pointer("/components/" + place).get(described), simdjson::SUCCESS) << place;
    EXPECT_EQ(described, limit) << place;
  }
}

// Each {name} in a path is a parameter of the path or of the operation.
TEST_F(OpenApi, PathsHaveTheirParameters) {
  for (const auto& [operation, described] : operations_) {
    const std::string path = operation.substr(operation.find('/'));
    std::set<std::string> expected, declared;
    for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1))
      expected.insert(path.substr(at + 1, path.find('}', at) - at - 1));
    for (const auto& from : {root_["paths"][path]["parameters"], described["parameters"]}) {
      simdjson::dom::array parameters;
      if (from.get(parameters) != simdjson::SUCCESS) continue;
      for (const element item : parameters) {
        const object parameter(resolve(std::string_view(item["$ref"])));
        if (text_at(parameter, "in") == "path") declared.insert(text_at(parameter, "name"));
      }
    }
    EXPECT_EQ(declared, expected) << operation;
  }
}

}  // namespace
}  // namespace porchlight::graph
