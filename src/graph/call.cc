#include "graph/call.h"

#include <fmt/format.h>

#include <array>

namespace porchlight::graph {
namespace {

using identity::Permission;

constexpr std::array<std::pair<Permission, std::string_view>, 6> kPermissionNames = {{
    {Permission::kDelegatedRead, "Presence.Read"},
    {Permission::kDelegatedReadAll, "Presence.Read.All"},
    {Permission::kDelegatedReadWrite, "Presence.ReadWrite"},
    {Permission::kAppReadAll, "Presence.Read.All"},
    {Permission::kAppReadWriteAll, "Presence.ReadWrite.All"},
    {Permission::kAppAdmin, "Porchlight.Admin"},
}};

constexpr std::string_view kGraphAppId = "00000003-0000-0000-c000-000000000000";

}  // namespace

Replies::Replies(std::string node_name, std::string public_base) : public_base_(std::move(public_base)) {
  common_lines_ = fmt::format(
      "Cache-Control: no-cache\r\n"
      "Access-Control-Allow-Origin: *\r\n"
      "Access-Control-Expose-Headers: ETag, Location, Preference-Applied, Content-Range, request-id, "
      "client-request-id, Retry-After, WWW-Authenticate\r\n"
      "x-ms-ags-diagnostic: {{\"ServerInfo\":{{\"DataCenter\":\"Local\",\"Slice\":\"E\",\"Ring\":\"1\","
      "\"ScaleUnit\":\"000\",\"RoleInstance\":\"{}\"}}}}\r\n",
      node_name);
  json_lines_ =
      "Content-Type: application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
      "charset=utf-8\r\n"
      "OData-Version: 4.0\r\n";
}

void Replies::common(http::Response& response, const Ticket& ticket) const {
  response.add_lines(common_lines_);
  if (ticket.tls) response.add_lines("Strict-Transport-Security: max-age=31536000\r\n");
  response.add("request-id", ticket.request_text());
  response.add("client-request-id", ticket.client_text());
}

void Replies::json(http::Response& response, const Ticket& ticket) const {
  response.add_lines(json_lines_);
  common(response, ticket);
}

void Replies::done(http::Response& response, const Ticket& ticket) const { common(response, ticket); }

void Replies::fail(http::Response& response, const Ticket& ticket, const Error& error,
                   const http::Request* request) const {
  response.status = error.status;
  response.add_lines("Content-Type: application/json\r\n");
  common(response, ticket);
  if (error.retry_after_s != 0) response.add("Retry-After", fmt::format("{}", error.retry_after_s));
  if (!error.allow.empty()) response.add("Allow", error.allow);
  if (error.challenge) {
    std::string authority;
    if (request != nullptr) append_base(authority, *request);
    response.add(
        "WWW-Authenticate",
        fmt::format("Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"{}\"{}",
                    authority, kGraphAppId, error.invalid_token ? ", error=\"invalid_token\"" : ""));
  }
  response.body.clear();
  append_envelope(response.body, error, ticket.now, ticket.request_text(), ticket.client_text());
}

void Replies::preflight(http::Response& response, const Ticket& ticket, std::string_view allow,
                        std::string_view requested_headers) const {
  response.status = 204;
  common(response, ticket);
  response.add("Allow", allow);
  response.add("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS");
  response.add("Access-Control-Allow-Headers",
               requested_headers.empty()
                   ? "Authorization, Content-Type, client-request-id, SdkVersion, Prefer"
                   : requested_headers);
  response.add("Access-Control-Max-Age", "3600");
}

void Replies::append_base(std::string& out, const http::Request& request) const {
  if (!public_base_.empty()) {
    out += public_base_;
    return;
  }
  out += request.door == http::Door::kTls ? "https://" : "http://";
  out += request.host;
}

Result<void> authorize(const Call& call, const std::optional<Guid>& user) {
  const Access& access = *call.match.route->access;
  const identity::Caller& caller = *call.caller;
  const bool self = caller.delegated() && user == caller.user;
  const std::uint16_t accepted = !caller.delegated() ? access.app : self ? access.self : access.others;
  if ((caller.permissions & accepted) == 0) {
    const std::uint16_t named =
        accepted != 0 ? accepted : access.app;  // a route that only applications may use
    return std::unexpected(permission_missing(permission_names(named), caller.granted));
  }
  if (caller.delegated() && !self && access.others_unauthorized) return std::unexpected(another_user());
  return {};
}

std::string permission_names(std::uint16_t permissions) {
  std::string text;
  for (const auto& [permission, name] : kPermissionNames) {
    if ((permissions & static_cast<std::uint16_t>(permission)) == 0) continue;
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

}  // namespace porchlight::graph
