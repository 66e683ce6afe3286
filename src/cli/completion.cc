// porchlight completion: scripts for shells. They ask `porchlight completion candidates` at each key press, so what a
// shell offers is what this program accepts.
#include "cli/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/command_tree.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

constexpr const char* kBash =
#include "texts/completion.bash"
    ;
constexpr const char* kZsh =
#include "texts/completion.zsh"
    ;
constexpr const char* kFish =
#include "texts/completion.fish"
    ;

// What the words before the incomplete one say: the command, and the option whose value follows.
struct TypedWords {
  const CLI::App* command;
  const CLI::Option* value_of = nullptr;
  // Words before it that are neither commands nor options nor their values.
  std::size_t arguments = 0;
};

const CLI::App* subcommand(const CLI::App& command, std::string_view name) {
  for (const CLI::App* sub : subcommands_of(command))
    if (sub->get_name() == name) return sub;
  return nullptr;
}

// Goes past one complete word.
void pass(TypedWords& typed, const std::string& word) {
  if (std::exchange(typed.value_of, nullptr)) return;
  if (word.starts_with('-')) {
    const CLI::Option* option = typed.command->get_option_no_throw(word);
    if (option && takes_value(*option)) typed.value_of = option;
  } else if (const CLI::App* sub = subcommand(*typed.command, word)) {
    typed.command = sub;
  } else {
    ++typed.arguments;
  }
}

// The positional argument that comes next; nullptr after the last one.
const CLI::Option* argument_at(const TypedWords& typed) {
  std::size_t index = typed.arguments;
  for (const CLI::Option* option : options_of(*typed.command)) {
    if (!option->get_positional()) continue;
    if (index == 0 || option->get_items_expected_max() > 1) return option;
    --index;
  }
  return nullptr;
}

std::vector<Completion> values_of(const CLI::Option& option) {
  const std::string kind = kind_of(option);
  if (kind == "DIR") return {{kFolders, ""}};
  if (kind == "FILE") return {{kFiles, ""}};
  std::vector<Completion> values;
  for (const std::string& choice : choices_of(option)) values.push_back({choice, ""});
  return values;
}

std::vector<Completion> option_names(const CLI::App& command) {
  std::vector<Completion> names;
  for (const CLI::Option* option : options_of(command))
    for (const std::string& name : names_of(*option)) names.push_back({name, option->get_description()});
  return names;
}

// Commands, or else values of the next argument.
std::vector<Completion> next_words(const TypedWords& typed) {
  std::vector<Completion> names;
  if (typed.arguments == 0)
    for (const CLI::App* sub : subcommands_of(*typed.command))
      names.push_back({sub->get_name(), sub->get_description()});
  const CLI::Option* argument = names.empty() ? argument_at(typed) : nullptr;
  return argument ? values_of(*argument) : names;
}

// The candidates for "--clock=m" are "--clock=manual"; no shell completes a file name there.
std::vector<Completion> values_after_equals(const CLI::App& command, const std::string& name) {
  const CLI::Option* option = command.get_option_no_throw(name);
  if (!option) return {};
  std::vector<Completion> values = values_of(*option);
  for (Completion& value : values) value.word = fmt::format("{}={}", name, value.word);
  return values;
}

std::vector<Completion> all_candidates(const TypedWords& typed, const std::string& last) {
  if (typed.value_of) return values_of(*typed.value_of);
  if (!last.starts_with('-')) return next_words(typed);
  const std::size_t equals = last.find('=');
  if (equals != std::string::npos) return values_after_equals(*typed.command, last.substr(0, equals));
  return option_names(*typed.command);
}

void print_candidates(const CLI::App& root, std::span<const std::string> words) {
  for (const Completion& completion : candidates_after(root, words)) {
    std::fputs(completion.word.c_str(), stdout);
    if (!completion.description.empty()) std::printf("\t%s", completion.description.c_str());
    std::fputc('\n', stdout);
  }
}

// Adds the command that prints the script of one shell.
void add_script(CLI::App& group, SelectedCommand& selected, const char* shell, const char* script,
                const char* use) {
  CLI::App* command = group.add_subcommand(shell, fmt::format("Print the script for {}", shell));
  command->footer(fmt::format("\nExamples:\n  {}", use));
  set_action(*command, selected, [script]() -> CommandStatus {
    std::fputs(script, stdout);
    return {};
  });
}

}  // namespace

std::vector<Completion> candidates_after(const CLI::App& root, std::span<const std::string> words) {
  if (words.empty()) return {};
  TypedWords typed{.command = &root};
  for (const std::string& word : words.first(words.size() - 1)) pass(typed, word);
  std::vector<Completion> candidates = all_candidates(typed, words.back());
  std::erase_if(candidates, [&](const Completion& completion) {
    return !completion.word.starts_with(':') && !completion.word.starts_with(words.back());
  });
  return candidates;
}

void add_completion(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("completion", "Print a script with which a shell completes commands");
  describe_group(*group);
  add_script(*group, selected, "bash", kBash,
             "porchlight completion bash >~/.local/share/bash-completion/completions/porchlight");
  add_script(*group, selected, "zsh", kZsh,
             "porchlight completion zsh >~/.zfunc/_porchlight        a folder of fpath");
  add_script(*group, selected, "fish", kFish,
             "porchlight completion fish >~/.config/fish/completions/porchlight.fish");
  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* candidates = group->add_subcommand("candidates", "Print what may follow; the scripts call it");
  candidates->add_option("words", *words, "The words after the program's name; the last one is incomplete");
  candidates->footer(
      "\nPrints a word and its description per line, or :files or :folders, where names of these may "
      "follow.\n\n"
      "Examples:\n  porchlight completion candidates -- serve --clock ''");
  set_action(*candidates, selected, [words, &root]() -> CommandStatus {
    print_candidates(root, *words);
    return {};
  });
}

}  // namespace porchlight::cli
