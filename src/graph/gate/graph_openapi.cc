// The types of a request and of its response follow from the path: each segment leads from one type of the model to the
// next, as OData resolves a URL (OData URL Conventions 4.0 §4). What neither the table nor the model says is in
// graph_openapi.json.
#include "graph/gate/graph_openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/check.h"
#include "base/split.h"
#include "base/text.h"
#include "graph/call/handlers.h"
#include "graph/gate/csdl_schemas.h"
#include "graph/gate/route_tree.h"
#include "graph/wire/presence_json.h"
#include "identity/claims.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kGraphParts =
#include "texts/graph_openapi.json"
    ;

// The query options of a read, by the names of the parameters in graph_openapi.json.
struct ReadOptions {
  const RouteOperation* operation;
  std::string_view names;
};
constexpr std::string_view kDirectoryList =
    "select filter search orderby top count skiptoken consistencyLevel";
constexpr std::string_view kDirectoryCount = "filter search consistencyLevel";
constexpr std::string_view kPlanList = "select top skiptoken";
constexpr ReadOptions kReadOptions[] = {
    {&get_presence, "select"},
    {&list_presences, "select filter orderby top count skiptoken"},
    {&count_presences, "filter"},
    {&presences_delta, "select top skiptoken deltatoken"},
    {&get_presences_by_user_id, "select"},
    {&list_users, kDirectoryList},
    {&count_users, kDirectoryCount},
    {&get_user, "select"},
    {&list_groups, kDirectoryList},
    {&count_groups, kDirectoryCount},
    {&get_group, "select"},
    {&list_members, kDirectoryList},
    {&count_members, kDirectoryCount},
    {&get_work_setting, "select"},
    {&list_recurrences, kPlanList},
    {&get_recurrence, "select"},
    {&list_occurrences, kPlanList},
    {&get_occurrence, "select"},
    {&occurrences_view, kPlanList},
    {&list_subscriptions, "skiptoken"},
};

