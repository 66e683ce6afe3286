// Routes requests, reads bodies, and writes responses and errors.
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

void write_body(int status, const ValueMap& body, http::Response& response) {
  response.status = status;
  response.add("Content-Type", kMediaType);
  response.add("Cache-Control", "no-store");
  response.body.clear();
  append_json(response.body, body);
}

Value urns(std::initializer_list<std::string_view> names) {
  ValueList list;
  for (const std::string_view name : names) list.push_back({std::string(name)});
  return {std::move(list)};
}

Value number(std::size_t value) { return {Number{std::to_string(value)}}; }

ValueMap list_response(ValueList resources, std::size_t total, std::size_t start) {
  return {{"schemas", urns({"urn:ietf:params:scim:api:messages:2.0:ListResponse"})},
          {"totalResults", number(total)},
          {"startIndex", number(start)},
          {"itemsPerPage", number(resources.size())},
          {"Resources", {std::move(resources)}}};
}

ScimUnexpected method_not_allowed(std::string_view allowed, http::Response& response) {
  response.add("Allow", allowed);
  return ScimUnexpected({405, "", "This is not possible here."});
}

// Parses the body, which must be a JSON object with one of the two media types (RFC 7644 §3.1).
ScimResult<ValueMap> read_body(const http::Request& request) {
  if (request.body.size() > kBodyBytesMax) return ScimUnexpected({413, "", "The body is too large."});
  std::string_view type = request.header("Content-Type");
  type = type.substr(0, type.find_first_of("; "));
  if (!type.empty() && !equals_ignore_case(type, kMediaType) && !equals_ignore_case(type, "application/json"))
    return ScimUnexpected({415, "", "The body must be application/scim+json."});
  if (!request.header("Content-Encoding").empty() &&
      !equals_ignore_case(request.header("Content-Encoding"), "identity"))
    return ScimUnexpected({415, "", "The body must not be compressed."});
  JsonReader reader;
  const auto root = reader.parse(request.body, kJsonLimits);
  if (!root) return invalid_syntax(fmt::format("The body is not JSON: {}.", root.error().what));
  simdjson::dom::object members;
  if (root->get_object().get(members)) return invalid_syntax("The body must be a JSON object.");
  return std::move(*to_value(*root).map());
}

}  // namespace

// A parsed request. Refers to the HTTP request.
struct Service::ScimRequest {
  const http::Request& http_request;
  const Guid tenant;
  const Time now;
  const std::string base;                       // the URL of the service, with /scim/v2
  const ResourceType* resource_type = nullptr;  // for /Users and /Groups
  std::string_view first = {};                  // segments of the path after /scim/v2
  std::string_view second = {};
  Query query = {};

  bool is_users() const { return resource_type == &kUserType; }
  std::string location(std::string_view id) const {
    return fmt::format("{}{}/{}", base, resource_type->endpoint, id);
  }

  // The selected attributes of a resource, with schemas and meta.location.
  ValueMap render(ValueMap resource) const {
    const std::string id(text_of(resource, "id"));
    query.select.apply(resource);
    if (Value* const meta = scim::find(resource, "meta"); meta && meta->map())
      put(*meta->map(), "location", {location(id)});
    Value schemas = urns({resource_type->schema.urn});
    if (resource_type->extension && scim::find(resource, resource_type->extension->urn))
      schemas.list()->push_back({std::string(resource_type->extension->urn)});
    resource.insert(resource.begin(), {"schemas", std::move(schemas)});
    return resource;
  }
};

