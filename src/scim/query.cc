// Parses the query string of lists and single resources.
#include "scim/query.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/percent.h"
#include "base/split.h"
#include "base/text.h"

namespace porchlight::scim {
namespace {

enum QueryParameter : std::size_t { kFilter, kStartIndex, kCount, kAttributes, kExcluded };
constexpr std::array<std::string_view, 5> kNames = {"filter", "startIndex", "count", "attributes",
                                                    "excludedAttributes"};
using ParameterTexts = std::array<std::optional<std::string>, kNames.size()>;

// The decoded values of the known parameters. Names ignore letter case, as attribute names do.
ScimResult<ParameterTexts> read_texts(std::string_view query) {
  ParameterTexts texts;
  for (const std::string_view part : split(query, '&')) {
    const std::size_t equals = std::min(part.find('='), part.size());
    std::string name, value;
    if (!percent_decode(part.substr(0, equals), true, name) ||
        !percent_decode(part.substr(std::min(equals + 1, part.size())), true, value) ||
        !simdjson::validate_utf8(value))
      return invalid_value("The query string is not well-formed.");
    const auto known =
        std::ranges::find_if(kNames, [&](std::string_view n) { return equals_ignore_case(n, name); });
    if (known == kNames.end()) continue;
    std::optional<std::string>& text = texts[static_cast<std::size_t>(known - kNames.begin())];
    if (text) return invalid_value("A parameter is there twice.");
    text = std::move(value);
  }
  return texts;
}

// A whole number. Values below `least` count as `least` (RFC 7644 §3.4.2.4).
ScimResult<std::size_t> read_number(const std::optional<std::string>& text, std::size_t absent,
                                    std::size_t least) {
  if (!text) return absent;
  std::int64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || stop != end)
    return invalid_value("startIndex and count must be whole numbers.");
  return number < static_cast<std::int64_t>(least) ? least : static_cast<std::size_t>(number);
}

}  // namespace

ScimResult<Query> parse_query(std::string_view text) {
  auto texts = read_texts(text);
  if (!texts) return std::unexpected(texts.error());
  Query query;
  if ((*texts)[kFilter]) {
    auto filter = parse_filter(*(*texts)[kFilter]);
    if (!filter) return std::unexpected(filter.error());
    query.filter = *std::move(filter);
  }
  const auto start = read_number((*texts)[kStartIndex], 1, 1);
  if (!start) return std::unexpected(start.error());
  const auto count = read_number((*texts)[kCount], kCountDefault, 0);
  if (!count) return std::unexpected(count.error());
  query.window = {*start, std::min(*count, kCountMax)};
  auto select =
      AttributeSelection::parse((*texts)[kAttributes].value_or(""), (*texts)[kExcluded].value_or(""));
  if (!select) return std::unexpected(select.error());
  query.select = *std::move(select);
  return query;
}

}  // namespace porchlight::scim
