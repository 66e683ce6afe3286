// The table of endpoints; dispatch of a request by path, method and tenant.
#include "authority/authority.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/browser.h"
#include "base/text.h"
#include "identity/claims.h"

namespace porchlight::authority {
namespace {

enum class Methods : std::uint8_t { kGet, kPost, kBoth };

// An endpoint below /{tenant}/. `page`: errors are shown as a web page. `at_once`: answers neither wait nor cost.
struct EndpointRow {
  std::string_view path;
  EndpointVersion version;
  Methods methods;
  bool page;
  bool at_once;
  void (*answer)(AuthorityContext&, const EndpointRequest&, http::Response&);
};

constexpr auto kV1 = EndpointVersion::kV1, kV2 = EndpointVersion::kV2;

constexpr EndpointRow kEndpoints[] = {
    {"v2.0/.well-known/openid-configuration", kV2, Methods::kGet, false, true, answer_discovery},
    {"discovery/v2.0/keys", kV2, Methods::kGet, false, true, answer_keys},
    {"discovery/instance", kV2, Methods::kGet, false, true, answer_instance},
    {"oauth2/v2.0/token", kV2, Methods::kPost, false, false, answer_token},
    {"oauth2/v2.0/devicecode", kV2, Methods::kPost, false, false, answer_device_code},
    {"oauth2/v2.0/authorize", kV2, Methods::kBoth, true, false, answer_authorize},
    {"oauth2/v2.0/deviceauth", kV2, Methods::kBoth, true, false, answer_device_page},
    {"oauth2/v2.0/logout", kV2, Methods::kBoth, true, false, answer_logout},
    {".well-known/openid-configuration", kV1, Methods::kGet, false, true, answer_discovery},
    {"discovery/keys", kV1, Methods::kGet, false, true, answer_keys},
    {"oauth2/token", kV1, Methods::kPost, false, false, answer_token},
    // ADAL asks with GET, scripts with POST.
    {"oauth2/devicecode", kV1, Methods::kBoth, false, false, answer_device_code},
    {"oauth2/authorize", kV1, Methods::kBoth, true, false, answer_authorize},
    {"oauth2/deviceauth", kV1, Methods::kBoth, true, false, answer_device_page},
    {"oauth2/logout", kV1, Methods::kBoth, true, false, answer_logout},
};

// First segments of the authority's paths. Other paths below these get the authority's own error (spec clients 11).
constexpr std::string_view kOwnFolders[] = {"oauth2/", "discovery/", "userrealm/"};

// A parsed path: the endpoint and the tenant's name. The endpoint is null if the path has the form of one but is
// unknown.
struct EndpointMatch {
  std::string_view tenant;
  const EndpointRow* endpoint;
};

// Nullopt: the path is not the authority's, and the caller may handle it. Tenant names come first, so every path with
// two segments is compared with the table; paths of Graph do not match any row.
std::optional<EndpointMatch> match_endpoint(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == path.npos) return std::nullopt;
  const std::string_view tenant = path.substr(0, slash), rest = path.substr(slash + 1);
  const auto row = std::ranges::find_if(
      kEndpoints, [rest](const EndpointRow& r) { return equals_ignore_case(r.path, rest); });
  if (row != std::end(kEndpoints)) return EndpointMatch{tenant, &*row};
  const bool is_known_folder = std::ranges::any_of(kOwnFolders, [rest](std::string_view folder) {
    return equals_ignore_case(rest.substr(0, folder.size()), folder);
  });
  if (!is_known_folder) return std::nullopt;
  return EndpointMatch{tenant, nullptr};
}

bool accepts_method(const EndpointRow& row, http::Method method) {
  const bool get = method == http::Method::kGet || method == http::Method::kHead;
  if (row.methods == Methods::kBoth) return get || method == http::Method::kPost;
  return row.methods == Methods::kGet ? get : method == http::Method::kPost;
}

std::string_view allowed(const EndpointRow& row) {
  if (row.methods == Methods::kBoth) return "GET, POST, OPTIONS";
  return row.methods == Methods::kGet ? "GET, OPTIONS" : "POST, OPTIONS";
}

Trace make_trace(const http::Request& request, Time now) {
  const Guid id = secure_random_guid();
  return {id, parse_guid(request.header("client-request-id")).value_or(id), now};
}

// Whether the host of a request, which may have a port, is a name of this server.
bool is_own_host(const AuthoritySettings& settings, std::string_view host) {
  host = host.substr(0, host.starts_with('[') ? host.find(']') : host.find(':'));
  if (host.starts_with('[')) host.remove_prefix(1);
  return std::ranges::any_of(settings.hosts,
                             [host](std::string_view own) { return equals_ignore_case(own, host); });
}

// The URL prefix: configured, or that of the cloud whose host name the client used, or scheme and host of the request.
// Errors: kHost.
OAuthResult<std::string> base_of(const AuthoritySettings& settings, const http::Request& request) {
  if (!is_own_host(settings, request.host)) return refuse(OAuthFault::kHost);
  if (!settings.public_base.empty()) return settings.public_base;
  if (settings.has_cloud_names()) return std::string(settings.clouds.at(request.host)->authority);
  return fmt::format("{}://{}", request.scheme(), request.host);
}

// The tenant of a request, and its name for URLs: common, organizations or the id.
struct NamedTenant {
  std::string name;
  std::optional<Guid> tenant;
};

// The tenant that the path names: by id, by name, or nullopt for /common and /organizations, where the application
// determines it. /consumers is the tenant of personal accounts, if configured.
OAuthResult<NamedTenant> find_tenant(const AuthorityContext& context, std::string_view name) {
  for (const std::string_view any : {kCommon, kOrganizations})
    if (equals_ignore_case(name, any)) return NamedTenant{std::string(any), std::nullopt};
  const bool consumers = equals_ignore_case(name, "consumers");
  const auto id = parse_guid(consumers ? identity::kPersonalTenant : name);
  const auto found = id ? id : context.directory.find_tenant_named(name);
  if (!found || (id && !context.directory.find_tenant(*id)))
    return refuse(consumers ? OAuthFault::kConsumers : OAuthFault::kTenantUnknown);
  return NamedTenant{to_string(*found), found};
}

// CORS: applications in browsers may call the endpoints that are not pages. No credentials, so any origin is allowed.
// The preflight of an unknown endpoint succeeds, so that the browser shows the page the 404 that follows.
void answer_preflight(const EndpointRow* row, const http::Request& request, http::Response& response) {
  response.status = 204;
  response.add("Access-Control-Allow-Origin", "*");
  response.add("Access-Control-Allow-Methods", row ? allowed(*row) : "GET, POST, OPTIONS");
  const std::string_view headers = request.header("Access-Control-Request-Headers");
  if (!headers.empty()) response.add("Access-Control-Allow-Headers", headers);
  response.add("Access-Control-Max-Age", "3600");
}

}  // namespace

