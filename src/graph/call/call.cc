// Response headers are prepared once per handler and copied: on most responses only the request ids, the body and the
// RateLimit fields differ.
#include "graph/call/call.h"

#include <fmt/format.h>

#include <array>

#include "identity/claims.h"

namespace porchlight::graph {
namespace {

// In the order in which an error message lists them. Delegated and application permissions share a name.
// The application id of Microsoft Graph, which challenges name as client_id (spec protocol §8).
constexpr std::string_view kGraphAppId = "00000003-0000-0000-c000-000000000000";

// The most bytes of the field lines that differ from response to response, without a tag.
constexpr std::size_t kVaryingBytesMax =
    256 + 4 * TextWriter::kDigitsMax + kGuidChars + kClientRequestIdBytesMax;

// The three RateLimit fields (spec protocol §6).
void write_rate_limit(TextWriter& to, const throttle::Grant& grant) {
  to.literal("RateLimit-Limit: ").number(grant.limit);
  to.literal("\r\nRateLimit-Remaining: ").number(grant.remaining);
  to.literal("\r\nRateLimit-Reset: ").number(grant.reset_s).literal("\r\n");
}

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

// Response::add() would check each line for line ends, which none of these can contain.
void ResponseWriter::add_headers(http::Response& response, const RequestInfo& info,
                                 std::string_view media_lines, std::string_view tag) const {
  response.compressible = info.compressible;
  response.caller = info.caller;
  const std::size_t bytes_max = media_lines.size() + common_headers_.size() + kVaryingBytesMax + tag.size();
  response.write_lines(bytes_max, [&](TextWriter& to) {
    to.text(media_lines);
    if (info.resource_units != 0)
      to.literal("x-ms-resource-unit: ").number(static_cast<unsigned>(info.resource_units)).literal("\r\n");
    // A step of a batch has the headers that differ from those of the batch.
    to.text(info.in_batch ? "Cache-Control: no-cache\r\n" : std::string_view(common_headers_));
    if (info.tls && !info.in_batch) to.literal("Strict-Transport-Security: max-age=31536000\r\n");
    if (info.grant.limit != 0) write_rate_limit(to, info.grant);
    to.literal("request-id: ").text(info.request_id_text()).literal("\r\n");
    if (!info.in_batch) to.literal("client-request-id: ").text(info.client_request_id_text()).literal("\r\n");
    if (!tag.empty()) to.literal("ETag: ").text(tag).literal("\r\n");
  });
}

void ResponseWriter::json(http::Response& response, const RequestInfo& info, std::string_view tag) const {
  add_headers(response, info, json_headers_[static_cast<std::size_t>(info.metadata)], tag);
}

void ResponseWriter::with_content_type(http::Response& response, const RequestInfo& info,
                                       std::string_view media_type, std::string_view tag) const {
  response.add("Content-Type", media_type);
  add_headers(response, info, "OData-Version: 4.0\r\n", tag);
}

void ResponseWriter::upgrade(http::Response& response, const RequestInfo& info) const {
  response.status = 101;
  add_headers(response, info);
}

void ResponseWriter::not_modified(http::Response& response, const RequestInfo& info,
                                  std::string_view tag) const {
  response.status = 304;
  response.body.clear();
  response.add("ETag", tag);
  add_headers(response, info);
}

void ResponseWriter::without_body(http::Response& response, const RequestInfo& info) const {
  add_headers(response, info);
}

void ResponseWriter::fail(http::Response& response, const RequestInfo& info, const Error& error,
                          const http::Request* request) const {
  response.status = error.status;
  add_headers(response, info, "Content-Type: application/json\r\n");
  if (error.retry_after_s != 0) {
    response.write_lines(kVaryingBytesMax, [&](TextWriter& to) {
      to.literal("Retry-After: ").number(error.retry_after_s).literal("\r\n");
    });
  }
  if (!error.allow.empty()) response.add("Allow", error.allow);
  if (!error.websocket_version.empty()) {
    response.add("Upgrade", "websocket");
    response.add("Sec-WebSocket-Version", error.websocket_version);
  }
  if (error.challenge) add_challenge(response, error, request);
  // An operation may have begun a body before it failed.
  response.body.clear();
  append_error_envelope(response.body, error, info.now, info.request_id_text(),
                        info.client_request_id_text());
}

void ResponseWriter::preflight(http::Response& response, const RequestInfo& info, std::string_view allow,
                               std::string_view requested_headers) const {
  // Any origin: requests carry a token, never a cookie.
  response.status = 204;
  add_headers(response, info);
  if (!allow.empty()) response.add("Allow", allow);
  response.add("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
  response.add("Access-Control-Allow-Headers",
               requested_headers.empty()
                   ? "Authorization, Content-Type, client-request-id, SdkVersion, Prefer"
                   : requested_headers);
  response.add("Access-Control-Max-Age", "3600");
}

BaseUrl ResponseWriter::base_url(const http::Request& request) const {
  if (!public_base_.empty()) return {public_base_, {}};
  if (const identity::CloudNames* cloud = clouds_.at(request.host)) return {cloud->graph, {}};
  return {request.is_https ? "https://" : "http://", request.host};
}

// WWW-Authenticate, with the base URL of the authority: this server, or its name in the cloud of the request.
void ResponseWriter::add_challenge(http::Response& response, const Error& error,
                                   const http::Request* request) const {
  constexpr std::size_t kPiecesBytesMax = 256;
  BaseUrl authority;
  if (request != nullptr) {
    const identity::CloudNames* const cloud = public_base_.empty() ? clouds_.at(request->host) : nullptr;
    authority = cloud != nullptr ? BaseUrl{cloud->authority, {}} : base_url(*request);
  }
  response.write_lines(authority.size() + kPiecesBytesMax, [&](TextWriter& to) {
    to.literal(R"(WWW-Authenticate: Bearer realm="", authorization_uri=")");
    to.text(authority.origin).text(authority.host);
    to.literal(R"(/common/oauth2/authorize", client_id=")").text(kGraphAppId);
    to.text(error.invalid_token ? R"(", error="invalid_token")" : "\"").literal("\r\n");
  });
}

std::string permission_names(identity::Permissions permissions) {
  return fmt::format("{}", fmt::join(identity::names_of(permissions), ","));
}

}  // namespace porchlight::graph
