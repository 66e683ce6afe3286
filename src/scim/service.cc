#include "scim/service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "scim/discovery.h"
#include "scim/patch.h"
#include "scim/query.h"

namespace porchlight::scim {
namespace {

constexpr std::string_view kRoot = "/scim/v2";
constexpr std::string_view kMediaType = "application/scim+json";

void write_body(int status, const Map& body, http::Response& response) {
  response.status = status;
  response.add("Content-Type", kMediaType);
  response.add("Cache-Control", "no-store");
  response.body.clear();
  append_json(response.body, body);
}

Value urns(std::initializer_list<std::string_view> names) {
  List list;
  for (const std::string_view name : names) list.push_back({std::string(name)});
  return {std::move(list)};
}

Value number(std::size_t value) { return {Number{std::to_string(value)}}; }

Map list_response(List resources, std::size_t total, std::size_t start) {
  return {{"schemas", urns({"urn:ietf:params:scim:api:messages:2.0:ListResponse"})},
          {"totalResults", number(total)},
          {"startIndex", number(start)},
          {"itemsPerPage", number(resources.size())},
          {"Resources", {std::move(resources)}}};
}

Refused method_not_allowed(std::string_view allowed, http::Response& response) {
  response.add("Allow", allowed);
  return Refused({405, "", "This is not possible here."});
}

// The body, which must be a JSON object of one of the two media types (RFC 7644 §3.1).
Result<Map> read_body(const http::Request& request) {
  if (request.body.size() > kBodyBytesMax) return Refused({413, "", "The body is too large."});
  std::string_view type = request.header("Content-Type");
  type = type.substr(0, type.find_first_of("; "));
  if (!type.empty() && !same_text(type, kMediaType) && !same_text(type, "application/json"))
    return Refused({415, "", "The body must be application/scim+json."});
  if (!request.header("Content-Encoding").empty() &&
      !same_text(request.header("Content-Encoding"), "identity"))
    return Refused({415, "", "The body must not be compressed."});
  JsonReader reader;
  const auto root = reader.parse(request.body, kJsonLimits);
  if (!root) return invalid_syntax(fmt::format("The body is not JSON: {}.", root.error().what));
  simdjson::dom::object members;
  if (root->get_object().get(members)) return invalid_syntax("The body must be a JSON object.");
  return std::move(*to_value(*root).map());
}

}  // namespace

// A request, taken apart.
struct Service::Ask {
  const http::Request& request;
  const Guid tenant;
  const Time now;
  const std::string base;        // of the service
  const Shape* shape = nullptr;  // of /Users and /Groups
  std::string_view first = {};   // segments of the path behind the root
  std::string_view second = {};
  Query query = {};

  bool people() const { return shape == &kUserShape; }
  std::string location(std::string_view id) const {
    return fmt::format("{}{}/{}", base, shape->endpoint, id);
  }