// A route of a path that leads to no type of the model. Bodies and results are schemas.
struct UntypedRoute {
  const RouteOperation* operation;
  std::string_view summary;
  std::string_view body = {};    // empty: it takes none
  std::string_view result = {};  // empty: no success
  std::string_view media_type = "application/json";
};
constexpr UntypedRoute kUntypedRoutes[] = {
    {.operation = &get_service_document,
     .summary = "The service document",
     .result = R"({"$ref":"#/components/schemas/ServiceDocument"})"},
    {.operation = &get_metadata,
     .summary = "The types, as CSDL",
     .result = R"({"type":"string"})",
     .media_type = "application/xml"},
    {.operation = &execute_batch,
     .summary = "Several requests in one",
     .body = R"({"$ref":"#/components/schemas/BatchRequests"})",
     .result = R"({"$ref":"#/components/schemas/BatchResponses"})"},
    {.operation = &get_photo, .summary = "A photo. No user has one, so the answer is 404"},
};

// Where a path leads. A path to nothing of the model (a photo) has no type.
struct PathType {
  std::string_view type;  // of the elements, if it is a collection
  bool is_collection = false;
  const CsdlOperation* operation = nullptr;  // in which the path ends
  bool is_count = false;
};

PathType path_type_of_reference(std::string_view reference) {
  const std::string_view element = element_type(reference);
  return {.type = element, .is_collection = element != reference};
}

template <typename Named>
const Named* find_named(std::span<const Named> all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Named::name);
  return found == all.end() ? nullptr : &*found;
}

// A sentence's word for a type: "presence" for microsoft.graph.presence.
std::string_view short_name(std::string_view type) { return type.substr(type.rfind('.') + 1); }

// The paths object: what each route takes and answers.
class PathPrinter {
 public:
  PathPrinter(const CsdlModel& model, const CsdlSchemas& schemas) : model_(model), schemas_(schemas) {}

  // Routes of one path are one item, in the order of the table.
  void write_all(JsonObject& out, std::span<const Route> routes) const {
    std::vector<std::pair<std::string, std::vector<const Route*>>> items;
    for (const Route& route : routes) {
      if (route.pattern[0] != "{version}") continue;
      std::string path = path_of(route);
      const auto known = std::ranges::find(items, path, [](const auto& item) { return item.first; });
      if (known != items.end())
        known->second.push_back(&route);
      else
        items.emplace_back(std::move(path), std::vector{&route});
    }
    for (const auto& entry : items) {
      out.object(entry.first, [&](JsonObject& item) {
        for (const Route* route : entry.second)
          item.object(lower(http::method_name(route->method)),
                      [&](JsonObject& operation) { write_operation(operation, *route); });
      });
    }
  }

 private:
  static std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), to_lower);
    return result;
  }

  const CsdlOperation& operation_of(const PatternSegment& segment) const {
    const CsdlOperation* const found = find_named(model_.operations, segment.name);
    CHECK(found != nullptr);
    return *found;
  }

  static bool is_call(const PatternSegment& segment) {
    using enum PatternSegment::Kind;
    return segment.kind == kAction || segment.kind == kFunction || segment.kind == kArguments;
  }

  // "/{version}/me/presence/setPresence". Arguments of functions are texts, in quotes.
  std::string path_of(const Route& route) const {
    std::string path;
    for (const std::string_view part : route.pattern) {
      const auto segment = PatternSegment::of(part);
      path.append("/").append(is_call(segment) ? segment.name : part);
      if (segment.kind != PatternSegment::Kind::kArguments) continue;
      std::string_view before = "(";
      for (const CsdlProperty& parameter : operation_of(segment).parameters) {
        path += fmt::format("{0}{1}='{{{1}}}'", before, parameter.name);
        before = ",";
      }
      path += ')';
    }
    return path;
  }

  PathType step(const PathType& from, const PatternSegment& segment, bool is_first) const {
    if (is_call(segment)) {
      const CsdlOperation& operation = operation_of(segment);
      PathType result = path_type_of_reference(operation.returns);
      result.operation = &operation;
      return result;
    }
    if (segment.kind != PatternSegment::Kind::kLiteral) return {.type = from.type};
    if (segment.name == "$count") return {.type = from.type, .is_count = true};
    if (is_first) {
      const CsdlResource* const resource = find_named(model_.resources, segment.name);
      if (resource == nullptr) return {};
      return {.type = resource->type, .is_collection = resource->kind == CsdlResource::Kind::kSet};
    }
    const CsdlType* const type = find_type(model_, from.type);
    const CsdlProperty* const property =
        type == nullptr ? nullptr : find_named(type->properties, segment.name);
    return property == nullptr ? PathType{} : path_type_of_reference(property->type);
  }

  PathType path_type_of_route(const Route& route) const {
    PathType path_type;
    for (std::size_t i = 1; i < route.pattern.size(); ++i)
      path_type = step(path_type, PatternSegment::of(route.pattern[i]), i == 1);
    return path_type;
  }

  void write_operation(JsonObject& out, const Route& route) const {
    const PathType path_type = path_type_of_route(route);
    const UntypedRoute* const untyped =
        path_type.type.empty() && path_type.operation == nullptr ? &untyped_route(*route.operation) : nullptr;
    out.text("operationId", id_of(route));
    out.text("summary", untyped != nullptr ? untyped->summary : summary_of(route, path_type));
    out.texts("tags", std::array{route.pattern.size() > 1 ? route.pattern[1] : "service"});
    const Requirement required = route.operation->requirement();
    if (required == Requirement::kNothing) out.json("security", "[]");
    if (required == Requirement::kAccess || required == Requirement::kRule) write_permissions(out, route);
    write_parameters(out, route, path_type);
    if (untyped != nullptr)
      write_untyped(out, *untyped);
    else
      write_typed(out, route, path_type);
  }

  static const UntypedRoute& untyped_route(const RouteOperation& operation) {
    const auto found = std::ranges::find(kUntypedRoutes, &operation, &UntypedRoute::operation);
    CHECK(found != std::end(kUntypedRoutes));
    return *found;
  }

  // "getUsersByIdPresence"
  static std::string id_of(const Route& route) {
    std::string id = lower(http::method_name(route.method));
    if (route.pattern.size() == 1) return id + "ServiceDocument";
    for (std::size_t i = 1; i < route.pattern.size(); ++i) {
      std::string_view word = route.pattern[i];
      if (word.starts_with('{')) id += "By";
      word = word.substr(word.find(':') + 1);
      const std::size_t first = std::min(word.find_first_not_of("{$"), word.size());
      word = word.substr(first, word.find('}') - first);
      id += static_cast<char>(std::toupper(word.front()));
      id += word.substr(1);
    }
    return id;
  }

  static std::string summary_of(const Route& route, const PathType& path_type) {
    if (path_type.operation != nullptr) return std::string(path_type.operation->name);
    const std::string_view verb = path_type.is_count                      ? "Count"
                                  : route.method == http::Method::kPost   ? "Create"
                                  : route.method == http::Method::kDelete ? "Delete"
                                  : route.method != http::Method::kGet    ? "Update"
                                  : path_type.is_collection               ? "List"
                                                                          : "Get";
    const bool names_many = path_type.is_count || verb == "List";
    return fmt::format("{} {}", verb, names_many ? collection_name(route) : short_name(path_type.type));
  }

  // "members": the last segment of a list, or of the list that is counted.
  static std::string_view collection_name(const Route& route) {
    const std::string_view last = route.pattern[route.pattern.size() - 1];
    return last == "$count" ? route.pattern[route.pattern.size() - 2] : last;
  }

  // The lists are empty for the kinds of caller that the route refuses.
  static void write_permissions(JsonObject& out, const Route& route) {
    const Access& access = *route.access;
    const bool is_me = route.target == RouteTarget::kMe;
    // Without a user as its target, a caller's own permissions never apply, unless a rule of the operation says so.
    const bool has_self =
        route.target != RouteTarget::kNone || route.operation->requirement() == Requirement::kRule;
    out.object("x-permissions", [&](JsonObject& permissions) {
      permissions.texts("oneself", identity::names_of(has_self ? access.self : access.others));
      permissions.texts("others",
                        identity::names_of(is_me || access.others_unauthorized ? 0 : access.others));
      permissions.texts("application", identity::names_of(is_me ? 0 : access.app));
    });
  }

  void write_parameters(JsonObject& out, const Route& route, const PathType& path_type) const {
    JsonArray list(out.member("parameters"));
    list.json(component_reference("parameters", "version"));
    for (const std::string_view part : route.pattern) {
      using enum PatternSegment::Kind;
      const PatternSegment::Kind kind = PatternSegment::of(part).kind;
      if (kind == kId)
        write_path_parameter(
            list, "id",
            route.target == RouteTarget::kUser ? "A user, by id or userPrincipalName." : "The GUID.");
      if (kind == kItem) write_path_parameter(list, "item", "The id.");
      if (kind == kSize) write_path_parameter(list, "size", "In pixels, such as 48x48.");
    }
    if (path_type.operation != nullptr && path_type.operation->is_function)
      for (const CsdlProperty& parameter : path_type.operation->parameters)
        write_path_parameter(list, parameter.name, "A time, such as 2030-01-31T08:00:00Z.");
    const auto options = std::ranges::find(kReadOptions, route.operation, &ReadOptions::operation);
    if (options == std::end(kReadOptions)) return;
    for (const std::string_view name : split(options->names, ' '))
      list.json(component_reference("parameters", name));
  }

  static void write_path_parameter(JsonArray& list, std::string_view name, std::string_view description) {
    list.object([&](JsonObject& parameter) {
      parameter.text("name", name).text("in", "path").boolean("required", true);
      parameter.text("description", description).json("schema", R"({"type":"string"})");
    });
  }

  static void write_content(JsonObject& out, std::string_view media_type, std::string_view schema) {
    out.object("content", [&](JsonObject& content) {
      content.object(media_type, [&](JsonObject& media) { media.json("schema", schema); });
    });
  }

  static void write_body(JsonObject& out, std::string_view schema) {
    out.object("requestBody", [&](JsonObject& body) {
      body.boolean("required", true);
      write_content(body, "application/json", schema);
    });
  }

  // Without a status: there is no success. Without a schema: the response has no body.
  static void write_responses(JsonObject& out, int status, std::string_view media_type,
                              std::string_view schema) {
    out.object("responses", [&](JsonObject& responses) {
      if (status != 0)
        responses.object(std::to_string(status), [&](JsonObject& response) {
          response.text("description", schema.empty() ? "Done." : "The result.");
          if (!schema.empty()) write_content(response, media_type, schema);
        });
      responses.json("default", component_reference("responses", "Error"));
    });
  }

  static void write_untyped(JsonObject& out, const UntypedRoute& route) {
    if (!route.body.empty()) write_body(out, route.body);
    write_responses(out, route.result.empty() ? 0 : 200, route.media_type, route.result);
  }

  void write_typed(JsonObject& out, const Route& route, const PathType& path_type) const {
    const bool is_get = route.method == http::Method::kGet;
    const std::string of_type = component_reference("schemas", path_type.type);
    if (path_type.operation != nullptr) {
      if (!is_get && !path_type.operation->parameters.empty())
        write_body(out, json_object([&](JsonObject& schema) {
                     schemas_.write_parameters(schema, *path_type.operation);
                   }));
      // The actions on presences return an empty 200 (spec presence §5.6), others a 204.
      if (path_type.operation->returns.empty())
        return write_responses(out, path_type.operation->bound_to == kPresenceType ? 200 : 204, {}, {});
    } else if (!is_get && route.method != http::Method::kDelete) {
      write_body(out, of_type);
    }
    if (route.method == http::Method::kDelete) return write_responses(out, 204, {}, {});
    if (path_type.is_count) return write_responses(out, 200, "text/plain", R"({"type":"integer"})");
    const bool creates = path_type.operation == nullptr && route.method == http::Method::kPost;
    const bool is_page = path_type.is_collection && !creates;
    write_responses(
        out, creates ? 201 : 200, "application/json",
        is_page ? json_object([&](JsonObject& schema) { CsdlSchemas::write_page(schema, path_type.type); })
                : of_type);
  }

  const CsdlModel& model_;
  const CsdlSchemas& schemas_;
};

}  // namespace

std::string print_graph_openapi(std::span<const Route> routes, const CsdlModel& model) {
  JsonReader reader;
  const auto parts = reader.parse(kGraphParts);
  CHECK(parts.has_value());
  const auto part = [&](std::string_view name) {
    return std::string(simdjson::minify((*parts)[name].value()));
  };
  const CsdlSchemas schemas(model);
  return json_object([&](JsonObject& out) {
    out.text("openapi", "3.1.0").json("info", part("info"));
    out.json("servers", R"([{"url":"/"}])").json("security", R"([{"bearer":[]}])");
    out.object("paths", [&](JsonObject& paths) { PathPrinter(model, schemas).write_all(paths, routes); });
    out.object("components", [&](JsonObject& components) {
      for (const std::string_view kind : {"securitySchemes", "parameters", "responses"})
        components.json(kind, part(kind));
      components.object("schemas", [&](JsonObject& all) {
        for (const auto& [name, schema] : simdjson::dom::object((*parts)["schemas"]))
          all.json(name, std::string(simdjson::minify(schema)));
        schemas.write_all(all);
      });
    });
  });
}

}  // namespace porchlight::graph
