// Administrative commands on tenants and applications, and the tokens minted for them.
#include <algorithm>

#include "admin/commands.h"
#include "admin/permission_warnings.h"
#include "admin/web_applications.h"
#include "base/text.h"
#include "timezone/zone.h"

namespace porchlight::admin {
namespace {

// Limits of tokens, and of permissions in them.
constexpr Duration kTokenLifeDefault = std::chrono::hours(1);
constexpr std::chrono::days kTokenLifeMax{3650};
constexpr std::size_t kPermissionsMax = 100;
constexpr std::size_t kPermissionBytesMax = 128;

// What is wrong with a list of permissions. A token carries them as words of one claim, so none may hold a space.
std::optional<std::string> permissions_fault(const std::vector<std::string>& words) {
  if (words.size() > kPermissionsMax) return "more than " + std::to_string(kPermissionsMax) + " permissions";
  for (const std::string& word : words) {
    const bool good =
        !word.empty() && word.size() <= kPermissionBytesMax &&
        std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
    if (!good) return "\"" + word + "\" is not a permission such as Presence.Read.All";
    if (is_misspelt_permission(word))
      return "there is no permission \"" + word + "\"; docs/permissions.md lists them";
  }
  return std::nullopt;
}

// The member `warnings`, if there are any.
void write_warnings(JsonObject& out, const std::vector<std::string>& warnings) {
  if (!warnings.empty()) out.texts("warnings", warnings);
}

// Warnings about a token: its permissions, and those of the kind that a token with or without a user does not use.
std::vector<std::string> token_warnings(const identity::TokenRequest& request) {
  std::vector<std::string> warnings = permission_warnings(request.scopes, request.roles);
  if (!request.user && !request.scopes.empty())
    warnings.emplace_back("the token has no user, so its scopes grant nothing; name the user with --user");
  if (request.user && !request.roles.empty())
    warnings.emplace_back(
        "the token has a user, so its roles grant nothing; a token without --user has roles");
  return warnings;
}

// The id of the user or application whose tokens are revoked. An id need not be in the directory: other issuers have
// users and applications that are not provisioned here, or not any more.
Checked<Guid> read_subject(const node::Node& node, const directory::Tenant& tenant, CommandArgs& args) {
  const auto user = args.text("user"), app = args.text("app");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (user.has_value() == app.has_value())
    return std::unexpected("say whose tokens: those of a user, or those of an application");
  if (const auto id = parse_guid(user ? *user : *app); id && !id->is_nil()) return *id;
  if (user) {
    const auto found = find_user(node, tenant, *user);
    return found ? Checked<Guid>(found->id) : std::unexpected(found.error());
  }
  const auto found = find_app(node, tenant, *app);
  return found ? Checked<Guid>(found->id) : std::unexpected(found.error());
}

// Why the tenant may not trust another one, if it may not.
std::optional<std::string> trust_fault(const directory::Tenant& tenant, const Guid& other) {
  if (other == tenant.id) return "a tenant's own people need no trust; name another tenant";
  if (tenant.settings.trusts.size() >= directory::kTrustsMax)
    return "a tenant trusts at most " + std::to_string(directory::kTrustsMax) + " others";
  return std::nullopt;
}

// Adds a trusted tenant. The list stays sorted and without duplicates.
Checked<void> trust(const node::Node& node, directory::Tenant& tenant, const std::string& which) {
  const auto other = find_tenant(node, which);
  if (!other) return std::unexpected(other.error());
  auto& trusts = tenant.settings.trusts;
  const auto place = std::ranges::lower_bound(trusts, other->id);
  if (place != trusts.end() && *place == other->id) return {};
  if (auto fault = trust_fault(tenant, other->id)) return std::unexpected(*std::move(fault));
  trusts.insert(place, other->id);
  return {};
}

// Removes a trusted tenant. An id may also name a tenant that does not exist any more.
Checked<void> untrust(const node::Node& node, directory::Tenant& tenant, const std::string& which) {
  auto id = parse_guid(which);
  if (!id) {
    const auto other = find_tenant(node, which);
    if (!other) return std::unexpected(other.error());
    id = other->id;
  }
  if (std::erase(tenant.settings.trusts, *id) == 0)
    return std::unexpected("tenant \"" + tenant.name + "\" does not trust \"" + which + "\"");
  return {};
}

// Whether a tenant has the name, in any letter case, as the authority's paths name it.
bool is_name_taken(const node::Node& node, const std::string& name) {
  return std::ranges::any_of(node.view().tenants(), [&](const directory::Tenant& tenant) {
    return equals_ignore_case(tenant.name, name);
  });
}

// Applies the settings that the command has to `tenant`.
Checked<void> read_settings(const node::Node& node, CommandArgs& args, directory::Tenant& tenant) {
  const auto zone = args.text("zone");
  const auto history = args.choice("history");
  (void)args.choice("operator");  // for its type; set_operator() applies it
  (void)args.choice("web");       // the same; set_web()
  const auto trusted = args.texts("trust");
  const auto untrusted = args.texts("untrust");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (args.scope && args.has_any({"operator", "trust", "untrust"}))
    return std::unexpected(forbidden("only the operator's administrators set operator, trust and untrust"));
  if (!args.has_any({"zone", "history", "operator", "web", "trust", "untrust"}))
    return std::unexpected("say what to set: zone, history, operator, web, trust or untrust");
  if (zone) {
    const auto found = timezone::Zone::find(*zone);
    if (!found)
      return std::unexpected("there is no time zone \"" + *zone +
                             "\"; a name is such as Europe/Berlin or UTC");
    tenant.settings.zone = found->name();
  }
  if (history) tenant.settings.history = *history;
  for (const std::string& which : trusted.value_or(std::vector<std::string>{})) {
    if (auto done = trust(node, tenant, which); !done) return done;
  }
  for (const std::string& which : untrusted.value_or(std::vector<std::string>{})) {
    if (auto done = untrust(node, tenant, which); !done) return done;
  }
  return {};
}

// Adds or removes the applications of the web interface, as member `web` says.
Checked<void> set_web(node::Node& node, CommandArgs& args, const Guid& tenant) {
  const auto on = args.choice("web");
  if (!on) return {};
  return *on ? add_web_applications(node, tenant) : remove_web_applications(node, tenant);
}

// Adds to `changes` what member `operator` says. At most one tenant is the operator's.
Checked<void> set_operator(const node::Node& node, CommandArgs& args, const directory::Tenant& tenant,
                           std::vector<state::DirectoryCommand>& changes) {
  const auto on = args.choice("operator");
  if (!on) return {};
  for (const directory::Tenant& other : node.view().tenants()) {
    if (*on && other.id != tenant.id && node.view().is_operator(other.id))
      return std::unexpected(
          exists("tenant \"" + other.name +
                 "\" is the operator's already; end that first with: porchlight tenant set \"" + other.name +
                 "\" --operator off"));
  }
  changes.push_back({tenant.id, Guid{}, directory::AdministratorSet{*on}});
  return {};
}

// Applies what the command has of client, priority, scopes and roles to `app`.
Checked<void> read_app(CommandArgs& args, directory::App& app) {
  app.client = args.choice("client").value_or(app.client);
  app.priority = args.choice("priority").value_or(app.priority);
  app.scopes = args.texts("scopes").value_or(app.scopes);
  app.roles = args.texts("roles").value_or(app.roles);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  for (const auto& words : {app.scopes, app.roles})
    if (auto fault = permissions_fault(words)) return std::unexpected(*std::move(fault));
  return {};
}

// Writes the application. Returns it as JSON, with warnings.
AdminResult put_app(node::Node& node, const directory::Tenant& tenant, const directory::App& app) {
  const directory::AppPut put{app.name, app.client, app.scopes, app.roles, app.priority};
  if (auto made = write(node, {{tenant.id, app.id, put}}); !made) return std::unexpected(made.error());
  return json_object([&](JsonObject& out) {
    write_app(out, tenant, app);
    write_warnings(out, permission_warnings(app.scopes, app.roles));
  });
}

}  // namespace

Checked<std::pair<directory::Tenant, directory::App>> tenant_and_app(node::Node& node, CommandArgs& args) {
  auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto which = args.text("app");
  if (!which) return std::unexpected("say which application");
  auto app = find_app(node, *tenant, *which);
  if (!app) return std::unexpected(app.error());
  return std::pair(*std::move(tenant), *std::move(app));
}

AdminResult add_tenant(node::Node& node, CommandArgs& args) {
  const auto id_and_name = read_id_and_name(args);
  if (!id_and_name) return std::unexpected(id_and_name.error());
  if (node.view().has_tenant(id_and_name->id))
    return std::unexpected(exists("there is a tenant " + to_string(id_and_name->id) + " already"));
  if (!args.flag("allow_duplicate_name") && is_name_taken(node, id_and_name->name))
    return std::unexpected(
        exists("there is a tenant \"" + id_and_name->name +
               "\" already; --allow-duplicate-name adds another, and commands then need ids"));
  if (auto made = write(node, {{id_and_name->id, Guid{}, directory::TenantPut{id_and_name->name}}}); !made)
    return std::unexpected(made.error());
  return to_json(node, directory::Tenant{id_and_name->id, id_and_name->name});
}

AdminResult set_tenant(node::Node& node, CommandArgs& args) {
  auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  if (auto read = read_settings(node, args, *tenant); !read) return std::unexpected(read.error());
  std::vector<state::DirectoryCommand> changes = {
      {tenant->id, Guid{}, directory::TenantPut{tenant->name, tenant->settings}}};
  if (auto added = set_operator(node, args, *tenant, changes); !added) return std::unexpected(added.error());
  if (auto made = write(node, std::move(changes)); !made) return std::unexpected(made.error());
  if (auto set = set_web(node, args, tenant->id); !set) return std::unexpected(set.error());
  return to_json(node, *tenant);
}

AdminResult list_tenants(node::Node& node, CommandArgs& args) {
  return json_list(tenants_of(node, args),
                   [&](const directory::Tenant& tenant) { return to_json(node, tenant); });
}

AdminResult show_tenant(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  return to_json(node, *tenant);
}

AdminResult add_app(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto id_and_name = read_id_and_name(args);
  if (!id_and_name) return std::unexpected(id_and_name.error());
  directory::App app;
  app.id = id_and_name->id;
  app.name = id_and_name->name;
  if (auto read = read_app(args, app); !read) return std::unexpected(read.error());
  if (node.view().find_app(tenant->id, app.id))
    return std::unexpected(exists("there is an application " + to_string(app.id) + " already"));
  return put_app(node, *tenant, app);
}

AdminResult set_app(node::Node& node, CommandArgs& args) {
  auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  auto& [tenant, app] = *both;
  if (!args.has_any({"name", "client", "priority", "scopes", "roles"}))
    return std::unexpected("say what to set: name, client, priority, scopes or roles");
  app.name = args.text("name").value_or(app.name);
  if (const auto fault = directory::name_fault(app.name)) return std::unexpected("the name " + *fault);
  if (auto read = read_app(args, app); !read) return std::unexpected(read.error());
  return put_app(node, tenant, app);
}

AdminResult list_apps(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  return json_list(node.view().apps(tenant->id),
                   [&](const directory::App& app) { return to_json(*tenant, app); });
}

AdminResult show_app(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  return to_json(both->first, both->second);
}

AdminResult remove_app(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, app] = *both;
  if (auto revoked = node.revoke(tenant.id, app.id); !revoked)
    return std::unexpected(unavailable(revoked.error()));
  if (auto forgot = forget_app(node, tenant.id, app.id); !forgot) return std::unexpected(forgot.error());
  if (auto made = write(node, {{tenant.id, app.id, directory::AppRemoved{}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, app);
}

// Mints a token with the scopes or roles of the command; the application's own are the default, not a limit.
AdminResult mint_token(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, app] = *both;
  identity::TokenRequest request{.tenant = tenant.id,
                                 .app = app.id,
                                 .user = {},
                                 .scopes = {},
                                 .roles = {},
                                 .audience = std::string(node::kAudience),
                                 .life = {}};
  if (const auto who = args.text("user")) {
    const auto user = find_user(node, tenant, *who);
    if (!user) return std::unexpected(user.error());
    request.user = user->id;
  }
  const auto scopes = args.texts("scopes");
  const auto roles = args.texts("roles");
  const auto life = read_life(args, kTokenLifeDefault, kTokenLifeMax);
  if (!life) return std::unexpected(life.error());
  request.life = *life;
  request.scopes = scopes.value_or(request.user ? app.scopes : std::vector<std::string>{});
  request.roles = roles.value_or(request.user ? std::vector<std::string>{} : app.roles);
  for (const auto& words : {request.scopes, request.roles}) {
    if (const auto fault = permissions_fault(words)) return std::unexpected(*fault);
  }
  const std::string token = node.signing_key().mint(request, node::kIssuer, node.clock().wall());
  return json_object([&](JsonObject& out) {
    out.text("token", token);
    write_warnings(out, token_warnings(request));
  });
}

AdminResult revoke_tokens(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto subject = read_subject(node, *tenant, args);
  if (!subject) return std::unexpected(subject.error());
  if (auto revoked = node.revoke(tenant->id, *subject); !revoked)
    return std::unexpected(unavailable(revoked.error()));
  return json_object(
      [&](JsonObject& out) { out.text("id", to_string(*subject)).text("tenant", to_string(tenant->id)); });
}

}  // namespace porchlight::admin
