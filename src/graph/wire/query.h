// The query options of OData, cut out of a request and decoded; what each means is its route's business (spec
// protocol §9).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "graph/wire/error.h"

namespace porchlight::graph {

inline constexpr std::size_t kTopMax = 999;
inline constexpr std::size_t kTopDefault = 100;
inline constexpr std::size_t kFilterIdsMax = 650;

// Calls `take` for each system query option of the part after '?': its name in lower case without '$', and
// its value, decoded; until it gives an error. An option that OData does not have, or one given twice, is an
// error naming it; only select may be repeated, and its names add up (spec clients 7). Parameters without '$'
// that are no OData options are passed over, and $format is: who reads Accept has read it.
using OptionHandler = std::function<Result<void>(std::string_view option, std::string value)>;
Result<void> for_each_option(std::string_view query, const OptionHandler& on_option);

// The value of $format, decoded; nothing where it is not given.
std::optional<std::string> format_option(std::string_view query);

// The value of a parameter of our own, whose name has no '$'; nothing where it is not given. Given twice is
// an error.
Result<std::optional<std::string>> find_parameter(std::string_view query, std::string_view name);

// The 400 for an option, of a route that takes none.
Result<void> reject_options(std::string_view query);

// The 400 for an option that a route does not take.
Error unsupported_option(std::string_view option);

// The value of $top: 1 to kTopMax. The value of $count: true or false.
Result<std::size_t> parse_top(std::string_view value);
Result<bool> parse_count(std::string_view value);

}  // namespace porchlight::graph
