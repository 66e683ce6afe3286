#include "graph/fields.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "graph/characters.h"
#include "graph/query.h"

namespace porchlight::graph {
namespace {

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// Takes the part up to `mark` off `rest`.
std::string_view cut(std::string_view& rest, char mark) {
  const std::string_view part = rest.substr(0, rest.find(mark));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return trimmed(part);
}

// The media type without parameters.
std::string_view media_type(std::string_view value) { return cut(value, ';'); }

constexpr std::array<std::string_view, 3> kLevels = {"none", "minimal", "full"};  // by Metadata

std::optional<Metadata> level_named(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (same_text(kLevels[i], name)) return static_cast<Metadata>(i);
  return std::nullopt;
}

// "0.25" -> 250 (RFC 9110 §12.4.2). What is no weight counts as none given.
int thousandths(std::string_view weight) {
  if (weight.empty() || weight.size() > 5 || (weight[0] != '0' && weight[0] != '1')) return 1000;
  if (weight[0] == '1') return 1000;
  int value = 0;
  for (std::size_t i = 2; i < 5; ++i)
    value = value * 10 + (i < weight.size() && is_digit(weight[i]) ? weight[i] - '0' : 0);
  return value;
}

// One thing that a client takes, where we have it.
struct Wanted {
  Metadata level;
  int weight;
};

std::optional<Wanted> wanted(std::string_view range) {
  const std::string_view type = cut(range, ';');
  if (!same_text(type, "application/json") && type != "*/*" && !same_text(type, "application/*"))
    return std::nullopt;
  Wanted wanted{Metadata::kMinimal, 1000};
  while (!range.empty()) {
    std::string_view value = cut(range, ';');
    const std::string_view name = cut(value, '=');
    if (same_text(name, "q")) wanted.weight = thousandths(trimmed(value));
    if (!same_text(name, "odata.metadata")) continue;
    const auto level = level_named(trimmed(value));
    if (!level) return std::nullopt;
    wanted.level = *level;
  }
  return wanted;
}

// Whether a Prefer header names the preference, without a value (RFC 7240 §2).
bool names_preference(std::string_view value, std::string_view wanted) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view preference = value.substr(0, comma);
    if (same_text(trimmed(preference.substr(0, preference.find(';'))), wanted)) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

}  // namespace

Fields Fields::of(const http::Request& request) {
  Fields fields;
  for (const auto& [name, value] : request.headers) {
    switch (name.size()) {
      case 6:
        if (same_text(name, "accept")) fields.accept = value;
        if (same_text(name, "prefer"))
          fields.prefers_freshness |= names_preference(value, kFreshnessPreference);
        break;
      case 12:
        if (same_text(name, "content-type")) fields.content_type = value;
        break;
      case 13:
        if (same_text(name, "authorization")) {
          fields.authorization = value;
          ++fields.authorizations;
        } else if (same_text(name, "if-none-match")) {
          fields.conditional = true;
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

Result<Metadata> check_accept(const Fields& fields, std::string_view query) {
  if (const auto format = format_option(query)) {
    if (same_text(*format, "json")) return Metadata::kMinimal;
    const auto asked = wanted(*format);
    return asked ? Result<Metadata>(asked->level) : std::unexpected(not_acceptable());
  }
  if (fields.accept.empty()) return Metadata::kMinimal;
  Wanted best{Metadata::kMinimal, 0};
  for (std::string_view rest = fields.accept; !rest.empty();) {
    const auto next = wanted(cut(rest, ','));
    if (next && next->weight > best.weight) best = *next;
  }
  return best.weight > 0 ? Result<Metadata>(best.level) : std::unexpected(not_acceptable());
}

Result<void> check_content(const Fields& fields, std::string_view body, Content content) {
  if (body.empty()) return {};
  if (!fields.content_encoding.empty() && !same_text(fields.content_encoding, "identity")) {
    return std::unexpected(content_encoding_refused());
  }
  if (fields.content_type.empty()) return std::unexpected(content_type_missing());
  const bool json = content == Content::kJson;
  if (!same_text(media_type(fields.content_type), json ? "application/json" : "text/calendar"))
    return std::unexpected(content_type_not(json ? "JSON" : "text/calendar"));
  return {};
}

}  // namespace porchlight::graph
