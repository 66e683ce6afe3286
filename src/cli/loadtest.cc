// porchlight loadtest streams: many streams against a server of this machine, and a report.
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

constexpr const char* kDrillExamples = R"(
Two scenarios, one after the other unless --storm names one:
  watched    all streams follow one person (or --people in turns), who changes --changes times
  reconnect  all streams are closed at once and come back with Last-Event-ID, while people change

For ten minutes at most it sets a session of its own, Busy or DoNotDisturb, for the people whom it follows, and ends
it afterwards. The server must have room for the streams of one application: serve it with --throttle off, and set
in its configuration
  [streams]
  per_application = 100000
Each stream is an open file of the server and of the load test (ulimit -n; [http] connections of the server).

It ends with 1 where the bound of docs/notifications.md did not hold.

Examples:
  porchlight loadtest streams --data ~/porch --app "Demo writer"
  porchlight loadtest streams --data ~/porch --app "Demo writer" --storm watched --streams 20000 --changes 5
  porchlight loadtest streams --server http://127.0.0.1:8080 --token-file - --user 87d349ed-44d7-43e1-9a83-5f2406dee5bd)";

constexpr std::size_t kPage = 2000;  // people that one administrative command lists
constexpr JsonLimits kDrillPageLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

struct DrillOptions {
  std::filesystem::path data, token_file;
  std::string server = "http://127.0.0.1:8080", app, tenant, scenario = "both", longest = "2m";
  std::vector<std::string> users;
  std::size_t streams = 1000, people = 1, changes = 10;
  bool json = false;
};

std::string check_server(const std::string& url) {
  const auto server = loadtest::parse_loopback_url(url);
  return server ? "" : url + " " + server.error();
}

std::string check_longest(const std::string& text) {
  const auto longest = parse_human_duration(text);
  return longest && *longest > Duration(0) && *longest <= std::chrono::minutes(4)
             ? ""
             : "not a duration such as 90s, of at most 4m";
}

std::expected<std::string, std::string> mint(const DrillOptions& options) {
  CommandText command("token");
  command.text("app", options.app).text_if("tenant", options.tenant).number("expires_ms", 3'600'000);
  const auto result = run_once(options.data, command.take());
  if (!result) return std::unexpected(result.error());
  JsonReader reader;
  const auto root = reader.parse(*result);
  std::string_view text;
  if (!root || (*root)["token"].get_string().get(text)) return std::unexpected("the answer holds no token");
  return std::string(text);
}

// Adds the people of one page; the place where the next page begins, or nothing at the end.
std::expected<std::string, std::string> append_page(const std::string& page, std::vector<std::string>& ids) {
  JsonReader reader;
  const auto root = reader.parse(page, kDrillPageLimits);
  simdjson::dom::array people;
  if (!root || (*root)["value"].get_array().get(people))
    return std::unexpected("the answer is no page of users");
  for (const simdjson::dom::element person : people) {
    std::string_view id;
    if (!person["id"].get_string().get(id)) ids.emplace_back(id);
  }
  std::string_view next;
  return (*root)["next"].get_string().get(next) ? std::string() : std::string(next);
}

// The tenant's first people.
std::expected<std::vector<std::string>, std::string> list_people(const DrillOptions& options) {
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  std::vector<std::string> ids;
  std::string after;
  do {
    CommandText command("user.list");
    command.text_if("tenant", options.tenant).text_if("after", after);
    const auto page =
        (*client)->run(command.number("limit", std::min(kPage, options.people - ids.size())).take());
    if (!page) return std::unexpected(page.error());
    auto next = append_page(*page, ids);
    if (!next) return std::unexpected(next.error());
    after = *std::move(next);
  } while (!after.empty() && ids.size() < options.people);
  if (ids.empty())
    return std::unexpected("the tenant has nobody to follow: add a user, or name one with --user");
  return ids;
}

std::expected<loadtest::LoadTestOptions, std::string> load_test_options(const DrillOptions& options) {
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

CommandStatus run_streams(const DrillOptions& options) {
  if (options.data.empty() && (options.token_file.empty() || options.users.empty()))
    return std::unexpected("without --data it needs --token-file and --user");
  if (options.token_file.empty() && options.app.empty()) return std::unexpected("--data needs --app");
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
  if (!all_within) return std::unexpected("the bound did not hold");
  return {};
}

}  // namespace

void add_loadtest(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group =
      root.add_subcommand("loadtest", "Load a server of this machine, and print what that cost");
  group->require_subcommand(1);
  const auto options = std::make_shared<DrillOptions>();
  CLI::App* command = group->add_subcommand("streams", "Many streams at once");
  command
      ->add_option("--server", options->server,
                   "Where it listens, without TLS (default http://127.0.0.1:8080)")
      ->type_name("URL")
      ->check(check_server);
  command->add_option("--data", options->data, "Its data folder: to mint a token and to find people")
      ->type_name("DIR");
  command->add_option("--app", options->app,
                      "The application to be, by id or name; it needs Presence.ReadWrite.All");
  command->add_option("--tenant", options->tenant,
                      "The tenant, by id or name; needed where there are several");
  command
      ->add_option("--token-file", options->token_file, "A file with the token to use instead; - for stdin")
      ->type_name("FILE");
  command->add_option("--storm", options->scenario, "watched, reconnect or both (default both)")
      ->check(CLI::IsMember({"watched", "reconnect", "both"}));
  command->add_option("--streams", options->streams, "How many streams (default 1000)")
      ->check(CLI::Range(std::size_t{1}, loadtest::kStreamsMax));
  command->add_option("--people", options->people, "How many people they follow, one each (default 1)")
      ->check(CLI::Range(std::size_t{1}, loadtest::kStreamsMax));
  command->add_option("--user", options->users,
                      "Follow this user, by id or userPrincipalName (may be repeated)");
  command->add_option("--changes", options->changes, "How often each of them changes (default 10)")
      ->check(CLI::Range(std::size_t{1}, loadtest::kChangesMax));
  command->add_option("--longest", options->longest, "How long a scenario may take (default 2m)")
      ->check(check_longest);
  command->add_flag("--json", options->json, "Print each report as a line of JSON");
  command->footer(kDrillExamples);
  set_action(*command, selected, [options] { return run_streams(*options); });
}

}  // namespace porchlight::cli
