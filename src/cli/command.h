// What the subcommands share: how they are added to the command line, how they fail, how they print.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace porchlight::cli {

// Ends a command: done, or a sentence for stderr.
using CommandStatus = std::expected<void, std::string>;

// The command that was named, ready to run; set while the arguments are read.
using SelectedCommand = std::function<CommandStatus()>;

// Each adds one subcommand to the root; when it is named, `selected` becomes its work.
void add_init(CLI::App& root, SelectedCommand& selected);
void add_serve(CLI::App& root, SelectedCommand& selected);
void add_token(CLI::App& root, SelectedCommand& selected);
void add_tenant(CLI::App& root, SelectedCommand& selected);
void add_user(CLI::App& root, SelectedCommand& selected);
void add_app(CLI::App& root, SelectedCommand& selected);
void add_group(CLI::App& root, SelectedCommand& selected);
void add_log(CLI::App& root, SelectedCommand& selected);
void add_loadtest(CLI::App& root, SelectedCommand& selected);

// The option --data DIR, required.
void add_data(CLI::App& command, std::filesystem::path& data);

// The words of texts that each hold words between spaces.
std::vector<std::string> split_words(const std::vector<std::string>& texts);

// Builds the JSON of an administrative command.
class CommandText {
 public:
  explicit CommandText(std::string_view name);
  CommandText& text(std::string_view name, std::string_view value);
  // Left out where the value is empty.
  CommandText& text_if(std::string_view name, std::string_view value);
  CommandText& texts(std::string_view name, const std::vector<std::string>& values);
  CommandText& flag(std::string_view name, bool value);
  CommandText& number(std::string_view name, std::uint64_t value);
  // `json` is a value already.
  CommandText& raw(std::string_view name, std::string_view json);
  std::string take() { return std::move(out_) + '}'; }

 private:
  std::string out_;
};

// What the commands on tenants, people, applications and groups were told beside their own options.
struct CommonOptions {
  std::filesystem::path data;
  std::string tenant;
  bool json = false;
};
// Adds --data, --tenant and --json to a command.
void add_common(CLI::App& command, CommonOptions& common);

// Members of a JSON object in the order of a table's columns: their name, and what a person reads above them.
struct Column {
  std::string_view member;
  std::string_view title;
};
// Prints a JSON array of objects as a table with aligned columns. `titles`: with a first line that names
// them.
CommandStatus print_table(std::string_view json, const std::vector<Column>& columns, bool titles);
// Prints a JSON object as "title: value" lines.
CommandStatus print_object(std::string_view json, const std::vector<Column>& columns);

}  // namespace porchlight::cli
