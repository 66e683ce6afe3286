// Options are found by decoded name, since a client may encode the '$' as %24 (spec protocol §9).
#include "graph/wire/query.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "base/percent.h"
#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/path.h"

namespace porchlight::graph {
namespace {

// Every system query option of OData 4.01; the '$' may be left out (spec protocol §9).
constexpr std::array<std::string_view, 13> kOptions = {
    "select", "filter", "expand",    "orderby", "top",        "skip", "count",
    "search", "format", "skiptoken", "compute", "deltatoken", "apply"};

// The option that a parameter names, in lower case; nullopt for a parameter that is not OData's. An unknown name with
// '$' is returned as it is, without '$'.
std::optional<std::string_view> option_name(std::string_view name) {
  const bool dollar = name.starts_with('$');
  if (dollar) name.remove_prefix(1);
  const auto found =
      std::ranges::find_if(kOptions, [&](std::string_view o) { return equals_ignore_case(o, name); });
  if (found != kOptions.end()) return *found;
  if (dollar) return name;
  return std::nullopt;
}

// Decodes a name or a value. Returns false unless the result is UTF-8, since error messages may repeat it.
bool decode_component(std::string_view text, std::string& out) {
  return percent_decode(text, true, out) && simdjson::validate_utf8(out);
}

// A parameter of a query string.
struct DecodedParameter {
  std::string name, value;
};

// Returns nullopt if a part of `name=value` cannot be decoded.
std::optional<DecodedParameter> decode_parameter(std::string_view text) {
  const auto [left, right] = split_once(text, '=');
  DecodedParameter parameter;
  if (!decode_component(left, parameter.name) || !decode_component(right, parameter.value))
    return std::nullopt;
  return parameter;
}

Error malformed_query() {
  return invalid_query("query", "The query string is not well formed: broken percent-encoding.");
}

Error duplicate_option(std::string name) {
  return invalid_query(name, fmt::format("The query option '{}' is given twice.", name));
}

}  // namespace

// `seen` holds views into kOptions, so it needs no copies of names.
Result<void> for_each_option(std::string_view text, const OptionHandler& on_option) {
  std::unordered_set<std::string_view> seen;
  for (const std::string_view part : split(text, '&')) {
    auto parameter = decode_parameter(part);
    if (!parameter) return std::unexpected(malformed_query());
    auto& [name, value] = *parameter;
    const auto option = option_name(name);
    if (!option) continue;
    const auto known = std::ranges::find(kOptions, *option);
    if (known == kOptions.end()) return std::unexpected(unsupported_option(*option));
    if (!seen.insert(*known).second && *known != "select")
      return std::unexpected(duplicate_option(fmt::format("${}", *option)));
    if (*known == "format") continue;
    if (auto handled = on_option(*known, std::move(value)); !handled) return handled;
  }
  return {};
}

Result<std::optional<std::string>> find_parameter(std::string_view text, std::string_view name) {
  std::optional<std::string> found;
  for (const std::string_view part : split(text, '&')) {
    auto parameter = decode_parameter(part);
    if (!parameter) return std::unexpected(malformed_query());
    if (!equals_ignore_case(parameter->name, name)) continue;
    if (found) return std::unexpected(duplicate_option(std::string(name)));
    found = std::move(parameter->value);
  }
  return found;
}

Result<void> for_each_parameter(std::string_view text, const NameHandler& on_name) {
  for (const std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const auto parameter = decode_parameter(part);
    if (!parameter) return std::unexpected(malformed_query());
    if (option_name(parameter->name) == "format") continue;
    if (auto handled = on_name(parameter->name); !handled) return handled;
  }
  return {};
}

Result<void> reject_options(std::string_view query) {
  return for_each_option(query, [](std::string_view option, const std::string&) -> Result<void> {
    return std::unexpected(unsupported_option(option));
  });
}

// Parameters that cannot be decoded are skipped: for_each_option() reports them later, in the order of checks.
std::optional<std::string> format_option(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const std::string_view part : split(text, '&')) {
    auto parameter = decode_parameter(part);
    if (parameter && option_name(parameter->name) == "format") return std::move(parameter->value);
  }
  return std::nullopt;
}

Error unsupported_option(std::string_view option) {
  Error error = invalid_query(
      fmt::format("${}", truncated(option)),
      fmt::format("The query option '${}' is not supported by this resource.", truncated(option)));
  if (option == "expand") error.code = "ExpandNotSupported";
  return error;
}

Result<std::size_t> parse_top(std::string_view value) {
  std::size_t top = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), top);
  if (error != std::errc() || end != value.data() + value.size() || top < 1 || top > kTopMax) {
    return std::unexpected(invalid_query(
        "$top", fmt::format("Invalid value '{}' for $top: a whole number from 1 to {} is expected.",
                            truncated(value), kTopMax)));
  }
  return top;
}

Result<bool> parse_count(std::string_view value) {
  if (equals_ignore_case(value, "true")) return true;
  if (equals_ignore_case(value, "false")) return false;
  return std::unexpected(invalid_query("$count", "Invalid value for $count: true or false is expected."));
}

}  // namespace porchlight::graph
