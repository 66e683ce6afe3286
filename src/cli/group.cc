// porchlight group: add, list, show, remove, member-add, member-remove.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

// What the commands print of a group and of a member.
const std::vector<Column> kGroupColumns = {{"id", "ID"}, {"displayName", "NAME"}, {"memberCount", "MEMBERS"}};
const std::vector<Column> kMemberColumns = {
    {"id", "ID"}, {"userPrincipalName", "UPN"}, {"displayName", "NAME"}};

constexpr JsonLimits kGroupLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

constexpr const char* kGroupNote = R"(
A group has up to 10,000 users of one tenant. Clients can read the presence of all its members at once, and users
can limit the visibility of their presence to a group.
)";

// How the examples of the help begin; each command appends the rest of its line.
std::string group_example(std::string_view rest) {
  return fmt::format("\nExamples:\n  porchlight group {}", rest);
}

// The options of all commands on groups; each command reads its own.
struct GroupOptions : CommonOptions {
  std::string group, name, id;
  std::vector<std::string> users;
};

// A command on one group.
std::string group_command(const std::string& name, const GroupOptions& options) {
  return admin_command(name, [&](JsonObject& out) {
    out.text_if("tenant", options.tenant).text("group", options.group);
    if (!options.users.empty()) out.texts("users", options.users);
  });
}

// Prints the group as lines, then its members as a table.
CommandStatus show(const GroupOptions& options) {
  const std::string command = group_command("group.show", options);
  if (options.json) return run_and_print(options, command, kGroupColumns);
  const auto result = run_once(options.data, command, options.timeout);
  if (!result) return std::unexpected(result.error());
  JsonReader reader;
  const auto root = reader.parse(*result, kGroupLimits);
  simdjson::dom::array members;
  if (!root || (*root)["members"].get_array().get(members))
    return std::unexpected("the server's answer is not a group");
  if (auto printed = print_object(*result, kGroupColumns); !printed) return printed;
  std::puts("");
  return print_table(std::string(simdjson::minify(members)), kMemberColumns);
}

// Adds a subcommand on one group.
CLI::App* add_named_group(CLI::App& group, const char* verb, const char* what,
                          const std::shared_ptr<GroupOptions>& options) {
  CLI::App* command = group.add_subcommand(verb, what);
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--group,--id,group", options->group, "The group, by id or name")->required();
  return command;
}

// Adds `group add`.
void add_group_add(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<GroupOptions>& options) {
  CLI::App* add = group.add_subcommand("add", "Add a group and print it");
  add_common(*add, *options);
  add_tenant_option(*add, *options);
  add->add_option("--name", options->name, "Its name")->required();
  add->add_option("--id", options->id, "Its id, a GUID (default: a new one)")->type_name("GUID");
  add->add_option("--user", options->users, "A member, by id or userPrincipalName (may be repeated)")
      ->allow_extra_args(false);
  add->footer(
      group_example("add --data ~/porch --name Reception --user ana@contoso.com --user ben@contoso.com"));
  set_action(*add, selected, [options] {
    const std::string command = admin_command("group.add", [&](JsonObject& out) {
      out.text_if("tenant", options->tenant).text("name", options->name).text_if("id", options->id);
      out.texts("users", options->users);
    });
    return run_and_print(*options, command, kGroupColumns);
  });
}

// Adds member-add or member-remove.
void add_member_command(CLI::App& group, SelectedCommand& selected,
                        const std::shared_ptr<GroupOptions>& options, const char* verb, const char* what) {
  CLI::App* command = add_named_group(group, verb, what, options);
  command->add_option("--user,user", options->users, "The users, by id or userPrincipalName")->required();
  command->footer(group_example(fmt::format("{} Reception dev@contoso.com --data ~/porch", verb)));
  set_action(*command, selected, [options, verb] {
    return run_and_print(*options, group_command(std::string("group.") + verb, *options), kGroupColumns);
  });
}

}  // namespace

void add_group(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("group", "Add, list, show and remove groups and their members");
  describe_group(*group, kGroupNote);
  const auto options = std::make_shared<GroupOptions>();
  add_group_add(*group, selected, options);

  CLI::App* list = group->add_subcommand("list", "List the groups of a tenant in order of id");
  add_common(*list, *options);
  add_tenant_option(*list, *options);
  list->footer(group_example("list --data ~/porch"));
  set_action(*list, selected, [options] {
    const std::string command =
        admin_command("group.list", [&](JsonObject& out) { out.text_if("tenant", options->tenant); });
    return run_and_print(*options, command, kGroupColumns);
  });

  CLI::App* one = add_named_group(*group, "show", "Show a group and its members", options);
  one->footer(group_example("show Reception --data ~/porch"));
  set_action(*one, selected, [options] { return show(*options); });

  CLI::App* remove =
      add_named_group(*group, "remove", "Remove a group; its members stay in the tenant", options);
  remove->footer(group_example("remove Reception --data ~/porch"));
  set_action(*remove, selected, [options] {
    return run_removal(*options, group_command("group.remove", *options), kGroupColumns, "group");
  });

  add_member_command(*group, selected, options, "member-add", "Add users to a group");
  add_member_command(*group, selected, options, "member-remove", "Remove users from a group");
}

}  // namespace porchlight::cli
