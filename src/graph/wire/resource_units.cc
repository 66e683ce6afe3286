#include "graph/wire/resource_units.h"

#include <algorithm>
#include <charconv>

#include "graph/wire/query.h"

namespace porchlight::graph {

// The first option that is wrong ends the count; the request fails then.
int resource_units(int base, std::string_view query) {
  constexpr int kSmallPage = 20;
  int units = base;
  bool is_selected = false;
  (void)for_each_option(query, [&](std::string_view option, const std::string& value) -> Result<void> {
    int top = kSmallPage;
    if (option == "expand") ++units;
    if (option == "select") is_selected = true;
    if (option == "top") std::from_chars(value.data(), value.data() + value.size(), top);
    if (top < kSmallPage) --units;
    return {};
  });
  return std::max(units - (is_selected ? 1 : 0), 1);
}

}  // namespace porchlight::graph
