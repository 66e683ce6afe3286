// Pages of lists (RFC 7644 §3.4.2.4): the requested window of the matches, and the result.
#pragma once

#include <cstddef>
#include <vector>

#include "scim/value.h"

namespace porchlight::scim {

// Resources in one page.
inline constexpr std::size_t kCountDefault = 100;
inline constexpr std::size_t kCountMax = 200;

// startIndex and count of a request.
struct PageWindow {
  std::size_t start = 1;  // one-based
  std::size_t count = kCountDefault;
  // Returns true if the nth match, counted from 1, is in the page.
  bool contains(std::size_t nth) const { return nth >= start && nth - start < count; }
};

struct ResourcePage {
  std::size_t total = 0;  // matches in all pages
  std::vector<ValueMap> resources;
};

}  // namespace porchlight::scim
