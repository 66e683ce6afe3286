// The request headers that the dialect reads, found in one pass (spec protocol §7).
#pragma once

#include <cstdint>
#include <string_view>

#include "graph/wire/error.h"
#include "http/message.h"

namespace porchlight::graph {

inline constexpr std::size_t kClientRequestIdBytesMax = 128;

// What a body is to be declared as.
enum class BodyFormat : std::uint8_t { kJson, kCalendar };

// The preference by which answers tell how fresh they are (freshness.h).
inline constexpr std::string_view kFreshnessPreference = "porchlight.freshness";

struct RequestHeaders {
  std::string_view authorization;
  int authorization_count = 0;  // how many there are: more than one is refused
  std::string_view accept;
  std::string_view content_type;
  std::string_view content_encoding;
  std::string_view client_request_id;  // empty where it is absent, too long or not printable
  std::string_view preflight_headers;  // Access-Control-Request-Headers
  bool conditional = false;            // If-None-Match is there
  bool prefers_freshness = false;      // Prefer: porchlight.freshness

  static RequestHeaders of(const http::Request& request);
};

// The one bearer token of the request (spec security §2; spec protocol §2.1).
Result<std::string_view> bearer_token(const RequestHeaders& headers);

// How much an answer says of itself: contexts, types, links (OData JSON Format 4.01 §3.1).
enum class MetadataLevel : std::uint8_t { kNone, kMinimal, kFull };

// The level that is asked for by $format, or else by Accept: of what it takes, what it likes best, and the
// first of equals. 406 where JSON, or a level that there is, is not among it (spec protocol §7, §8.2).
Result<MetadataLevel> negotiate_metadata_level(const RequestHeaders& headers, std::string_view query);

// Whether the body is declared as what we read (spec protocol §8.2).
Result<void> check_body_format(const RequestHeaders& headers, std::string_view body, BodyFormat content);

}  // namespace porchlight::graph
