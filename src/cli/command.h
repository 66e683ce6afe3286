// What the subcommands share: how they are added to the command line, how they fail, and how they print.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "base/time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace porchlight::cli {

// The program and its version, which is that of project() in CMakeLists.txt.
inline constexpr const char* kVersion = "porchlight " PORCHLIGHT_VERSION;

// The result of a command: done, or a sentence for stderr.
using CommandStatus = std::expected<void, std::string>;

// The command that the arguments name, ready to run. Set while they are parsed.
using SelectedCommand = std::function<CommandStatus()>;

// Each adds one subcommand to the root. If the arguments name it, it sets `selected` to what it does.
void add_init(CLI::App& root, SelectedCommand& selected);
void add_serve(CLI::App& root, SelectedCommand& selected);
void add_config(CLI::App& root, SelectedCommand& selected);
void add_reload(CLI::App& root, SelectedCommand& selected);
void add_doctor(CLI::App& root, SelectedCommand& selected);
void add_token(CLI::App& root, SelectedCommand& selected);
void add_tenant(CLI::App& root, SelectedCommand& selected);
void add_user(CLI::App& root, SelectedCommand& selected);
void add_admin(CLI::App& root, SelectedCommand& selected);
void add_audit(CLI::App& root, SelectedCommand& selected);
void add_clients(CLI::App& root, SelectedCommand& selected);
void add_presence(CLI::App& root, SelectedCommand& selected);
void add_app(CLI::App& root, SelectedCommand& selected);
void add_group(CLI::App& root, SelectedCommand& selected);
void add_log(CLI::App& root, SelectedCommand& selected);
void add_backup(CLI::App& root, SelectedCommand& selected);
void add_upgrade(CLI::App& root, SelectedCommand& selected);
void add_restore(CLI::App& root, SelectedCommand& selected);
void add_health(CLI::App& root, SelectedCommand& selected);
void add_loadtest(CLI::App& root, SelectedCommand& selected);
void add_manual(CLI::App& root, SelectedCommand& selected);
void add_completion(CLI::App& root, SelectedCommand& selected);

// The help of a command that only has subcommands: `note`, then how to get the help of one of them.
void describe_group(CLI::App& group, std::string_view note = "");

// The option --data DIR, required. It lives as long as the command.
CLI::Option& add_data(CLI::App& command, std::filesystem::path& data);

// The check of an option that is a duration such as "8h": the error, or an empty string.
std::string check_duration(const std::string& text);

// All words of `texts`, each of which may hold several words separated by spaces.
std::vector<std::string> split_words(const std::vector<std::string>& texts);

// The JSON of an administrative command: its name, then the members that write(JsonObject&) adds.
template <typename Write>
std::string admin_command(std::string_view name, Write&& write) {
  return json_object([&](JsonObject& out) {
    out.text("command", name);
    write(out);
  });
}

// How long a command waits for an answer of the server, unless --timeout says otherwise. Longer than the slowest batch
// of an import takes on a slow disk.
inline constexpr Duration kAnswerWait = std::chrono::seconds(60);

// The options that the commands on tenants, users, applications and groups have in common.
struct CommonOptions {
  std::filesystem::path data;
  std::string tenant;
  bool json = false;
  Duration timeout = kAnswerWait;
};
// Adds --data, --json and --timeout to a command.
void add_common(CLI::App& command, CommonOptions& common);

// A column of a table: the member of the JSON object that it shows, and its title.
struct Column {
  std::string_view member;
  std::string_view title;
};
// A table with aligned columns, printed in one or more parts. The titles of the columns come before the first part.
class ObjectTable {
 public:
  explicit ObjectTable(std::vector<Column> columns)
      : columns_(std::move(columns)), widths_(columns_.size()) {}
  // Prints a JSON array of objects. Columns are as wide as the widest cell up to the end of this part.
  CommandStatus print(std::string_view json);

 private:
  const std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  bool has_titles_ = false;
};
// Prints a JSON array of objects as a table.
CommandStatus print_table(std::string_view json, const std::vector<Column>& columns);
// Prints a JSON object as lines of title and value.
CommandStatus print_object(std::string_view json, const std::vector<Column>& columns);

}  // namespace porchlight::cli
