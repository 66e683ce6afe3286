// Splits a query string into OData query options (spec protocol §9). Names are recognized here; values are parsed by
// the routes, or by the functions for common options below.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "graph/wire/error.h"

namespace porchlight::graph {

inline constexpr std::size_t kTopMax = 999;        // largest $top
inline constexpr std::size_t kTopDefault = 100;    // elements of a page without $top
inline constexpr std::size_t kFilterIdsMax = 650;  // ids or values in one $filter

// Calls `on_option` for each system query option of the part after '?', with the name in lower case without '$' and the
// decoded value, until it returns an error. 400 for a name that begins with '$' but is not an option of OData, and for
// an option given twice; only $select may be repeated, and its names add up (spec clients 7). Other parameters without
// '$' are ignored, and so is $format, which negotiate_metadata_level() reads.
using OptionHandler = std::function<Result<void>(std::string_view option, std::string value)>;
Result<void> for_each_option(std::string_view query, const OptionHandler& on_option);

// The decoded value of $format; nullopt if it is not given.
std::optional<std::string> format_option(std::string_view query);

// The decoded value of a parameter that is not an OData option, named without '$'; nullopt if it is not given. 400 if
// it is given twice.
Result<std::optional<std::string>> find_parameter(std::string_view query, std::string_view name);

// Calls `on_name` for the decoded name of each parameter, until it returns an error. Without $format, which
// negotiate_metadata_level() reads. 400 for a query that cannot be decoded.
using NameHandler = std::function<Result<void>(std::string_view name)>;
Result<void> for_each_parameter(std::string_view query, const NameHandler& on_name);

// Returns a 400 if the query has any OData option, for routes that accept none.
Result<void> reject_options(std::string_view query);

// The 400 for an option that a route does not accept.
Error unsupported_option(std::string_view option);

// Parses the value of $top, 1 to kTopMax.
Result<std::size_t> parse_top(std::string_view value);
// Parses the value of $count: true or false, in any letter case.
Result<bool> parse_count(std::string_view value);

}  // namespace porchlight::graph
