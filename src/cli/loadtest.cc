// porchlight loadtest streams: opens many event streams on a server of this machine, and prints a report.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "base/time_text.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"
#include "cli/secret_input.h"
#include "loadtest/load_test.h"
#include "loadtest/server_process.h"

namespace porchlight::cli {
namespace {

constexpr const char* kLoadTestExamples = R"(
Runs two scenarios one after the other, or the one that --storm names:
  watched    all streams follow the same user (or --people users in turn), whose presence changes --changes times
  reconnect  all streams are closed at once and reopened with Last-Event-ID, while presence changes

The load test sets a session of its own, Busy or DoNotDisturb, for the users that it follows, for at most ten minutes,
and clears it at the end. The server must admit as many streams of one application: start it with --throttle off, and,
for more than 1000 streams, put into its configuration
  [streams]
  per_application = 100000
Each stream needs an open file in the server and in the load test (ulimit -n; [http] connections of the server).

Exits with 1 if the delivery bound of docs/notifications.md did not hold.

Examples:
  porchlight loadtest streams --data ~/porch --app "Demo writer"
  porchlight loadtest streams --data ~/porch --app "Demo writer" --storm watched --streams 20000 --changes 5
  porchlight loadtest streams --server http://127.0.0.1:8080 --token-file - --user 87d349ed-44d7-43e1-9a83-5f2406dee5bd)";

constexpr std::size_t kPage = 2000;  // users that one administrative command lists
constexpr JsonLimits kPeoplePageLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

// The options of the command, as parsed.
struct LoadTestCommandOptions {
  std::filesystem::path data, token_file;
  std::string server = "http://127.0.0.1:8080", app, tenant, scenario = "both", longest = "2m";
  std::vector<std::string> users;
  std::size_t streams = 1000, people = 1, changes = 10;
  bool json = false;
};

// Checks the address of the server; returns the error, or an empty string.
std::string check_server(const std::string& url) {
  const auto server = loadtest::parse_loopback_url(url);
  return server ? "" : url + " " + server.error();
}

// Checks the time limit of a scenario in the same way. At most 4 minutes: the sessions that it sets expire after ten.
std::string check_longest(const std::string& text) {
  const auto longest = parse_human_duration(text);
  return longest && *longest > Duration(0) && *longest <= std::chrono::minutes(4)
             ? ""
             : "not a duration such as 90s, of at most 4m";
}

// A token of the application for an hour, from the data folder of the server.
std::expected<std::string, std::string> mint(const LoadTestCommandOptions& options) {
  const auto result = run_once(
      options.data, admin_command("token", [&](JsonObject& out) {
        out.text("app", options.app).text_if("tenant", options.tenant).number("expires_ms", 3'600'000);
      }));
  if (!result) return std::unexpected(result.error());
  JsonReader reader;
  const auto root = reader.parse(*result);
  std::string_view text;
  if (!root || (*root)["token"].get_string().get(text))
    return std::unexpected("the server's answer has no token");
  return std::string(text);
}

// Appends the ids of one page of users. Returns where the next page starts; empty after the last.
std::expected<std::string, std::string> append_page(const std::string& page, std::vector<std::string>& ids) {
  JsonReader reader;
  const auto root = reader.parse(page, kPeoplePageLimits);
  simdjson::dom::array people;
  if (!root || (*root)["value"].get_array().get(people))
    return std::unexpected("the server's answer is not a page of users");
  for (const simdjson::dom::element person : people) {
    std::string_view id;
    if (!person["id"].get_string().get(id)) ids.emplace_back(id);
  }
  std::string_view next;
  return (*root)["next"].get_string().get(next) ? std::string() : std::string(next);
}

// The ids of the tenant's first users, up to --people.
std::expected<std::vector<std::string>, std::string> list_people(const LoadTestCommandOptions& options) {
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  std::vector<std::string> ids;
  std::string after;
  do {
    const auto page = (*client)->run(admin_command("user.list", [&](JsonObject& out) {
      out.text_if("tenant", options.tenant).text_if("after", after);
      out.number("limit", std::min(kPage, options.people - ids.size()));
    }));
    if (!page) return std::unexpected(page.error());
    auto next = append_page(*page, ids);
    if (!next) return std::unexpected(next.error());
    after = *std::move(next);
  } while (!after.empty() && ids.size() < options.people);
  if (ids.empty())
    return std::unexpected(
        "the tenant has no user to follow: add one with `porchlight user add`, or name one with --user");
  return ids;
}

// The options of the load test: with --token-file and --user from these, otherwise from the data folder.
std::expected<loadtest::LoadTestOptions, std::string> load_test_options(
    const LoadTestCommandOptions& options) {
  loadtest::LoadTestOptions load_test;
  load_test.server = *loadtest::parse_loopback_url(options.server);
  load_test.people = options.users;
  load_test.streams = options.streams;
  load_test.changes = options.changes;
  load_test.longest = *parse_human_duration(options.longest);
  load_test.pid = loadtest::find_listener(load_test.server.port);
  load_test.progress = [](const std::string& how_far) {
    std::fprintf(stderr, "loadtest: %s\n", how_far.c_str());
  };
  auto token = options.token_file.empty() ? mint(options) : read_input(options.token_file);
  if (!token) return std::unexpected(token.error());
  load_test.token = *std::move(token);
  if (!load_test.people.empty()) return load_test;
  auto people = list_people(options);
  if (!people) return std::unexpected(people.error());
  load_test.people = *std::move(people);
  return load_test;
}

// Runs the scenarios, prints a report after each, and fails if one of them missed a bound.
CommandStatus run_streams(const LoadTestCommandOptions& options) {
  if (options.data.empty() && (options.token_file.empty() || options.users.empty()))
    return std::unexpected("give --data and --app, or --token-file and --user");
  if (options.token_file.empty() && options.app.empty())
    return std::unexpected("--data needs --app: the application whose token the load test uses");
  const auto load_test = load_test_options(options);
  if (!load_test) return std::unexpected(load_test.error());
  bool all_within = true;
  for (const auto& [name, run] :
       {std::pair("watched", &loadtest::run_watched), std::pair("reconnect", &loadtest::run_reconnect)}) {
    if (options.scenario != "both" && options.scenario != name) continue;
    const auto report = run(*load_test);
    if (!report) return std::unexpected(report.error());
    std::fputs(
        options.json ? (loadtest::json_of(*report) + '\n').c_str() : loadtest::text_of(*report).c_str(),
        stdout);
    std::fflush(stdout);
    all_within &= loadtest::within_bound(*report);
  }
  if (!all_within)
    return std::unexpected("the delivery bound did not hold; the report above says which part");
  return {};
}

}  // namespace

void add_loadtest(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group =
      root.add_subcommand("loadtest", "Put load on a server of this machine, and print a report");
  describe_group(*group);
  const auto options = std::make_shared<LoadTestCommandOptions>();
  CLI::App* command =
      group->add_subcommand("streams", "Open many event streams at once and measure deliveries");
  command
      ->add_option("--server", options->server,
                   "An address of the server without TLS (default http://127.0.0.1:8080)")
      ->type_name("URL")
      ->check(check_server);
  command
      ->add_option("--data", options->data,
                   "The data folder of the server, to mint a token and to find users")
      ->type_name("DIR");
  command->add_option("--app", options->app,
                      "The application to use, by id or name; it needs Presence.ReadWrite.All");
  command->add_option("--tenant", options->tenant,
                      "The tenant, by id or name; required if there are several");
  command
      ->add_option("--token-file", options->token_file,
                   "A file with a token to use instead of --app; - for stdin")
      ->type_name("FILE");
  command->add_option("--storm", options->scenario, "The scenario: watched, reconnect or both (default both)")
      ->check(CLI::IsMember({"watched", "reconnect", "both"}));
  command->add_option("--streams", options->streams, "The number of streams (default 1000)")
      ->check(CLI::Range(std::size_t{1}, loadtest::kStreamsMax));
  command
      ->add_option("--people", options->people,
                   "The number of users to follow; each stream follows one (default 1)")
      ->check(CLI::Range(std::size_t{1}, loadtest::kStreamsMax));
  command->add_option("--user", options->users,
                      "Follow this user, by id or userPrincipalName (may be repeated)");
  command
      ->add_option("--changes", options->changes, "How often the presence of each user changes (default 10)")
      ->check(CLI::Range(std::size_t{1}, loadtest::kChangesMax));
  command->add_option("--longest", options->longest, "The time limit of a scenario (default 2m, at most 4m)")
      ->check(check_longest);
  command->add_flag("--json", options->json, "Print each report as a line of JSON");
  command->footer(kLoadTestExamples);
  set_action(*command, selected, [options] { return run_streams(*options); });
}

}  // namespace porchlight::cli
