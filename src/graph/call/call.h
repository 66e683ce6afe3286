// One request on its way through the dialect: who calls, for whom, and how it is answered.
#pragma once

#include <array>
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

// What an answer says of the request it belongs to. A value: it outlives the request when the answer comes
// later.
struct RequestInfo {
  char request_id[kGuidChars];
  std::string client_request_id;  // empty: the same as request_id
  Time now{};
  bool tls = false;
  MetadataLevel metadata = MetadataLevel::kMinimal;
  throttle::Grant grant = {.ok = true, .retry_after_s = 0};  // of the budget that the request drew on
  bool in_batch = false;  // a step of a $batch: its headers go into the answer's JSON
  std::string_view request_id_text() const { return {request_id, kGuidChars}; }
  std::string_view client_request_id_text() const {
    return client_request_id.empty() ? request_id_text() : client_request_id;
  }
};

// Writes answers in Graph's clothes: the headers of spec protocol §7 and the error envelope. One per service.
class ResponseWriter {
 public:
  ResponseWriter(std::string node_name, std::string public_base, identity::ServedClouds clouds);

  // The headers of a 200 with JSON; the body is the caller's to fill.
  void json(http::Response& response, const RequestInfo& info) const;
  // The same for something else: `media_type`.
  void with_content_type(http::Response& response, const RequestInfo& info,
                         std::string_view media_type) const;
  // A 101: what follows is no HTTP.
  void upgrade(http::Response& response, const RequestInfo& info) const;
  // A 304 for a client that has `tag` already (RFC 9110 §15.4.5).
  void not_modified(http::Response& response, const RequestInfo& info, std::string_view tag) const;
  // A 200 of an action: no body, no content type (spec protocol §7).
  void without_body(http::Response& response, const RequestInfo& info) const;
  // `request` is for the challenge of a 401; null where the request is gone or never was whole.
  void fail(http::Response& response, const RequestInfo& info, const Error& error,
            const http::Request* request) const;
  // The answer to OPTIONS, with or without a preflight (spec clients, 10).
  void preflight(http::Response& response, const RequestInfo& info, std::string_view allow,
                 std::string_view requested_headers) const;

  // Appends "https://host", what links and contexts begin with: the public base, the name of the cloud that
  // the request is for, or what the client used. It has no character that JSON would escape: a host is
  // checked where it comes in, and the public base where it is configured.
  void append_base_url(std::string& out, const http::Request& request) const;

 private:
  void add_common_headers(http::Response& response, const RequestInfo& info) const;
  void append_authority(std::string& out, const http::Request& request) const;
  std::string public_base_;
  identity::ServedClouds clouds_;
  std::string common_headers_;
  std::array<std::string, 3> json_headers_;  // by MetadataLevel
};

// Everything a handler of one operation needs.
struct Call {
  const http::Request& request;
  const RequestHeaders& headers;
  const RouteMatch& match;
  const identity::Caller* caller;  // null where the route needs no token
  const RequestInfo& info;
  http::Response& response;
  DeferredResponse deferred;  // where the answer goes if it does not come now
};

// The permissions of a set, as the 403's text lists them.
std::string permission_names(identity::Permissions permissions);

}  // namespace porchlight::graph
