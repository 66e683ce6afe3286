// Commands about the settings of the server, and about the issuers that it trusts.
#include "node/setting.h"
#include "server/effective_config.h"
#include "server/reloader.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::CommandArgs;
using node::IssuerKeys;
using node::settings::without_secrets;

void write_issuer(JsonObject& out, const IssuerKeys::IssuerStatus& status) {
  const node::TrustedIssuer& issuer = status.issuer;
  out.text("issuer", issuer.iss);
  if (issuer.tenant) out.text("tenant", to_string(*issuer.tenant));
  const std::string& url = issuer.jwks_url.empty() ? issuer.discovery_url : issuer.jwks_url;
  out.text("source", url.empty() ? issuer.jwks_file.string() : without_secrets(url));
  out.texts("keys", status.key_ids);
  if (status.fetches.fetched_at) out.text("lastFetch", admin::date_time_text(*status.fetches.fetched_at));
  if (!status.fetches.failed_at) return;
  out.object("lastFault", [&](JsonObject& fault) {
    fault.text("dateTime", admin::date_time_text(*status.fetches.failed_at));
    fault.text("reason", without_secrets(status.fetches.fault));
  });
}

}  // namespace

AdminResult show_settings(const LiveServer& server, CommandArgs&) {
  std::vector<node::SettingRow> rows = server.reloader.rows();
  for (node::SettingRow& row : rows) row.value = without_secrets(std::move(row.value));
  return settings_json(rows);
}

AdminResult list_issuers(const LiveServer& server, CommandArgs&) {
  return admin::json_list(server.node.issuer_keys()->status(), [](const IssuerKeys::IssuerStatus& status) {
    return json_object([&](JsonObject& out) { write_issuer(out, status); });
  });
}

}  // namespace porchlight::server
