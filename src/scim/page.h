// Pages of lists (RFC 7644 §3.4.2.4): which part of what matches is wanted, and what it is.
#pragma once

#include <cstddef>
#include <vector>

#include "scim/value.h"

namespace porchlight::scim {

inline constexpr std::size_t kCountDefault = 100;
inline constexpr std::size_t kCountMax = 200;

struct PageWindow {
  std::size_t start = 1;  // of the first wanted, from 1
  std::size_t count = kCountDefault;
  // Whether the nth that matches (from 1) is wanted.
  bool contains(std::size_t nth) const { return nth >= start && nth - start < count; }
};

struct ResourcePage {
  std::size_t total = 0;  // all that match
  std::vector<ValueMap> resources;
};

}  // namespace porchlight::scim
