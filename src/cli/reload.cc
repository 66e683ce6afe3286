// porchlight reload: makes the running server read its configuration again.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"

namespace porchlight::cli {
namespace {

constexpr const char* kReloadExamples = R"(
The server reads its configuration file, environment and certificate again; SIGHUP does the same. In effect at once are
log_level, tls.certificate and tls.key, [[issuer]], [throttle], [webhooks] and streams.origins. Other changes are named
and take a restart. If the file or the certificate is not valid, nothing changes.

Examples:
  porchlight reload --data /var/lib/porchlight)";

// The items of a list of the answer.
std::vector<std::string> keys_of(const simdjson::dom::element& answer, std::string_view name) {
  std::vector<std::string> keys;
  simdjson::dom::array array;
  if (answer[name].get_array().get(array)) return keys;
  keys.reserve(array.size());
  for (const simdjson::dom::element key : array)
    if (std::string_view text; !key.get_string().get(text)) keys.emplace_back(text);
  return keys;
}

void print_keys(const char* title, const std::vector<std::string>& keys) {
  if (!keys.empty()) std::puts(fmt::format("{}: {}", title, fmt::join(keys, ", ")).c_str());
}

CommandStatus reload(const CommonOptions& options) {
  const auto answer = ask_server(options.data, "/reload", options.timeout);
  if (!answer) return std::unexpected(answer.error());
  if (options.json) return std::puts(answer->c_str()), CommandStatus();
  JsonReader reader;
  const auto root = reader.parse(*answer);
  if (!root) return std::unexpected("the server's answer is not JSON");
  const auto applied = keys_of(*root, "applied");
  const auto later = keys_of(*root, "needsRestart");
  print_keys("applied", applied);
  print_keys("needs a restart", later);
  if (applied.empty() && later.empty()) std::puts("nothing has changed");
  return {};
}

}  // namespace

void add_reload(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<CommonOptions>();
  CLI::App* command = root.add_subcommand("reload", "Make the running server read its configuration again");
  add_common(*command, *options);
  command->footer(kReloadExamples);
  command->callback([options, &selected] { selected = [options] { return reload(*options); }; });
}

}  // namespace porchlight::cli
