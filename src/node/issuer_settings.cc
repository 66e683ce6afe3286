#include "node/issuer_settings.h"

#include "identity/keys.h"
#include "issuers/discovery.h"
#include "node/settings_reader.h"

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
  reader.setting("jwks_file", path(issuer.jwks_file, reader.folder()));
  reader.setting("discovery_url", text(issuer.discovery_url, "an https address", address));
  reader.setting("jwks_url", text(issuer.jwks_url, "an https address", address));
  reader.setting("ca_file", path(issuer.ca_file, reader.folder()));
  reader.setting("audiences", texts(issuer.audiences, "a list of texts", any));
  add_claims(reader, issuer.claims);
}

// Reads one [[issuer]] table. With [issuer.claims], the defaults are the claims that most OpenID Connect providers use.
ConfigError read_issuer(const toml::table& table, const std::filesystem::path& file, TrustedIssuer& issuer) {
  std::string tenant;
  SettingsReader reader(file);
  if (table.contains("claims")) issuer.claims = identity::open_id_claims();
  add_issuer(reader, tenant, issuer);
  if (ConfigError fault = reader.read(table, "")) return fault;
  issuer.tenant = parse_guid(tenant);
  if (ConfigError fault = check_issuer(issuer)) return reader.place(table.source()) + *fault;
  return std::nullopt;
}

}  // namespace

// Each table has a reader of its own: keys are relative to the table.
ConfigError read_issuers(toml::table& root, const std::filesystem::path& file, Config& config) {
  const toml::node* node = root.get("issuer");
  if (!node) return std::nullopt;
  const toml::array* array = node->as_array();
  if (!array || !array->is_array_of_tables())
    return file.string() + ":" + std::to_string(node->source().begin.line) +
           ": issuer: allowed is [[issuer]] tables";
  for (const toml::node& element : *array) {
    if (ConfigError fault = read_issuer(*element.as_table(), file, config.issuers.emplace_back()))
      return fault;
  }
  root.erase("issuer");
  return std::nullopt;
}

std::vector<std::string> issuer_setting_names() {
  std::string tenant;
  TrustedIssuer issuer;
  SettingsReader reader({});
  add_issuer(reader, tenant, issuer);
  return reader.names();
}

}  // namespace porchlight::node::settings
