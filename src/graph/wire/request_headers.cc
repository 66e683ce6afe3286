// Every request passes through RequestHeaders::of(), so names are compared by length first. Accept and Prefer are lists
// of entries with parameters; quoted strings with separators in them do not occur in the values that are recognized.
#include "graph/wire/request_headers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/query.h"
#include "http/weight.h"

namespace porchlight::graph {
namespace {

// Returns true if the text has only visible ASCII characters.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// The media type of a header value, or the range of one entry of Accept, without parameters.
std::string_view media_type(std::string_view value) { return trimmed(value.substr(0, value.find(';'))); }

constexpr std::array<std::string_view, 3> kLevels = {"none", "minimal", "full"};  // by MetadataLevel

// The level with this name, in any letter case.
std::optional<MetadataLevel> find_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (equals_ignore_case(kLevels[i], name)) return static_cast<MetadataLevel>(i);
  return std::nullopt;
}

// A metadata level that the client accepts, and its weight in thousandths.
struct AcceptedLevel {
  MetadataLevel level;
  int weight;
};

// The level that a media range of Accept selects; nullopt if it does not match JSON, or names an unknown level.
std::optional<AcceptedLevel> parse_media_range(std::string_view range) {
  const std::string_view type = media_type(range);
  if (!equals_ignore_case(type, "application/json") && type != "*/*" &&
      !equals_ignore_case(type, "application/*"))
    return std::nullopt;
  AcceptedLevel accepted{MetadataLevel::kMinimal, http::weight_of(range)};
  for (const std::string_view parameter : split(range, ';')) {
    const auto [left, right] = split_once(parameter, '=');
    const std::string_view name = trimmed(left), value = trimmed(right);
    if (!equals_ignore_case(name, "odata.metadata")) continue;
    const auto level = find_level(value);
    if (!level) return std::nullopt;
    accepted.level = *level;
  }
  return accepted;
}

// Returns true if a Prefer header names the preference, without a value (RFC 7240 §2).
bool has_preference(std::string_view value, std::string_view wanted) {
  for (const std::string_view preference : split(value, ','))
    if (equals_ignore_case(trimmed(preference.substr(0, preference.find(';'))), wanted)) return true;
  return false;
}

}  // namespace

RequestHeaders RequestHeaders::of(const http::Request& request) {
  RequestHeaders headers;
  for (const auto& [name, value] : request.headers) {
    switch (name.size()) {
      case 6:
        if (equals_ignore_case(name, "accept")) {
          headers.accept = value;
          headers.accepted = accepted_level(value);
        }
        if (equals_ignore_case(name, "prefer"))
          headers.prefers_freshness |= has_preference(value, kFreshnessPreference);
        break;
      case 11:
        // Of repeated ones the first counts, as for the span of the request (server/request_dispatcher.cc).
        if (headers.traceparent.empty() && equals_ignore_case(name, "traceparent"))
          headers.traceparent = value;
        break;
      case 12:
        if (equals_ignore_case(name, "content-type")) headers.content_type = value;
        break;
      case 13:
        if (equals_ignore_case(name, "authorization")) {
          headers.authorization = value;
          ++headers.authorization_count;
        } else if (equals_ignore_case(name, "if-none-match")) {
          headers.conditional = true;
        }
        break;
      case 16:
        if (equals_ignore_case(name, "content-encoding")) headers.content_encoding = value;
        if (equals_ignore_case(name, "consistencylevel"))
          headers.eventual = equals_ignore_case(value, "eventual");
        break;
      case 17:
        if (equals_ignore_case(name, "client-request-id") && value.size() <= kClientRequestIdBytesMax &&
            is_printable(value)) {
          headers.client_request_id = value;
        }
        break;
      case 30:
        if (equals_ignore_case(name, "access-control-request-headers")) headers.preflight_headers = value;
        break;
      default:
        break;
    }
  }
  return headers;
}

Result<std::string_view> bearer_token(const RequestHeaders& headers) {
  constexpr std::string_view kScheme = "bearer";
  if (headers.authorization_count > 1)
    return std::unexpected(token_invalid(identity::TokenFault::kMalformed));
  const std::string_view value = headers.authorization;
  if (!equals_ignore_case(value.substr(0, kScheme.size()), kScheme)) return std::unexpected(token_missing());
  const std::string_view rest = value.substr(kScheme.size());
  if (!rest.empty() && rest.front() != ' ') return std::unexpected(token_missing());
  const std::string_view token = trimmed(rest);
  if (token.empty()) return std::unexpected(token_missing());
  return token;
}

std::optional<MetadataLevel> accepted_level(std::string_view accept) {
  if (accept.empty()) return MetadataLevel::kMinimal;
  AcceptedLevel best{MetadataLevel::kMinimal, 0};
  for (const std::string_view range : split(accept, ',')) {
    const auto next = parse_media_range(range);
    if (next && next->weight > best.weight) best = *next;
  }
  return best.weight > 0 ? std::optional(best.level) : std::nullopt;
}

Result<MetadataLevel> negotiate_metadata_level(const RequestHeaders& headers, std::string_view query) {
  if (const auto format = format_option(query)) {
    if (equals_ignore_case(*format, "json")) return MetadataLevel::kMinimal;
    const auto requested = parse_media_range(*format);
    return requested ? Result<MetadataLevel>(requested->level) : std::unexpected(not_acceptable());
  }
  return headers.accepted ? Result<MetadataLevel>(*headers.accepted) : std::unexpected(not_acceptable());
}

bool accepts_event_stream(std::string_view accept) {
  if (accept.empty()) return true;
  for (const std::string_view range : split(accept, ',')) {
    const std::string_view type = media_type(range);
    if (equals_ignore_case(type, "text/event-stream") || equals_ignore_case(type, "text/*") || type == "*/*")
      return true;
  }
  return false;
}

bool prefers_html(std::string_view accept) {
  int html = 0, json = 0;
  for (const std::string_view range : split(accept, ',')) {
    const std::string_view type = media_type(range);
    if (equals_ignore_case(type, "text/html")) html = std::max(html, http::weight_of(range));
    if (equals_ignore_case(type, "application/json")) json = std::max(json, http::weight_of(range));
  }
  return html > 0 && html >= json;
}

Result<void> check_body_format(const RequestHeaders& headers, std::string_view body, BodyFormat content) {
  if (body.empty()) return {};
  if (!headers.content_encoding.empty() && !equals_ignore_case(headers.content_encoding, "identity")) {
    return std::unexpected(content_encoding_unsupported());
  }
  if (headers.content_type.empty()) return std::unexpected(content_type_missing());
  const bool json = content == BodyFormat::kJson;
  if (!equals_ignore_case(media_type(headers.content_type), json ? "application/json" : "text/calendar"))
    return std::unexpected(content_type_mismatch(json ? "JSON" : "text/calendar"));
  return {};
}

}  // namespace porchlight::graph
