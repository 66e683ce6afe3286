// Response headers are prepared once per handler and copied: on most responses only the request ids, the body and the
// RateLimit fields differ.
#include "graph/call/call.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>

namespace porchlight::graph {
namespace {

using identity::Permission;

// In the order in which an error message lists them. Delegated and application permissions share a name.
constexpr std::pair<Permission, std::string_view> kPermissionNames[] = {
    {Permission::kDelegatedRead, "Presence.Read"},
    {Permission::kDelegatedReadAll, "Presence.Read.All"},
    {Permission::kDelegatedReadWrite, "Presence.ReadWrite"},
    {Permission::kAppReadAll, "Presence.Read.All"},
    {Permission::kAppReadWriteAll, "Presence.ReadWrite.All"},
    {Permission::kAppAdmin, "Porchlight.Admin"},
    {Permission::kDelegatedHistory, "Porchlight.History.Read.All"},
    {Permission::kAppHistory, "Porchlight.History.Read.All"},
    {Permission::kDelegatedCalendarsRead, "Calendars.Read"},
    {Permission::kDelegatedCalendarsReadWrite, "Calendars.ReadWrite"},
    {Permission::kDelegatedMailboxRead, "MailboxSettings.Read"},
    {Permission::kDelegatedMailboxReadWrite, "MailboxSettings.ReadWrite"},
    {Permission::kAppCalendarsReadAll, "Calendars.Read.All"},
    {Permission::kAppCalendarsReadWriteAll, "Calendars.ReadWrite.All"},
};

// The application id of Microsoft Graph, which challenges name as client_id (spec protocol §8).
constexpr std::string_view kGraphAppId = "00000003-0000-0000-c000-000000000000";

// The field lines that differ from response to response, in one buffer. Response::add() would check each for line ends,
// which their values cannot contain.
class VaryingLines {
 public:
  explicit VaryingLines(const RequestInfo& info) {
    if (info.grant.limit != 0) add_rate_limit(info.grant);
    put("request-id: ");
    put(info.request_id_text());
    put("\r\n");
    if (info.in_batch) return;
    put("client-request-id: ");
    put(info.client_request_id_text());
    put("\r\n");
  }
  std::string_view text() const { return {text_, at_}; }

 private:
  static constexpr std::size_t kDigitsMax = 10;

  // The three RateLimit fields (spec protocol §6).
  void add_rate_limit(const throttle::Grant& grant) {
    put("RateLimit-Limit: ");
    put(grant.limit);
    put("\r\nRateLimit-Remaining: ");
    put(grant.remaining);
    put("\r\nRateLimit-Reset: ");
    put(grant.reset_s);
    put("\r\n");
  }
  // A literal: its length is known to the compiler.
  template <std::size_t size>
  void put(const char (&literal)[size]) {
    std::memcpy(at_, literal, size - 1);
    at_ += size - 1;
  }
  void put(std::string_view text) { at_ += text.copy(at_, text.size()); }
  void put(std::uint32_t number) { at_ = std::to_chars(at_, at_ + kDigitsMax, number).ptr; }