Authority::Authority(AuthoritySettings settings, const Directory& directory, AuthorityStores& stores,
                     KeyRing keys, std::string refresh_key, SigningKeys::Renew renew)
    : context_(std::move(settings), directory, stores, std::move(keys), std::move(renew),
               std::move(refresh_key)) {}

bool Authority::owns(std::string_view path) { return match_endpoint(path).has_value(); }

bool Authority::serves(std::string_view host) const { return is_own_host(context_.settings, host); }

bool Authority::answers_at_once(const http::Request& request, Time now) const {
  const EndpointMatch match = match_endpoint(request.path).value();
  const bool cheap = !match.endpoint || match.endpoint->at_once || request.method == http::Method::kOptions;
  return cheap && !context_.keys.is_due(now);
}

// The sign-in pages and the password grant have the password in a field of this name (sign_in.h).
bool Authority::checks_password(const http::Request& request) {
  if (request.method != http::Method::kPost) return false;
  const auto form = Form::parse(request.body);
  return form && form->find("password");
}

std::optional<Guid> Authority::tenant_of(const http::Request& request) const {
  const auto found = find_tenant(context_, match_endpoint(request.path).value().tenant);
  return found ? found->tenant : std::nullopt;
}

// Method and tenant are checked here, once for all endpoints. The keys are renewed before a token may need them.
void Authority::handle(const http::Request& request, Time now, http::Response& response) {
  const EndpointMatch match = match_endpoint(request.path).value();
  const auto base = base_of(context_.settings, request);
  EndpointRequest incoming{.request = request,
                           .now = now,
                           .trace = make_trace(request, now),
                           .version = match.endpoint ? match.endpoint->version : kV2,
                           .base = base.value_or(""),
                           .tenant_name = {},
                           .tenant = {}};
  if (!base) return reply_error(incoming, base.error(), response);
  if (request.method == http::Method::kOptions && !(match.endpoint && match.endpoint->page))
    return answer_preflight(match.endpoint, request, response);
  if (!match.endpoint) return reply_error(incoming, {OAuthFault::kEndpointUnknown}, response);
  const EndpointRow& row = *match.endpoint;
  context_.keys.rotate_if_due(now);
  const auto refuse_request = [&](const OAuthError& error) {
    if (row.page) return Browser(context_, incoming, response).show_error(error);
    reply_error(incoming, error, response);
  };
  if (!accepts_method(row, request.method)) {
    response.add("Allow", allowed(row));
    return refuse_request({OAuthFault::kMethod});
  }
  const auto named = find_tenant(context_, match.tenant);
  if (!named) return refuse_request(named.error());
  incoming.tenant_name = named->name;
  incoming.tenant = named->tenant;
  row.answer(context_, incoming, response);
}

}  // namespace porchlight::authority
