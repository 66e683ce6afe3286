#include "node/issuer_settings.h"

#include "identity/keys.h"
#include "issuers/discovery.h"

namespace porchlight::node::settings {
namespace {

// [issuer.claims].
void add_claims(SettingsReader& reader, identity::ClaimMap& claims) {
  const auto any = [](const std::string& value) { return !value.empty(); };
  const std::string allowed = "the name of a claim, or a path with dots";
  reader.setting("claims.scope", text(claims.scopes, allowed, any));
  reader.setting("claims.roles", text(claims.roles, allowed, any));
  reader.setting("claims.subject", text(claims.subject, allowed, any));
  reader.setting("claims.app", text(claims.app, allowed, any));
  reader.setting("claims.app_only", text(claims.app_only, R"("claim" or "claim=value")", any));
  reader.setting("claims.tenant", text(claims.tenant, allowed, any));
  reader.setting("claims.user",
                 word(claims.subject_is_upn, {{"id", false}, {"upn", true}}, R"("id" or "upn")"));
}

// Checks what concerns several settings of an issuer.
ConfigError check_issuer(TrustedIssuer& issuer) {
  const int places = !issuer.jwks_file.empty() + !issuer.discovery_url.empty() + !issuer.jwks_url.empty();
  const bool named = issuer.iss.find(identity::kTenantPlaceholder) != std::string::npos;
  if (issuer.iss.empty() || (!issuer.tenant && !named) || places != 1)
    return "an [[issuer]] needs iss, tenant (or {tenantid} in iss), and one of discovery_url, jwks_url, "
           "jwks_file";
  if (!issuer.tenant && issuer.claims.tenant.empty())
    return "an [[issuer]] without a tenant needs claims.tenant";
  if (issuer.tenant) issuer.iss = identity::issuer_for(issuer.iss, *issuer.tenant);
  return std::nullopt;
}

// An [[issuer]] table. `tenant` gets the text of its tenant.
void add_issuer(SettingsReader& reader, std::string& tenant, TrustedIssuer& issuer) {
  const auto any = [](const std::string& value) { return !value.empty(); };
  const auto address = [](const std::string& value) { return !issuers::https_origin(value).empty(); };
  reader.setting("iss", text(issuer.iss, "the exact text of the tokens' iss", any));
  reader.setting("tenant", text(tenant, "the tenant's id, a GUID",
                                [](const std::string& value) { return parse_guid(value).has_value(); }));
  reader.setting("jwks_file", path(issuer.jwks_file, reader.folders()));
  reader.setting("discovery_url", text(issuer.discovery_url, "an https address", address));
  reader.setting("jwks_url", text(issuer.jwks_url, "an https address", address));
  reader.setting("ca_file", path(issuer.ca_file, reader.folders()));
  reader.setting("audiences", texts(issuer.audiences, "a list of texts", any));
  add_claims(reader, issuer.claims);
}

// Reads one [[issuer]] table with a reader of its own: keys are relative to the table. With [issuer.claims], the
// defaults are the claims that most OpenID Connect providers use.
void read_issuer(const toml::table& table, SettingsReader& all, TrustedIssuer& issuer,
                 std::vector<SettingRow>& rows) {
  std::string tenant;
  SettingsReader reader(all.file(), all.folders().credentials);
  if (table.contains("claims")) issuer.claims = identity::open_id_claims();
  add_issuer(reader, tenant, issuer);
  reader.read(table);
  for (SettingRow& row : reader.rows())
    rows.push_back({"issuer." + row.key, std::move(row.value), std::move(row.origin)});
  if (reader.has_faults()) return all.take_faults(reader);
  issuer.tenant = parse_guid(tenant);
  if (const ConfigError fault = check_issuer(issuer)) all.add_fault(table.source(), *fault);
}

}  // namespace

void read_issuers(toml::table& root, SettingsReader& reader, Config& config, std::vector<SettingRow>& rows) {
  const toml::node* node = root.get("issuer");
  if (!node) return;
  const toml::array* array = node->as_array();
  if (array && array->is_array_of_tables()) {
    for (const toml::node& element : *array)
      read_issuer(*element.as_table(), reader, config.issuers.emplace_back(), rows);
  } else {
    reader.add_fault(node->source(), "issuer: allowed is [[issuer]] tables");
  }
  root.erase("issuer");
}

std::vector<std::string> issuer_setting_names() {
  std::string tenant;
  TrustedIssuer issuer;
  SettingsReader reader({}, {});
  add_issuer(reader, tenant, issuer);
  return reader.names();
}

}  // namespace porchlight::node::settings
