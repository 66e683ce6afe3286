// porchlight presence: sets and clears the presence of a user for the user, lists sessions, ends streams.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/time_text.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kOwnerColumns = {
    {"id", "ID"}, {"userPrincipalName", "UPN"}, {"displayName", "NAME"}};
const std::vector<Column> kSessionColumns = {{"id", "ID"},
                                             {"applicationId", "APPLICATION"},
                                             {"availability", "AVAILABILITY"},
                                             {"activity", "ACTIVITY"},
                                             {"expires", "EXPIRES"}};

constexpr const char* kPresenceNote = R"(
These commands do for a user what the user and the user's applications can do. Each change is in the audit log, without
the values. To end the tokens of a user: porchlight token revoke.
)";

// The options of all commands on the presence of a user; each command has its own, and those of others stay empty.
struct PresenceOptions : CommonOptions {
  std::string user, availability, activity, message, app, session, expires;
};

// A command on the presence of one user.
struct PresenceVerb {
  const char* name;
  const char* command;  // of admin/admin.h
  const char* what;
  bool has_pair = false, has_message = false, has_session = false;
  const char* life = nullptr;  // what holds without --expires; null: the command has no such option
  const char* example = "";    // the options of the example
  const char* note = "";       // of the help
  const std::vector<Column>* columns = &kOwnerColumns;
};

constexpr const char* kSessionNote = R"(
A session belongs to the application that set it. --session is the sessionId with which it was set, or the id that
`porchlight presence sessions` prints.
)";

constexpr PresenceVerb kPresenceVerbs[] = {
    {.name = "preferred-set",
     .command = "presence.preferred-set",
     .what = "Set the preferred presence of a user, and print the user",
     .has_pair = true,
     .life = "default 1d for Busy and DoNotDisturb, else 7d",
     .example = " --availability DoNotDisturb --activity DoNotDisturb --expires 8h"},
    {.name = "preferred-clear",
     .command = "presence.preferred-clear",
     .what = "Clear the preferred presence of a user, and print the user"},
    {.name = "message-set",
     .command = "presence.message-set",
     .what = "Set the status message of a user, and print the user",
     .has_message = true,
     .life = "default: until it is cleared",
     .example = " --message \"On leave until Monday\" --expires 3d"},
    {.name = "message-clear",
     .command = "presence.message-clear",
     .what = "Clear the status message of a user, and print the user"},
    {.name = "sessions",
     .command = "presence.sessions",
     .what = "List the presence sessions of a user that have not expired",
     .columns = &kSessionColumns},
    {.name = "session-set",
     .command = "presence.session-set",
     .what = "Set a presence session of a user, and print the user",
     .has_pair = true,
     .has_session = true,
     .life = "default 5m",
     .example = " --app \"Desk phones\" --session desk --availability Busy --activity InACall --expires 1h",
     .note = kSessionNote},
    {.name = "session-clear",
     .command = "presence.session-clear",
     .what = "Clear a presence session of a user, and print the user",
     .has_session = true,
     .example = " --app \"Desk phones\" --session desk",
     .note = kSessionNote},
    {.name = "end-streams",
     .command = "streams.end",
     .what = "End the open streams of a user, and print the user; clients may open them again"},
};

std::string presence_command(const char* name, const PresenceOptions& options) {
  return admin_command(name, [&](JsonObject& out) {
    out.text_if("tenant", options.tenant).text("user", options.user);
    out.text_if("availability", options.availability).text_if("activity", options.activity);
    out.text_if("message", options.message).text_if("app", options.app).text_if("session", options.session);
    if (!options.expires.empty()) out.number("expires_ms", parse_human_duration(options.expires)->count());
  });
}

void add_presence_verb(CLI::App& group, SelectedCommand& selected, const PresenceVerb& verb,
                       const std::shared_ptr<PresenceOptions>& options) {
  CLI::App* command = group.add_subcommand(verb.name, verb.what);
  add_common(*command, *options);
  add_tenant_option(*command, *options);
  command->add_option("--user,--id,--upn,user", options->user, "The user, by id or userPrincipalName")
      ->required();
  if (verb.has_session) {
    command->add_option("--app", options->app, "The application of the session, by id or name")->required();
    command->add_option("--session", options->session, "The session")->required();
  }
  if (verb.has_pair) {
    command->add_option("--availability", options->availability, "Such as Busy")->required();
    command->add_option("--activity", options->activity, "Such as InACall")->required();
  }
  if (verb.has_message) command->add_option("--message", options->message, "Its text")->required();
  if (verb.life != nullptr)
    command->add_option("--expires", options->expires, fmt::format("How long it is valid ({})", verb.life))
        ->check(check_duration);
  command->footer(fmt::format("{}\nExamples:\n  porchlight presence {} ana@contoso.com --data ~/porch{}",
                              verb.note, verb.name, verb.example));
  set_action(*command, selected, [options, &verb] {
    return run_and_print(*options, presence_command(verb.command, *options), *verb.columns);
  });
}

}  // namespace

void add_presence(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group =
      root.add_subcommand("presence", "Set and clear the presence of a user; list its sessions");
  describe_group(*group, kPresenceNote);
  const auto options = std::make_shared<PresenceOptions>();
  for (const PresenceVerb& verb : kPresenceVerbs) add_presence_verb(*group, selected, verb, options);
}

}  // namespace porchlight::cli
