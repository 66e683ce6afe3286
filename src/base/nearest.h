// Guesses what a misspelt word stands for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

// The candidate that `word` is most likely a misspelling of: one that begins with it, or else that differs least from
// it by characters added, removed, replaced or swapped. Case is ignored. A view of a candidate; empty if none
// is near.
std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates);

// The sentence with the nearest candidate, as "…; did you mean NAME?"; the sentence alone if none is near.
std::string with_hint(std::string sentence, std::string_view word,
                      const std::vector<std::string>& candidates);

}  // namespace porchlight
