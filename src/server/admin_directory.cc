// Administrative commands on tenants and applications, and the tokens minted for them.
#include <algorithm>

#include "base/json.h"
#include "server/admin_commands.h"

namespace porchlight::server {
namespace {

constexpr Duration kTokenLifeDefault = std::chrono::hours(1);
constexpr Duration kTokenLifeMax = std::chrono::days(3650);
constexpr std::size_t kPermissionsMax = 100;
constexpr std::size_t kPermissionBytesMax = 128;

// What is wrong with a list of permissions; they travel as words of a claim.
std::optional<std::string> permissions_fault(const std::vector<std::string>& words) {
  if (words.size() > kPermissionsMax) return "more than " + std::to_string(kPermissionsMax) + " permissions";
  for (const std::string& word : words) {
    const bool good =
        !word.empty() && word.size() <= kPermissionBytesMax &&
        std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
    if (!good) return "\"" + word + "\" is not a permission such as Presence.Read.All";
  }
  return std::nullopt;
}

// Name and id of something to add, checked.
struct Named {
  Guid id;
  std::string name;
};
std::expected<Named, std::string> read_named(Args& args) {
  auto id = id_or_new(args);
  if (!id) return std::unexpected(id.error());
  auto name = args.text("name").value_or("");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (const auto fault = directory::name_fault(name)) return std::unexpected(*fault);
  return Named{*id, std::move(name)};
}

template <typename Things, typename Write>
std::string json_list(const Things& things, Write write_one) {
  std::string out = "[";
  for (const auto& thing : things) {
    if (out.size() > 1) out += ',';
    out += write_one(thing);
  }
  return out += ']';
}

std::expected<std::pair<directory::Tenant, directory::App>, std::string> tenant_and_app(Node& node,
                                                                                        Args& args) {
  auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto which = args.text("app");
  if (!which) return std::unexpected("say which application");
  auto app = find_app(node, *tenant, *which);
  if (!app) return std::unexpected(app.error());
  return std::pair(*std::move(tenant), *std::move(app));
}

}  // namespace

Result add_tenant(Node& node, Args& args) {
  const auto named = read_named(args);
  if (!named) return std::unexpected(named.error());
  if (node.view().has_tenant(named->id))
    return std::unexpected("there is a tenant " + to_string(named->id) + " already");
  if (auto made = write(node, {{named->id, Guid{}, directory::TenantPut{named->name}}}); !made)
    return std::unexpected(made.error());
  return to_json(directory::Tenant{named->id, named->name});
}

Result list_tenants(Node& node, Args&) {
  return json_list(node.view().tenants(), [](const directory::Tenant& tenant) { return to_json(tenant); });
}

Result show_tenant(Node& node, Args& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  return to_json(*tenant);
}

Result remove_tenant(Node& node, Args& args) {
  if (!args.text("tenant")) return std::unexpected("say which tenant");
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto users = node.view().count_users(tenant->id);
  const auto apps = node.view().apps(tenant->id).size();
  if (users + apps > 0)
    return std::unexpected("tenant \"" + tenant->name + "\" still has " + std::to_string(users) +
                           " users and " + std::to_string(apps) + " applications; remove them first");
  if (auto made = write(node, {{tenant->id, Guid{}, directory::TenantRemoved{}}}); !made)
    return std::unexpected(made.error());
  return to_json(*tenant);
}

Result add_app(Node& node, Args& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto named = read_named(args);
  if (!named) return std::unexpected(named.error());
  directory::App app{named->id, named->name, args.flag("client"),
                     args.texts("scopes").value_or(std::vector<std::string>{}),
                     args.texts("roles").value_or(std::vector<std::string>{})};
  if (!args.fault().empty()) return std::unexpected(args.fault());
  for (const auto& words : {app.scopes, app.roles}) {
    if (const auto fault = permissions_fault(words)) return std::unexpected(*fault);
  }
  if (node.view().find_app(tenant->id, app.id))
    return std::unexpected("there is an application " + to_string(app.id) + " already");
  if (auto made =
          write(node, {{tenant->id, app.id, directory::AppPut{app.name, app.client, app.scopes, app.roles}}});
      !made)
    return std::unexpected(made.error());
  return to_json(*tenant, app);
}

Result list_apps(Node& node, Args& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  return json_list(node.view().apps(tenant->id),
                   [&](const directory::App& app) { return to_json(*tenant, app); });
}

Result show_app(Node& node, Args& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  return to_json(both->first, both->second);
}

Result remove_app(Node& node, Args& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, app] = *both;
  if (auto made = write(node, {{tenant.id, app.id, directory::AppRemoved{}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, app);
}

// Mints what it is told: what the application was granted is only the default.
Result mint_token(Node& node, Args& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, app] = *both;
  identity::TokenRequest request{.tenant = tenant.id,
                                 .app = app.id,
                                 .user = {},
                                 .scopes = {},
                                 .roles = {},
                                 .audience = std::string(kAudience),
                                 .life = kTokenLifeDefault};
  if (const auto who = args.text("user")) {
    const auto user = find_user(node, tenant, *who);
    if (!user) return std::unexpected(user.error());
    request.user = user->id;
  }
  const auto scopes = args.texts("scopes");
  const auto roles = args.texts("roles");
  const auto life = args.number("expires_ms");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  request.scopes = scopes.value_or(request.user ? app.scopes : std::vector<std::string>{});
  request.roles = roles.value_or(request.user ? std::vector<std::string>{} : app.roles);
  for (const auto& words : {request.scopes, request.roles}) {
    if (const auto fault = permissions_fault(words)) return std::unexpected(*fault);
  }
  if (life) request.life = Duration(std::min<std::uint64_t>(*life, kTokenLifeMax.count()));
  const std::string token = node.signing_key().mint(request, kIssuer, node.clock().wall());
  return "{\"token\":\"" + token + "\"}";
}

}  // namespace porchlight::server