bool owns(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

// 503 and 429 tell the identity provider to repeat the request soon.
void write_error(const ScimError& fault, http::Response& response) {
  ValueMap body{{"schemas", urns({"urn:ietf:params:scim:api:messages:2.0:Error"})},
                {"status", {std::to_string(fault.status)}}};
  if (!fault.type.empty()) put(body, "scimType", {std::string(fault.type)});
  put(body, "detail", {fault.detail});
  write_body(fault.status, body, response);
  if (fault.status == 401) response.add("WWW-Authenticate", "Bearer");
  if (fault.status == 503 || fault.status == 429) response.add("Retry-After", "1");
}

ScimError bad_token() { return {401, "", "A bearer token of the tenant's for SCIM is needed."}; }

ScimError not_in_use() {
  return {
      400, "",
      "SCIM is not in use: no tenant of this server has a token. `porchlight tenant scim-token` makes one."};
}

Service::Service(const state::View& view, state::Writer& writer, storage::KvStore& store,
                 Mutex& directory_mutex, std::string public_base, EndOfUser end)
    : view_(view),
      store_(store),
      directory_mutex_(directory_mutex),
      public_base_(std::move(public_base)),
      tokens_(store),
      users_(view, writer, store, std::move(end)),
      groups_(view, writer, store) {}

ScimResult<void> Service::start(Time now) {
  // If the log refuses the writes now, the next request that writes tries again first.
  (void)users_.apply_pending(now);
  return tokens_.load();
}

// A token outlives its tenant in memory only: the tenant must exist.
std::optional<Guid> Service::caller(const http::Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (request.count("Authorization") != 1) return std::nullopt;
  const std::string_view value = request.header("Authorization");
  if (!equals_ignore_case(value.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto tenant = tokens_.tenant_of(value.substr(kScheme.size()));
  return tenant && view_.has_tenant(*tenant) ? tenant : std::nullopt;
}

void Service::handle(const http::Request& request, const Guid& tenant, Time now, http::Response& response) {
  const std::string base =
      public_base_.empty() ? fmt::format("{}://{}", request.scheme(), request.host) : public_base_;
  response.authenticated = true;
  response.compressible = true;  // no attribute is a secret
  if (auto done = route({request, tenant, now, base + std::string(kRoot)}, response); !done)
    write_error(done.error(), response);
}

// /Users, /Groups and the discovery documents, each with an optional id after it; longer paths do not exist. Only the
// two collections have a query.
ScimResult<void> Service::route(ScimRequest request, http::Response& response) {
  std::string_view path = request.http_request.path.substr(kRoot.size());
  const auto take = [&path] {
    if (path.starts_with('/')) path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
  };
  request.first = take();
  request.second = take();
  if (!path.empty()) return not_found();
  for (const ResourceType* const resource_type : {&kUserType, &kGroupType})
    if (resource_type->endpoint.substr(1) == request.first) request.resource_type = resource_type;
  if (!request.resource_type) return discover(request, response);
  auto query = parse_query(request.http_request.query);
  if (!query) return std::unexpected(query.error());
  request.query = *std::move(query);
  if (!request.second.empty()) {
    const auto id = parse_guid(request.second);
    return id ? serve_one(request, *id, response) : not_found();
  }
  if (request.http_request.method == http::Method::kGet) return serve_list(request, response);
  if (request.http_request.method == http::Method::kPost) return create(request, response);
  return method_not_allowed("GET, POST", response);
}

// --- discovery

ScimResult<void> Service::discover(const ScimRequest& request, http::Response& response) const {
  const bool config = request.first == "ServiceProviderConfig";
  if (!config && request.first != "ResourceTypes" && request.first != "Schemas") return not_found();
  if (request.http_request.method != http::Method::kGet) return method_not_allowed("GET", response);
  if (config) {
    if (!request.second.empty()) return not_found();
    write_body(200, service_provider_config(request.base), response);
    return {};
  }
  ValueList all = request.first == "Schemas" ? schema_documents(request.base) : resource_types(request.base);
  if (request.second.empty()) {
    const std::size_t total = all.size();
    write_body(200, list_response(std::move(all), total, 1), response);
    return {};
  }
  for (const Value& one : all) {
    if (!equals_ignore_case(text_of(*one.map(), "id"), request.second)) continue;
    write_body(200, *one.map(), response);
    return {};
  }
  return not_found();
}

// --- users and groups

ScimResult<std::optional<ValueMap>> Service::find(const ScimRequest& request, const Guid& id,
                                                  MemberDetail members) const {
  return request.is_users() ? users_.find(request.tenant, id) : groups_.find(request.tenant, id, members);
}

ScimResult<void> Service::serve_list(const ScimRequest& request, http::Response& response) const {
  const Filter* const filter = request.query.filter ? &*request.query.filter : nullptr;
  const MemberDetail members =
      request.query.select.includes("members") ? MemberDetail::kShown : MemberDetail::kLeftOut;
  auto page = request.is_users() ? users_.list(request.tenant, filter, request.query.window)
                                 : groups_.list(request.tenant, filter, request.query.window, members);
  if (!page) return std::unexpected(page.error());
  ValueList resources;
  for (ValueMap& resource : page->resources) resources.push_back({request.render(std::move(resource))});
  write_body(200, list_response(std::move(resources), page->total, request.query.window.start), response);
  return {};
}

ScimResult<void> Service::serve_one(const ScimRequest& request, const Guid& id, http::Response& response) {
  switch (request.http_request.method) {
    case http::Method::kGet: {
      auto found =
          find(request, id,
               request.query.select.includes("members") ? MemberDetail::kShown : MemberDetail::kLeftOut);
      if (!found) return std::unexpected(found.error());
      if (!*found) return not_found();
      write_body(200, request.render(**std::move(found)), response);
      return {};
    }
    case http::Method::kPut:
    case http::Method::kPatch:
      return replace(request, id, response);
    case http::Method::kDelete: {
      if (auto removed = remove(request, id); !removed) return removed;
      response.status = 204;
      return {};
    }
    default:
      return method_not_allowed("GET, PUT, PATCH, DELETE", response);
  }
}

// Every write first completes interrupted ones, so that the store and the directory agree when it begins.
ScimResult<void> Service::create(const ScimRequest& request, http::Response& response) {
  const auto body = read_body(request.http_request);
  if (!body) return std::unexpected(body.error());
  auto attributes = fit(*request.resource_type, *body);
  if (!attributes) return std::unexpected(attributes.error());
  const MutexLock lock(directory_mutex_);
  if (auto settled = users_.apply_pending(request.now); !settled) return settled;
  auto made = request.is_users() ? users_.create(request.tenant, *std::move(attributes), request.now)
                                 : groups_.create(request.tenant, *attributes, request.now);
  if (!made) return std::unexpected(made.error());
  response.add("Location", request.location(text_of(*made, "id")));
  write_body(201, request.render(*std::move(made)), response);
  return {};
}

// PUT and PATCH. A PATCH is applied to the current resource, whose result is then written as a PUT would be. The mutex
// covers the read and the write, so concurrent requests do not overwrite each other's changes.
ScimResult<void> Service::replace(const ScimRequest& request, const Guid& id, http::Response& response) {
  auto body = read_body(request.http_request);
  if (!body) return std::unexpected(body.error());
  const bool patch = request.http_request.method == http::Method::kPatch;
  auto operations = patch ? read_patch(*body) : std::vector<Operation>{};
  if (!operations) return std::unexpected(operations.error());
  const MutexLock lock(directory_mutex_);
  if (auto settled = users_.apply_pending(request.now); !settled) return settled;
  if (patch) {
    const auto before = find(request, id, MemberDetail::kShown);
    if (!before) return std::unexpected(before.error());
    if (!*before) return not_found();
    body = fit(*request.resource_type, **before);
    if (!body) return std::unexpected(body.error());
    PatchWork work;
    if (auto applied = apply(*request.resource_type, *body, *operations, work); !applied) return applied;
  }
  auto attributes = fit(*request.resource_type, *body);
  if (!attributes) return std::unexpected(attributes.error());
  auto made = request.is_users() ? users_.replace(request.tenant, id, *std::move(attributes), request.now)
                                 : groups_.replace(request.tenant, id, *attributes, request.now);
  if (!made) return std::unexpected(made.error());
  // No body after a PATCH of a group (RFC 7644 §3.5.2 permits a 204): it may have thousands of members.
  if (patch && !request.is_users()) {
    response.status = 204;
    return {};
  }
  write_body(200, request.render(*std::move(made)), response);
  return {};
}

// DELETE. A deactivated user can be deleted as well.
ScimResult<void> Service::remove(const ScimRequest& request, const Guid& id) {
  const MutexLock lock(directory_mutex_);
  if (auto settled = users_.apply_pending(request.now); !settled) return settled;
  return request.is_users() ? users_.remove(request.tenant, id, request.now)
                            : groups_.remove(request.tenant, id, request.now);
}

// The token goes first: after that no request of the identity provider can write rows again.
ScimResult<void> Service::forget_tenant(const Guid& tenant) {
  if (auto revoked = tokens_.revoke(tenant); !revoked) return std::unexpected(revoked.error());
  storage::KvBatch mutations;
  for (const std::string_view kind : {"user", "todo", "off", "upn", "ext", "back", "away", "group"}) {
    const auto visited = store_.for_each(row_key(kind, tenant), [&](std::string_view key, std::string_view) {
      mutations.push_back({std::string(key), std::nullopt});
      return true;
    });
    if (!visited) return visited;
  }
  return store_.write(mutations);
}

}  // namespace porchlight::scim
