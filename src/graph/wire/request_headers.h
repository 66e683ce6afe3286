// The request headers that the Graph API reads, found in one pass, and the parsers of their values (spec protocol §7).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "graph/wire/error.h"
#include "http/message.h"

namespace porchlight::graph {

// Longest client-request-id that is repeated.
inline constexpr std::size_t kClientRequestIdBytesMax = 128;

// The Content-Type that a route requires of a body.
enum class BodyFormat : std::uint8_t { kJson, kCalendar };

// The preference that makes answers state how fresh they are (graph/call/freshness.h).
inline constexpr std::string_view kFreshnessPreference = "porchlight.freshness";

// How much metadata an answer has: contexts, types and links (OData JSON Format 4.01 §3.1).
enum class MetadataLevel : std::uint8_t { kNone, kMinimal, kFull };

// Views into the request's headers. A header that is absent is empty; of a repeated one the last counts.
struct RequestHeaders {
  std::string_view authorization;
  int authorization_count = 0;  // number of Authorization headers; more than one is an error
  std::string_view accept;
  std::string_view content_type;
  std::string_view content_encoding;
  std::string_view traceparent;        // base/trace_context.h
  std::string_view client_request_id;  // empty also if it is too long or not printable
  std::string_view preflight_headers;  // Access-Control-Request-Headers
  bool conditional = false;            // If-None-Match is present
  bool prefers_freshness = false;      // Prefer: porchlight.freshness
  bool eventual = false;               // ConsistencyLevel: eventual (spec protocol §9.1)
  std::optional<MetadataLevel> accepted = MetadataLevel::kMinimal;  // accepted_level(accept)

  static RequestHeaders of(const http::Request& request);
};

// The bearer token of the request (spec security §2; spec protocol §2.1). 401 if it is absent, or if there are several
// Authorization headers.
Result<std::string_view> bearer_token(const RequestHeaders& headers);

// The acceptable level of the highest weight in Accept, the first among equal ones; minimal if it is empty. Returns
// nullopt if neither JSON nor a known level is acceptable.
std::optional<MetadataLevel> accepted_level(std::string_view accept);

// Negotiates the metadata level from $format, or without it from Accept. 406 if it is not acceptable (spec protocol §7,
// §8.2).
Result<MetadataLevel> negotiate_metadata_level(const RequestHeaders& headers, std::string_view query);

// Returns true if Accept is absent or has a media range that matches text/event-stream. Weights are not considered.
bool accepts_event_stream(std::string_view accept);

// Whether Accept asks for a page, as browsers do: it names text/html with a weight that is not below that of JSON.
// `*/*` is not enough, since programs send it.
bool prefers_html(std::string_view accept);

// Checks Content-Type and Content-Encoding of a body; an empty body needs none. 400 or 415 (spec protocol §8.2).
Result<void> check_body_format(const RequestHeaders& headers, std::string_view body, BodyFormat content);

}  // namespace porchlight::graph
