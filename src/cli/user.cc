// porchlight user: add, list, show, set, remove, password, second-factor. `user import` is in user_import.cc.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <tuple>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"
#include "cli/secret_input.h"
#include "cli/user_import.h"

namespace porchlight::cli {
namespace {

// What the commands print of a user.
const std::vector<Column> kUserColumns = {
    {"id", "ID"}, {"userPrincipalName", "UPN"}, {"displayName", "NAME"}};

const std::vector<Column> kFactorColumns = {{"id", "ID"},
                                            {"userPrincipalName", "UPN"},
                                            {"enrolled", "ENROLLED"},
                                            {"recoveryCodes", "RECOVERY CODES"}};

constexpr const char* kUserAddExamples = R"(
Examples:
  porchlight user add --data ~/porch --upn ana@contoso.com --name "Ana Lindqvist")";
constexpr const char* kUserSetExamples = R"(
Options that are absent leave their setting as it is. A user keeps presence, groups and password under a new name.

Examples:
  porchlight user set ana@contoso.com --data ~/porch --name "Ana Berg"
  porchlight user set ana@contoso.com --data ~/porch --new-upn ana.berg@contoso.com)";
constexpr const char* kUserPasswordExamples = R"(
Examples:
  porchlight user password ana@contoso.com --data ~/porch --file -)";
constexpr const char* kUserFactorExamples = R"(
Shows when the user enrolled a second factor, and how many recovery codes are left. With --remove, for a lost phone, the
user signs in with the password alone, or enrols another one if the configuration requires it.

Examples:
  porchlight user second-factor ana@contoso.com --data ~/porch
  porchlight user second-factor ana@contoso.com --data ~/porch --remove)";
constexpr const char* kUserListExamples = R"(
Examples:
  porchlight user list --data ~/porch
  porchlight user list --data ~/porch --tenant Contoso --json)";
constexpr const char* kUserShowExamples = R"(
Examples:
  porchlight user show ana@contoso.com --data ~/porch --json)";
constexpr const char* kUserRemoveExamples = R"(
Examples:
  porchlight user remove ana@contoso.com --data ~/porch)";

// The options of all commands on users; each command reads its own.
struct UserOptions : CommonOptions {
  std::string user, upn, name, id, new_upn;
  std::filesystem::path password;
  bool show = false, remove = false;
};

// Prints all users of a tenant page by page: there may be millions.
CommandStatus list(const UserOptions& options) {
  return run_and_print_pages(
      options,
      [&](const std::string& after) {
        return admin_command("user.list", [&](JsonObject& out) {
          out.text_if("tenant", options.tenant).text_if("after", after).number("limit", 2000);
        });
      },
      kUserColumns);
}

// Adds `user add`.
void add_user_add(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<UserOptions>& options) {
  CLI::App* add = group.add_subcommand("add", "Add a user and print it");
  add_common(*add, *options);
  add_tenant_option(*add, *options);
  add->add_option("--upn", options->upn, "userPrincipalName, such as ana@contoso.com")->required();
  add->add_option("--name", options->name, "Display name")->required();
  add->add_option("--id", options->id, "The user's id, a GUID (default: a new one)")->type_name("GUID");
  add->footer(kUserAddExamples);
  set_action(*add, selected, [options] {
    const std::string command = admin_command("user.add", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("upn", options->upn).text("name", options->name);
      out.text_if("id", options->id);
    });
    return run_and_print(*options, command, kUserColumns);
  });
}

// Adds `user set`, which changes only what its options name.
void add_user_set(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<UserOptions>& options) {
  CLI::App* set = group.add_subcommand("set", "Change the name or userPrincipalName of a user, and print it");
  add_common(*set, *options);
  add_tenant_option(*set, *options);
  set->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
      ->required();
  set->add_option("--name", options->name, "The new display name");
  set->add_option("--new-upn", options->new_upn, "The new userPrincipalName");
  set->footer(kUserSetExamples);
  set_action(*set, selected, [options] {
    const std::string command = admin_command("user.set", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("user", options->user);
      out.text_if("name", options->name).text_if("upn", options->new_upn);
    });
    return run_and_print(*options, command, kUserColumns);
  });
}

// Adds `user password`. The password comes from a file: arguments are visible to other users of the machine.
void add_password(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<UserOptions>& options) {
  CLI::App* set =
      group.add_subcommand("password", "Set the password with which a user signs in at this server");
  add_common(*set, *options);
  add_tenant_option(*set, *options);
  set->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
      ->required();
  set->add_option("--file", options->password, "A file with the password; - for stdin")->required();
  set->footer(kUserPasswordExamples);
  set_action(*set, selected, [options]() -> CommandStatus {
    const auto password = read_input(options->password);
    if (!password) return std::unexpected(password.error());
    const std::string command = admin_command("user.password", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("user", options->user).text("password", *password);
    });
    return run_and_print(*options, command, kUserColumns);
  });
}

// Adds `user second-factor`.
void add_second_factor(CLI::App& group, SelectedCommand& selected,
                       const std::shared_ptr<UserOptions>& options) {
  CLI::App* factor = group.add_subcommand("second-factor", "Show or remove the second factor of a user");
  add_common(*factor, *options);
  add_tenant_option(*factor, *options);
  factor->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
      ->required();
  auto* remove = factor->add_flag("--remove", options->remove, "Remove it");
  factor->add_flag("--show", options->show, "Show it (the default)")->excludes(remove);
  factor->footer(kUserFactorExamples);
  set_action(*factor, selected, [options] {
    const std::string command = admin_command(
        options->remove ? "user.second-factor-remove" : "user.second-factor",
        [&](JsonObject& out) { out.text_if("tenant", options->tenant).text("user", options->user); });
    return run_and_print(*options, command, kFactorColumns);
  });
}

}  // namespace

void add_user(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group =
      root.add_subcommand("user", "Add, list, show, change, remove and import users; set passwords");
  describe_group(*group);
  const auto options = std::make_shared<UserOptions>();
  add_user_add(*group, selected, options);
  add_user_set(*group, selected, options);
  add_password(*group, selected, options);
  add_second_factor(*group, selected, options);

  CLI::App* all = group->add_subcommand("list", "List the users of a tenant in order of id");
  add_common(*all, *options);
  add_tenant_option(*all, *options);
  all->footer(kUserListExamples);
  set_action(*all, selected, [options] { return list(*options); });

  const std::tuple<const char*, const char*, const char*> verbs[] = {
      {"show", "Show a user", kUserShowExamples}, {"remove", "Remove a user", kUserRemoveExamples}};
  for (const auto& [verb, help, examples] : verbs) {
    CLI::App* one = group->add_subcommand(verb, help);
    add_common(*one, *options);
    add_tenant_option(*one, *options);
    one->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
        ->required();
    one->footer(examples);
    set_action(*one, selected, [options, name = std::string(verb)] {
      const std::string command = admin_command("user." + name, [&](JsonObject& out) {
        out.text_if("tenant", options->tenant).text("user", options->user);
      });
      return name == "remove" ? run_removal(*options, command, kUserColumns, "user")
                              : run_and_print(*options, command, kUserColumns);
    });
  }
  add_user_import(*group, selected);
}

}  // namespace porchlight::cli
