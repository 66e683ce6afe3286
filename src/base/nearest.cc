#include "base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace porchlight {
namespace {

// Lengths of the start of a word that names it, and of words that may differ in one, two and three places.
constexpr std::size_t kStartMin = 3;
constexpr std::size_t kTwoErrorsMin = 5;
constexpr std::size_t kThreeErrorsMin = 9;

// The number of edits between two words: a character added, removed or replaced, or two neighbours swapped.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] =
          std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::size_t edits_max(std::size_t size) {
  return size >= kThreeErrorsMin ? 3 : size >= kTwoErrorsMin ? 2 : 1;
}

std::string fold(std::string_view word) {
  std::string folded(word);
  std::ranges::transform(folded, folded.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return folded;
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string folded = fold(word);
  const std::string* best = nullptr;
  std::size_t least = edits_max(folded.size()) + 1;
  for (const std::string& candidate : candidates) {
    const std::string name = fold(candidate);
    const bool starts = folded.size() >= kStartMin && name.starts_with(folded) && !folded.ends_with("--");
    // Words whose lengths differ by more have more edits.
    if (!starts && (folded.size() >= name.size() + least || name.size() >= folded.size() + least)) continue;
    const std::size_t distance = starts ? 0 : edits(folded, name);
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    best = &candidate;
  }
  return best ? std::string_view(*best) : std::string_view();
}

std::string with_hint(std::string sentence, std::string_view word,
                      const std::vector<std::string>& candidates) {
  const std::string_view hint = nearest(word, candidates);
  return hint.empty() ? sentence : fmt::format("{}; did you mean {}?", sentence, hint);
}

}  // namespace porchlight
