// porchlight user: add, list, show, remove, password. `user import` is in user_import.cc.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

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

constexpr JsonLimits kUserPageLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

constexpr const char* kUserExamples = R"(
Examples:
  porchlight user add --data ~/porch --upn ana@contoso.com --name "Ana Lindqvist"
  porchlight user show --data ~/porch ana@contoso.com --json
  porchlight user password --data ~/porch ana@contoso.com --file -
  porchlight user import people.csv --data ~/porch)";

// The options of all commands on users; each command reads its own.
struct UserOptions : CommonOptions {
  std::string user, upn, name, id;
  std::filesystem::path password;
};

// Prints the users of one page. Returns where the next page starts; empty after the last.
std::expected<std::string, std::string> print_page(const std::string& page, bool json, bool first) {
  JsonReader reader;
  const auto root = reader.parse(page, kUserPageLimits);
  simdjson::dom::array people;
  if (!root || (*root)["value"].get_array().get(people))
    return std::unexpected("the server's answer is not a page of users");
  if (json) {
    const char* before = first ? "" : ",\n";
    for (const simdjson::dom::element person : people) {
      std::printf("%s%s", before, std::string(simdjson::minify(person)).c_str());
      before = ",\n";
    }
  } else if (auto printed = print_table(std::string(simdjson::minify(people)), kUserColumns, first);
             !printed) {
    return std::unexpected(printed.error());
  }
  std::string_view next;
  return (*root)["next"].get_string().get(next) ? std::string() : std::string(next);
}

// Prints all users of a tenant page by page: there may be millions.
CommandStatus list(const UserOptions& options) {
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  std::string after;
  for (bool first = true; first || !after.empty(); first = false) {
    const auto page = (*client)->run(admin_command("user.list", [&](JsonObject& out) {
      out.text_if("tenant", options.tenant).text_if("after", after).number("limit", 2000);
    }));
    if (!page) return std::unexpected(page.error());
    if (first && options.json) std::fputs("[", stdout);
    auto next = print_page(*page, options.json, first);
    if (!next) return std::unexpected(next.error());
    after = *std::move(next);
  }
  if (options.json) std::puts("]");
  return {};
}

// Adds `user add`.
void add_user_add(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<UserOptions>& options) {
  CLI::App* add = group.add_subcommand("add", "Add a user and print it");
  add_common(*add, *options);
  add_tenant_option(*add, *options);
  add->add_option("--upn", options->upn, "userPrincipalName, such as ana@contoso.com")->required();
  add->add_option("--name", options->name, "Display name")->required();
  add->add_option("--id", options->id, "The user's id, a GUID (default: a new one)")->type_name("GUID");
  set_action(*add, selected, [options] {
    const std::string command = admin_command("user.add", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("upn", options->upn).text("name", options->name);
      out.text_if("id", options->id);
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
  set_action(*set, selected, [options]() -> CommandStatus {
    const auto password = read_input(options->password);
    if (!password) return std::unexpected(password.error());
    const std::string command = admin_command("user.password", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("user", options->user).text("password", *password);
    });
    return run_and_print(*options, command, kUserColumns);
  });
}

}  // namespace

void add_user(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("user", "Add, list, show, remove and import users; set passwords");
  group->require_subcommand(1);
  group->footer(kUserExamples);
  const auto options = std::make_shared<UserOptions>();
  add_user_add(*group, selected, options);
  add_password(*group, selected, options);

  CLI::App* all = group->add_subcommand("list", "List the users of a tenant in order of id");
  add_common(*all, *options);
  add_tenant_option(*all, *options);
  set_action(*all, selected, [options] { return list(*options); });

  for (const auto& [verb, help] : {std::pair("show", "Show a user"), std::pair("remove", "Remove a user")}) {
    CLI::App* one = group->add_subcommand(verb, help);
    add_common(*one, *options);
    add_tenant_option(*one, *options);
    one->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
        ->required();
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
