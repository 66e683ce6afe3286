// Configuration files, and environment variables with the same texts: any text gives a configuration or faults. What
// was read and is shown as plain text is the same when it is read again from variables.
#include <cstdint>
#include <cstdlib>

#include "node/config_sources.h"

using namespace porchlight::node;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Environment credentials = {{"CREDENTIALS_DIRECTORY", "/run/credentials"}};
  const ReadConfig read = read_config(text, {"/etc/p.toml", credentials, {}});
  for (const std::string& fault : read.faults)
    if (fault.empty()) std::abort();
  for (const std::string& key : {"listen", "http.idle", "webhooks.ports", "tls.key", "audiences"})
    read_config("", {"/etc/p.toml", credentials, {{key, text, "--option"}}});
  if (!read.faults.empty()) return 0;
  Environment again = credentials;
  for (const SettingRow& row : read.rows) {
    // Lists of free texts may have commas in their items; an unset text has no form of its own.
    if (row.key.starts_with("issuer.") || row.key == "audiences" || row.origin == "default") continue;
    again.emplace(environment_name(row.key), row.value);
  }
  const ReadConfig shown = read_config("", {"/etc/p.toml", again, {}});
  for (std::size_t i = 0; i < shown.rows.size(); ++i)
    if (shown.rows[i].value != read.rows[i].value && shown.rows[i].key != "audiences") std::abort();
  return 0;
}
