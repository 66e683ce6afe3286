#include "node/config_sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/nearest.h"
#include "node/config_reader.h"

namespace porchlight::node {
namespace {

constexpr std::string_view kVariablePrefix = "PORCHLIGHT_";
constexpr const char* kCollectorVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

// The folder of systemd's credentials; empty without it.
std::filesystem::path credentials_folder(const Environment& environment) {
  const auto found = environment.find("CREDENTIALS_DIRECTORY");
  return found == environment.end() ? std::filesystem::path() : std::filesystem::path(found->second);
}

// Applies the text of the file.
void read_file(std::string_view text, const std::filesystem::path& file, ConfigReader& reader) {
  if (text.size() > kConfigBytesMax)
    return reader.add_fault(file.string() + ": is larger than " + std::to_string(kConfigBytesMax) + " bytes");
  try {
    reader.read(toml::parse(text, file.string()));
  } catch (const toml::parse_error& error) {
    reader.add_fault(fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
  }
}

// Applies the variables. Unknown ones only get a warning: Kubernetes, for one, sets PORCHLIGHT_PORT and others in every
// container beside a service of that name.
void read_environment(const Environment& environment, ConfigReader& reader,
                      std::vector<std::string>& warnings) {
  const std::vector<std::string> keys = reader.keys();
  std::vector<std::string> variables;
  variables.reserve(keys.size());
  for (const std::string& key : keys) variables.push_back(environment_name(key));
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kVariablePrefix)) continue;
    const auto known = std::ranges::find(variables, name);
    if (known == variables.end()) {
      warnings.push_back(with_hint("the environment variable " + name + " sets nothing", name, variables));
      continue;
    }
    reader.read({keys[static_cast<std::size_t>(known - variables.begin())], value, name});
  }
}

// Applies OpenTelemetry's variable, which other programs of a container have as well. The server's own key wins. Empty
// counts as unset (OpenTelemetry's environment variable specification).
void read_collector(const Environment& environment, const Config& config, ConfigReader& reader) {
  const auto found = environment.find(kCollectorVariable);
  if (found == environment.end() || found->second.empty() || !config.traces_endpoint.empty()) return;
  reader.read({"traces.endpoint", found->second, kCollectorVariable});
}

}  // namespace

std::string ReadConfig::fault_text() const { return fmt::format("{}", fmt::join(faults, "\n")); }

ReadConfig read_config(std::string_view text, const ConfigSources& sources) {
  ReadConfig result;
  ConfigReader reader(sources.file, credentials_folder(sources.environment), result.config);
  read_file(text, sources.file, reader);
  read_environment(sources.environment, reader, result.warnings);
  for (const TextValue& option : sources.options) reader.read(option);
  read_collector(sources.environment, result.config, reader);
  result.faults = reader.finish();
  result.rows = reader.rows();
  return result;
}

ReadConfig read_config(const ConfigSources& sources) {
  if (sources.file.empty()) return read_config("", sources);
  std::ifstream in(sources.file, std::ios::binary);
  std::string text(kConfigBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) {
    ReadConfig unread;
    unread.faults.push_back("cannot read " + sources.file.string());
    return unread;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return read_config(text, sources);
}

std::string environment_name(std::string_view key) {
  std::string name(kVariablePrefix);
  for (const char c : key)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Environment process_environment() {
  Environment all;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

}  // namespace porchlight::node
