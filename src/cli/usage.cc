// CLI11 reports an unknown command as a missing one, and an unknown option without a hint. After it has refused the
// arguments, they are read once more, as far as the first that it cannot have known.
#include "cli/usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "cli/command_tree.h"

namespace porchlight::cli {
namespace {

// Lengths of the start of a command or option that names it, and of words that may differ in one, two and three places.
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

// The sentence with the nearest candidate, if there is one.
std::string with_hint(std::string sentence, std::string_view word,
                      const std::vector<std::string>& candidates) {
  const std::string_view hint = nearest(word, candidates);
  return hint.empty() ? sentence : fmt::format("{}; did you mean {}?", sentence, hint);
}

std::string unknown_command(const CLI::App& command, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::App* sub : subcommands_of(command)) names.push_back(sub->get_name());
  return with_hint(fmt::format("\"{}\" has no command \"{}\"", path_of(command), word), word, names);
}

// Also of a command that has no such option because the option belongs to its subcommands: if no other option is near.
std::string unknown_option(const CLI::App& command, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  std::string sentence = fmt::format("\"{}\" has no option {}", path_of(command), word);
  if (!subcommands_of(command).empty() && nearest(word, names).empty())
    return sentence + "; options follow the whole command";
  return with_hint(std::move(sentence), word, names);
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string folded(word);
  std::ranges::transform(folded, folded.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string* best = nullptr;
  std::size_t least = edits_max(folded.size()) + 1;
  for (const std::string& candidate : candidates) {
    const bool starts =
        folded.size() >= kStartMin && candidate.starts_with(folded) && !folded.ends_with("--");
    const std::size_t distance = starts ? 0 : edits(folded, candidate);
    if (distance >= least || distance >= candidate.size()) continue;
    least = distance;
    best = &candidate;
  }
  return best ? std::string_view(*best) : std::string_view();
}

std::optional<std::string> usage_fault(const CLI::App& root, std::span<const char* const> args) {
  const CLI::App* command = &root;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (arg == "--") return std::nullopt;
    if (arg.size() > 1 && arg.starts_with('-')) {
      const std::string name(arg.substr(0, arg.find('=')));
      const CLI::Option* option = command->get_option_no_throw(name);
      if (!option) return unknown_option(*command, name);
      if (takes_value(*option) && name.size() == arg.size()) ++i;
    } else if (!subcommands_of(*command).empty()) {
      const auto subs = subcommands_of(*command);
      const auto named = std::ranges::find(subs, arg, [](const CLI::App* sub) { return sub->get_name(); });
      if (named == subs.end()) return unknown_command(*command, arg);
      command = *named;
    }
  }
  return std::nullopt;
}

}  // namespace porchlight::cli
