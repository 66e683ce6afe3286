#include "graph/fields.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::graph {
namespace {

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The media type without parameters.
std::string_view media_type(std::string_view value) { return trimmed(value.substr(0, value.find(';'))); }

}  // namespace

Fields Fields::of(const http::Request& request) {
  Fields fields;
  for (const auto& [name, value] : request.headers) {
    switch (name.size()) {
      case 6:
        if (same_text(name, "accept")) fields.accept = value;
        break;
      case 12:
        if (same_text(name, "content-type")) fields.content_type = value;
        break;
      case 13:
        if (same_text(name, "authorization")) {
          fields.authorization = value;
          ++fields.authorizations;
        }
        break;
      case 16:
        if (same_text(name, "content-encoding")) fields.content_encoding = value;
        break;
      case 17:
        if (same_text(name, "client-request-id") && value.size() <= kClientRequestIdBytesMax &&
            printable(value)) {
          fields.client_request_id = value;
        }
        break;
      case 30:
        if (same_text(name, "access-control-request-headers")) fields.preflight_headers = value;
        break;
      default:
        break;
    }
  }
  return fields;
}

Result<std::string_view> bearer_token(const Fields& fields) {
  constexpr std::string_view kScheme = "bearer";
  if (fields.authorizations > 1) return std::unexpected(token_refused(identity::TokenFault::kMalformed));
  const std::string_view value = fields.authorization;
  if (!same_text(value.substr(0, kScheme.size()), kScheme)) return std::unexpected(token_missing());
  const std::string_view rest = value.substr(kScheme.size());
  if (!rest.empty() && rest.front() != ' ') return std::unexpected(token_missing());
  const std::string_view token = trimmed(rest);
  if (token.empty()) return std::unexpected(token_missing());
  return token;
}

Result<void> check_accept(const Fields& fields) {
  std::string_view rest = fields.accept;
  if (rest.empty()) return {};
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view type = media_type(rest.substr(0, comma));
    if (same_text(type, "application/json") || type == "*/*" || same_text(type, "application/*")) return {};
    if (comma == std::string_view::npos) return std::unexpected(not_acceptable());
    rest.remove_prefix(comma + 1);
  }
}

Result<void> check_content(const Fields& fields, std::string_view body) {
  if (body.empty()) return {};
  if (!fields.content_encoding.empty() && !same_text(fields.content_encoding, "identity")) {
    return std::unexpected(content_encoding_refused());
  }
  if (fields.content_type.empty()) return std::unexpected(content_type_missing());
  if (!same_text(media_type(fields.content_type), "application/json"))
    return std::unexpected(content_type_not_json());
  return {};
}

}  // namespace porchlight::graph
