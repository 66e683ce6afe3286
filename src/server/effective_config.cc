#include "server/effective_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/json_writer.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kListenDefault = "127.0.0.1:8080";

// The options that stand for keys of the configuration.
std::vector<node::TextValue> option_values(const ServeOptions& options) {
  std::vector<node::TextValue> values;
  const auto list = [&](const char* key, const std::vector<std::string>& items, const char* option) {
    if (!items.empty()) values.push_back({key, fmt::format("{}", fmt::join(items, ",")), option});
  };
  list("listen", options.listen, "--listen");
  list("tls_listen", options.tls_listen, "--tls-listen");
  list("clouds", options.clouds, "--cloud");
  if (options.no_notifications)
    values.push_back({"subscriptions.notifications", "false", "--no-notifications"});
  if (options.threads) values.push_back({"threads", std::to_string(*options.threads), "--threads"});
  if (options.authority)
    values.push_back({"authority.enabled", *options.authority ? "true" : "false", "--authority"});
  if (!options.throttle_off) return values;
  for (const char* key : {"throttle.reads.requests", "throttle.presence.requests", "throttle.graph.requests"})
    values.push_back({key, "0", "--throttle"});
  return values;
}

}  // namespace

node::ReadConfig effective_config(const ServeOptions& options, const node::Environment& environment) {
  node::ReadConfig read = node::read_config({options.config, environment, option_values(options)});
  if (!read.faults.empty()) return read;
  if (!read.config.listen.empty() || !read.config.tls_listen.empty()) return read;
  read.config.listen = {std::string(kListenDefault)};
  std::ranges::find(read.rows, "listen", &node::SettingRow::key)->value = kListenDefault;
  return read;
}

std::string settings_json(const std::vector<node::SettingRow>& rows) {
  std::string out;
  {
    JsonArray array(out);
    for (const node::SettingRow& row : rows) {
      array.json(json_object([&](JsonObject& object) {
        object.text("key", row.key);
        object.text("value", row.value);
        object.text("origin", row.origin);
      }));
    }
  }
  return out;
}

}  // namespace porchlight::server