  // Names and line ends, three numbers and the two ids.
  char text_[128 + 3 * kDigitsMax + kGuidChars + kClientRequestIdBytesMax];
  char* at_ = text_;
};

}  // namespace

ResponseWriter::ResponseWriter(std::string node_name, std::string public_base, identity::ServedClouds clouds)
    : public_base_(std::move(public_base)), clouds_(std::move(clouds)) {
  common_headers_ = fmt::format(
      "Cache-Control: no-cache\r\n"
      "Access-Control-Allow-Origin: *\r\n"
      "Access-Control-Expose-Headers: ETag, Location, Preference-Applied, Content-Range, request-id, "
      "client-request-id, ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, "
      "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset\r\n"
      "x-ms-ags-diagnostic: {{\"ServerInfo\":{{\"DataCenter\":\"Local\",\"Slice\":\"E\",\"Ring\":\"1\","
      "\"ScaleUnit\":\"000\",\"RoleInstance\":\"{}\"}}}}\r\n",
      node_name);
  constexpr std::string_view kLevels[] = {"none", "minimal", "full"};
  for (std::size_t level = 0; level < json_headers_.size(); ++level) {
    json_headers_[level] = fmt::format(
        "Content-Type: application/json;odata.metadata={};odata.streaming=true;IEEE754Compatible=false;"
        "charset=utf-8\r\n"
        "OData-Version: 4.0\r\n",
        kLevels[level]);
  }
}

void ResponseWriter::add_common_headers(http::Response& response, const RequestInfo& info) const {
  response.compressible = info.compressible;
  response.caller = info.caller;
  if (info.resource_units != 0) response.add("x-ms-resource-unit", std::to_string(info.resource_units));
  // A step of a batch has the headers that differ from those of the batch.
  response.add_lines(info.in_batch ? "Cache-Control: no-cache\r\n" : std::string_view(common_headers_));
  if (info.tls && !info.in_batch) response.add_lines("Strict-Transport-Security: max-age=31536000\r\n");
  response.add_lines(VaryingLines(info).text());
}

void ResponseWriter::json(http::Response& response, const RequestInfo& info) const {
  response.add_lines(json_headers_[static_cast<std::size_t>(info.metadata)]);
  add_common_headers(response, info);
}

void ResponseWriter::with_content_type(http::Response& response, const RequestInfo& info,
                                       std::string_view media_type) const {
  response.add("Content-Type", media_type);
  response.add_lines("OData-Version: 4.0\r\n");
  add_common_headers(response, info);
}

void ResponseWriter::upgrade(http::Response& response, const RequestInfo& info) const {
  response.status = 101;
  add_common_headers(response, info);
}

void ResponseWriter::not_modified(http::Response& response, const RequestInfo& info,
                                  std::string_view tag) const {
  response.status = 304;
  response.body.clear();
  response.add("ETag", tag);
  add_common_headers(response, info);
}

void ResponseWriter::without_body(http::Response& response, const RequestInfo& info) const {
  add_common_headers(response, info);
}

void ResponseWriter::fail(http::Response& response, const RequestInfo& info, const Error& error,
                          const http::Request* request) const {
  response.status = error.status;
  response.add_lines("Content-Type: application/json\r\n");
  add_common_headers(response, info);
  if (error.retry_after_s != 0) response.add("Retry-After", fmt::format("{}", error.retry_after_s));
  if (!error.allow.empty()) response.add("Allow", error.allow);
  if (!error.websocket_version.empty()) {
    response.add("Upgrade", "websocket");
    response.add("Sec-WebSocket-Version", error.websocket_version);
  }
  if (error.challenge) {
    std::string& challenge = response.body;  // written there first, to allocate nothing
    challenge = R"(Bearer realm="", authorization_uri=")";
    if (request != nullptr) append_authority(challenge, *request);
    challenge += R"(/common/oauth2/authorize", client_id=")";
    challenge += kGraphAppId;
    challenge += error.invalid_token ? R"(", error="invalid_token")" : "\"";
    response.add("WWW-Authenticate", challenge);
  }
  // An operation may have begun a body before it failed.
  response.body.clear();
  append_error_envelope(response.body, error, info.now, info.request_id_text(),
                        info.client_request_id_text());
}

void ResponseWriter::preflight(http::Response& response, const RequestInfo& info, std::string_view allow,
                               std::string_view requested_headers) const {
  // Any origin: requests carry a token, never a cookie.
  response.status = 204;
  add_common_headers(response, info);
  if (!allow.empty()) response.add("Allow", allow);
  response.add("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
  response.add("Access-Control-Allow-Headers",
               requested_headers.empty()
                   ? "Authorization, Content-Type, client-request-id, SdkVersion, Prefer"
                   : requested_headers);
  response.add("Access-Control-Max-Age", "3600");
}

void ResponseWriter::append_base_url(std::string& out, const http::Request& request) const {
  if (!public_base_.empty()) {
    out += public_base_;
    return;
  }
  if (const identity::CloudNames* cloud = clouds_.at(request.host)) {
    out += cloud->graph;
    return;
  }
  out += request.scheme();
  out += "://";
  out += request.host;
}

// The base URL of the authority: this server, or the name that it has in the cloud of the request.
void ResponseWriter::append_authority(std::string& out, const http::Request& request) const {
  const identity::CloudNames* cloud = public_base_.empty() ? clouds_.at(request.host) : nullptr;
  if (cloud) {
    out += cloud->authority;
    return;
  }
  append_base_url(out, request);
}

std::string permission_names(identity::Permissions permissions) {
  std::string text;
  for (const auto& [permission, name] : kPermissionNames) {
    if ((permissions & static_cast<identity::Permissions>(permission)) == 0) continue;
    if (!text.empty()) text += ',';
    text += name;
  }
  return text;
}

}  // namespace porchlight::graph
