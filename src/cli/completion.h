// What may follow the words of a command that is being typed.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace porchlight::cli {

// A word that may stand in place of the last one, and what it does, if that is known.
struct Completion {
  std::string word;
  std::string description;
};

// Instead of words: the shell completes names of files or folders.
inline constexpr const char* kFiles = ":files";
inline constexpr const char* kFolders = ":folders";

// `words`: those after the program's name; the last one is incomplete, perhaps empty. The candidates begin with it.
// Empty if nothing can be said: the value is a text, or a word before is unknown.
std::vector<Completion> candidates_after(const CLI::App& root, std::span<const std::string> words);

}  // namespace porchlight::cli
