// Sets kept as sorted containers without duplicates.
#pragma once

#include <algorithm>

namespace porchlight {

// Sorts `items` by < and removes duplicates (elements equal by ==). For containers with random access, such as
// std::vector.
template <typename Container>
void sort_unique(Container& items) {
  std::ranges::sort(items);
  const auto duplicates = std::ranges::unique(items);
  items.erase(duplicates.begin(), duplicates.end());
}

}  // namespace porchlight