  // What an answer has of a resource.
  Map dressed(Map resource) const {
    const std::string id(text_of(resource, "id"));
    query.select.apply(resource);
    if (Value* const meta = scim::find(resource, "meta"); meta && meta->map())
      put(*meta->map(), "location", {location(id)});
    Value schemas = urns({shape->schema.urn});
    if (shape->extension && scim::find(resource, shape->extension->urn))
      schemas.list()->push_back({std::string(shape->extension->urn)});
    resource.insert(resource.begin(), {"schemas", std::move(schemas)});
    return resource;
  }
};

bool owns(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

void write_fault(const Fault& fault, http::Response& response) {
  Map body{{"schemas", urns({"urn:ietf:params:scim:api:messages:2.0:Error"})},
           {"status", {std::to_string(fault.status)}}};
  if (!fault.type.empty()) put(body, "scimType", {std::string(fault.type)});
  put(body, "detail", {fault.detail});
  write_body(fault.status, body, response);
  if (fault.status == 401) response.add("WWW-Authenticate", "Bearer");
  if (fault.status == 503 || fault.status == 429) response.add("Retry-After", "1");
}

Fault bad_token() { return {401, "", "A bearer token of the tenant's for SCIM is needed."}; }

Service::Service(const state::View& view, state::Writer& writer, Store& store, std::mutex& changes,
                 std::string public_base, People::Forget forget)
    : view_(view),
      store_(store),
      changes_(changes),
      public_base_(std::move(public_base)),
      tokens_(store),
      people_(view, writer, store, std::move(forget)),
      groups_(view, writer, store) {}

Result<void> Service::start(Time now) {
  // Where the log does not take it now, it is tried again before the next change.
  (void)people_.settle(now);
  return tokens_.load();
}

std::optional<Guid> Service::caller(const http::Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (request.count("Authorization") != 1) return std::nullopt;
  const std::string_view value = request.header("Authorization");
  if (!same_text(value.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto tenant = tokens_.tenant_of(value.substr(kScheme.size()));
  return tenant && view_.has_tenant(*tenant) ? tenant : std::nullopt;
}

void Service::handle(const http::Request& request, const Guid& tenant, Time now, http::Response& response) {
  const std::string base =
      public_base_.empty()
          ? fmt::format("{}://{}", request.door == http::Door::kTls ? "https" : "http", request.host)
          : public_base_;
  response.authenticated = true;
  if (auto done = route({request, tenant, now, base + std::string(kRoot)}, response); !done)
    write_fault(done.error(), response);
}

Result<void> Service::route(Ask ask, http::Response& response) {
  std::string_view path = ask.request.path.substr(kRoot.size());
  const auto take = [&path] {
    if (path.starts_with('/')) path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
  };
  ask.first = take();
  ask.second = take();
  if (!path.empty()) return not_found();
  for (const Shape* const shape : {&kUserShape, &kGroupShape})
    if (shape->endpoint.substr(1) == ask.first) ask.shape = shape;
  if (!ask.shape) return discover(ask, response);
  auto query = parse_query(ask.request.query);
  if (!query) return std::unexpected(query.error());
  ask.query = *std::move(query);
  if (!ask.second.empty()) {
    const auto id = parse_guid(ask.second);
    return id ? serve_one(ask, *id, response) : not_found();
  }
  if (ask.request.method == http::Method::kGet) return serve_list(ask, response);
  if (ask.request.method == http::Method::kPost) return create(ask, response);
  return method_not_allowed("GET, POST", response);
}

// --- what the server can do

Result<void> Service::discover(const Ask& ask, http::Response& response) const {
  const bool config = ask.first == "ServiceProviderConfig";
  if (!config && ask.first != "ResourceTypes" && ask.first != "Schemas") return not_found();
  if (ask.request.method != http::Method::kGet) return method_not_allowed("GET", response);
  if (config) {
    if (!ask.second.empty()) return not_found();
    write_body(200, service_provider_config(ask.base), response);
    return {};
  }
  List all = ask.first == "Schemas" ? schema_documents(ask.base) : resource_types(ask.base);
  if (ask.second.empty()) {
    const std::size_t total = all.size();
    write_body(200, list_response(std::move(all), total, 1), response);
    return {};
  }
  for (const Value& one : all) {
    if (!same_text(text_of(*one.map(), "id"), ask.second)) continue;
    write_body(200, *one.map(), response);
    return {};
  }
  return not_found();
}

// --- people and groups

Result<std::optional<Map>> Service::find(const Ask& ask, const Guid& id, Members members) const {
  return ask.people() ? people_.find(ask.tenant, id) : groups_.find(ask.tenant, id, members);
}

Result<void> Service::serve_list(const Ask& ask, http::Response& response) const {
  const Filter* const filter = ask.query.filter ? &*ask.query.filter : nullptr;
  const Members members = ask.query.select.shows("members") ? Members::kShown : Members::kLeftOut;
  auto page = ask.people() ? people_.list(ask.tenant, filter, ask.query.window)
                           : groups_.list(ask.tenant, filter, ask.query.window, members);
  if (!page) return std::unexpected(page.error());
  List resources;
  for (Map& resource : page->resources) resources.push_back({ask.dressed(std::move(resource))});
  write_body(200, list_response(std::move(resources), page->total, ask.query.window.start), response);
  return {};
}

Result<void> Service::serve_one(const Ask& ask, const Guid& id, http::Response& response) {
  switch (ask.request.method) {
    case http::Method::kGet: {
      auto found = find(ask, id, ask.query.select.shows("members") ? Members::kShown : Members::kLeftOut);
      if (!found) return std::unexpected(found.error());
      if (!*found) return not_found();
      write_body(200, ask.dressed(**std::move(found)), response);
      return {};
    }
    case http::Method::kPut:
    case http::Method::kPatch:
      return replace(ask, id, response);
    case http::Method::kDelete: {
      if (auto removed = remove(ask, id); !removed) return removed;
      response.status = 204;
      return {};
    }
    default:
      return method_not_allowed("GET, PUT, PATCH, DELETE", response);
  }
}

Result<void> Service::create(const Ask& ask, http::Response& response) {
  const auto body = read_body(ask.request);
  if (!body) return std::unexpected(body.error());
  auto attributes = fit(*ask.shape, *body);
  if (!attributes) return std::unexpected(attributes.error());
  const std::lock_guard lock(changes_);
  if (auto settled = people_.settle(ask.now); !settled) return settled;
  auto made = ask.people() ? people_.create(ask.tenant, *std::move(attributes), ask.now)
                           : groups_.create(ask.tenant, *attributes, ask.now);
  if (!made) return std::unexpected(made.error());
  response.add("Location", ask.location(text_of(*made, "id")));
  write_body(201, ask.dressed(*std::move(made)), response);
  return {};
}

// PUT has the whole of it, PATCH what is to become of what there is.
Result<void> Service::replace(const Ask& ask, const Guid& id, http::Response& response) {
  auto body = read_body(ask.request);
  if (!body) return std::unexpected(body.error());
  const bool patch = ask.request.method == http::Method::kPatch;
  auto operations = patch ? read_patch(*body) : std::vector<Operation>{};
  if (!operations) return std::unexpected(operations.error());
  const std::lock_guard lock(changes_);
  if (auto settled = people_.settle(ask.now); !settled) return settled;
  if (patch) {
    const auto before = find(ask, id, Members::kShown);
    if (!before) return std::unexpected(before.error());
    if (!*before) return not_found();
    body = fit(*ask.shape, **before);
    if (!body) return std::unexpected(body.error());
    for (const Operation& operation : *operations)
      if (auto applied = apply(*ask.shape, *body, operation); !applied) return applied;
  }
  auto attributes = fit(*ask.shape, *body);
  if (!attributes) return std::unexpected(attributes.error());
  auto made = ask.people() ? people_.replace(ask.tenant, id, *std::move(attributes), ask.now)
                           : groups_.replace(ask.tenant, id, *attributes, ask.now);
  if (!made) return std::unexpected(made.error());
  // A group may have thousands of members: who patches it knows what became of it.
  if (patch && !ask.people()) {
    response.status = 204;
    return {};
  }
  write_body(200, ask.dressed(*std::move(made)), response);
  return {};
}

Result<void> Service::remove(const Ask& ask, const Guid& id) {
  const std::lock_guard lock(changes_);
  if (auto settled = people_.settle(ask.now); !settled) return settled;
  return ask.people() ? people_.remove(ask.tenant, id, ask.now) : groups_.remove(ask.tenant, id, ask.now);
}

Result<void> Service::forget_tenant(const Guid& tenant) {
  if (auto revoked = tokens_.revoke(tenant); !revoked) return std::unexpected(revoked.error());
  Puts puts;
  for (const std::string_view kind : {"user", "todo", "off", "upn", "ext", "back", "away", "group"}) {
    const auto looked = store_.each(row_key(kind, tenant), [&](std::string_view key, std::string_view) {
      puts.push_back({std::string(key), std::nullopt});
      return true;
    });
    if (!looked) return looked;
  }
  return store_.write(puts);
}

}  // namespace porchlight::scim
