// One Graph request: the route, the caller, and how the response is written.
#pragma once

#include <array>
#include <boost/static_string/static_string.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "graph/call/deferred_response.h"
#include "graph/call/route.h"
#include "graph/wire/error.h"
#include "graph/wire/presence_json.h"
#include "graph/wire/request_headers.h"
#include "http/handler.h"
#include "identity/caller.h"

namespace porchlight::graph {

// What a response repeats of its request. A value: a deferred response copies it, because it outlives the request.
struct RequestInfo {
  char request_id[kGuidChars];
  boost::static_string<kClientRequestIdBytesMax> client_request_id;  // empty: the same as request_id
  Time now{};              // wall time of the request; one value for all that it does
  http::CallerIds caller;  // nil before the token is verified
  bool tls = false;
  MetadataLevel metadata = MetadataLevel::kMinimal;
  throttle::Grant grant = {.ok = true, .retry_after_s = 0};  // of the budget that paid for the request
  bool in_batch = false;                                     // a step of a $batch: its headers become JSON
  int resource_units = 0;                                    // x-ms-resource-unit; 0: no such header
  bool compressible = true;                                  // see RouteOperation::holds_secret()
  std::string_view request_id_text() const { return {request_id, kGuidChars}; }
  std::string_view client_request_id_text() const {
    return client_request_id.empty() ? request_id_text()
                                     : std::string_view(client_request_id.data(), client_request_id.size());
  }
};

// The beginning of a URL, in two parts: a scheme and the host of a request, or the whole and nothing.
struct BaseUrl {
  std::string_view origin, host;
  std::size_t size() const { return origin.size() + host.size(); }
  void append_to(std::string& out) const { out.append(origin).append(host); }
};

// Writes the headers of spec protocol §7 and the error envelope of §8. Immutable: any thread. One per handler.
class ResponseWriter {
 public:
  // `node_name` is shown as RoleInstance; `public_base`: see Services.
  ResponseWriter(std::string node_name, std::string public_base, identity::ServedClouds clouds);

  // The headers of a 200 with JSON, with an ETag if there is a tag; the caller writes the body.
  void json(http::Response& response, const RequestInfo& info, std::string_view tag = {}) const;
  // The same for another media type.
  void with_content_type(http::Response& response, const RequestInfo& info, std::string_view media_type,
                         std::string_view tag = {}) const;
  // A 101: the connection switches to another protocol.
  void upgrade(http::Response& response, const RequestInfo& info) const;
  // A 304 for a client that already has the representation with this tag (RFC 9110 §15.4.5).
  void not_modified(http::Response& response, const RequestInfo& info, std::string_view tag) const;
  // A 200 without a body and content type, for actions (spec protocol §7).
  void without_body(http::Response& response, const RequestInfo& info) const;
  // The error envelope, with Retry-After, Allow or a challenge as the error needs. The challenge of a 401 names the
  // host of `request`, which is null if the request is gone or was never complete.
  void fail(http::Response& response, const RequestInfo& info, const Error& error,
            const http::Request* request) const;
  // A 204 for OPTIONS, whether or not it is a preflight (spec clients, 10). `allow`: the methods of the path; empty if
  // the path is unknown.
  void preflight(http::Response& response, const RequestInfo& info, std::string_view allow,
                 std::string_view requested_headers) const;

  // The "https://host" with which links and contexts begin: the public base, else the name of the cloud that the
  // request is for, else the host that the client used. Contains no character that JSON escapes: the parser checks
  // hosts, the configuration checks the public base. Views the request and this object.
  BaseUrl base_url(const http::Request& request) const;

 private:
  void add_headers(http::Response& response, const RequestInfo& info, std::string_view media_lines = {},
                   std::string_view tag = {}) const;
  void add_challenge(http::Response& response, const Error& error, const http::Request* request) const;
  std::string public_base_;
  identity::ServedClouds clouds_;
  std::string common_headers_;
  std::array<std::string, 3> json_headers_;  // by MetadataLevel
};

// What an operation gets of one request. Refers to the request's buffers: valid until the operation returns; an
// operation that answers later keeps a SuspendedCall.
struct Call {
  const http::Request& request;
  const RequestHeaders& headers;
  const RouteMatch& match;
  const identity::Caller* caller;  // null if the route needs no token
  const RequestInfo& info;
  http::Response& response;
  DeferredResponse deferred;  // answers after the operation has returned kLater
};

// The names of the permissions, comma-separated, as the message of a 403 lists them.
std::string permission_names(identity::Permissions permissions);

}  // namespace porchlight::graph
