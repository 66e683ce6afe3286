// porchlight group: add, list, show, remove, member-add, member-remove.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kGroupColumns = {{"id", "ID"}, {"displayName", "NAME"}, {"memberCount", "MEMBERS"}};
const std::vector<Column> kMemberColumns = {
    {"id", "ID"}, {"userPrincipalName", "UPN"}, {"displayName", "NAME"}};

constexpr JsonLimits kGroupLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

constexpr const char* kGroupExamples = R"(
A group is people of one tenant, at most 10,000. Callers ask for the presence of all of them at once, and
people may show theirs to a group alone.

Examples:
  porchlight group add --data ~/porch --name Reception --user ana@contoso.com --user ben@contoso.com
  porchlight group member-add Reception dev@contoso.com --data ~/porch
  porchlight group member-remove Reception ana@contoso.com --data ~/porch
  porchlight group show Reception --data ~/porch)";

struct GroupOptions : CommonOptions {
  std::string group, name, id;
  std::vector<std::string> users;
};

// The group as lines, then its members as a table.
CommandStatus show(const GroupOptions& options) {
  CommandText command("group.show");
  command.text_if("tenant", options.tenant).text("group", options.group);
  if (options.json) return run_and_print(options, command.take(), kGroupColumns);
  const auto result = run_once(options.data, command.take());
  if (!result) return std::unexpected(result.error());
  JsonReader reader;
  const auto root = reader.parse(*result, kGroupLimits);
  simdjson::dom::array members;
  if (!root || (*root)["members"].get_array().get(members)) return std::unexpected("the answer is no group");
  if (auto printed = print_object(*result, kGroupColumns); !printed) return printed;
  std::puts("");
  return print_table(std::string(simdjson::minify(members)), kMemberColumns, true);
}

// A subcommand that names a group.
CLI::App* add_named_group(CLI::App& group, const char* verb, const char* what,
                          const std::shared_ptr<GroupOptions>& options) {
  CLI::App* command = group.add_subcommand(verb, what);
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--group,--id,group", options->group, "Which one, by id or name")->required();
  return command;
}

void add_group_add(CLI::App& group, SelectedCommand& selected, const std::shared_ptr<GroupOptions>& options) {
  CLI::App* add = group.add_subcommand("add", "Add a group and print it");
  add_common(*add, *options);
  add_tenant_option(*add, *options);
  add->add_option("--name", options->name, "Its name")->required();
  add->add_option("--id", options->id, "Its id, a GUID; a new one if absent")->type_name("GUID");
  add->add_option("--user", options->users, "A member, by id or userPrincipalName")->allow_extra_args(false);
  set_action(*add, selected, [options] {
    CommandText command("group.add");
    command.text_if("tenant", options->tenant).text("name", options->name).text_if("id", options->id);
    return run_and_print(*options, command.texts("users", options->users).take(), kGroupColumns);
  });
}

// member-add and member-remove.
void add_member_command(CLI::App& group, SelectedCommand& selected,
                        const std::shared_ptr<GroupOptions>& options, const char* verb, const char* what) {
  CLI::App* command = add_named_group(group, verb, what, options);
  command->add_option("--user,user", options->users, "Whom, by id or userPrincipalName; several may be named")
      ->required();
  set_action(*command, selected, [options, verb] {
    CommandText text(std::string("group.") + verb);
    text.text_if("tenant", options->tenant).text("group", options->group).texts("users", options->users);
    return run_and_print(*options, text.take(), kGroupColumns);
  });
}

}  // namespace

void add_group(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("group", "Add, list, show and remove groups and their members");
  group->require_subcommand(1);
  group->footer(kGroupExamples);
  const auto options = std::make_shared<GroupOptions>();
  add_group_add(*group, selected, options);

  CLI::App* list = group->add_subcommand("list", "List the groups of a tenant in order of id");
  add_common(*list, *options);
  add_tenant_option(*list, *options);
  set_action(*list, selected, [options] {
    return run_and_print(*options, CommandText("group.list").text_if("tenant", options->tenant).take(),
                         kGroupColumns);
  });

  CLI::App* one = add_named_group(*group, "show", "Show a group and its members", options);
  set_action(*one, selected, [options] { return show(*options); });

  CLI::App* remove =
      add_named_group(*group, "remove", "Remove a group; its members stay in the tenant", options);
  set_action(*remove, selected, [options] {
    CommandText command("group.remove");
    command.text_if("tenant", options->tenant).text("group", options->group);
    return run_and_print(*options, command.take(), kGroupColumns);
  });

  add_member_command(*group, selected, options, "member-add", "Put users into a group");
  add_member_command(*group, selected, options, "member-remove", "Take users out of a group");
}

}  // namespace porchlight::cli
