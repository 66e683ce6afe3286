// What the administrative commands share: reading arguments, finding things by id or name, writing, and the JSON of
// results.
#include <algorithm>
#include <future>

#include "admin/commands.h"
#include "base/time_text.h"

#include <fmt/format.h>

namespace porchlight::admin {

simdjson::simdjson_result<simdjson::dom::element> CommandArgs::find(std::string_view name) {
  auto member = find_member(members_, name);
  if (!member.error() && member.is_null()) return simdjson::NO_SUCH_FIELD;
  return member;
}

// Keeps the first wrong type as the fault.
void CommandArgs::wrong(std::string_view name, std::string_view wanted) {
  if (fault_.empty()) fault_ = std::string(name) + " must be " + std::string(wanted);
}

std::vector<std::string> CommandArgs::names() const {
  constexpr std::string_view kSubjects[] = {"command", "tenant",       "user",      "app",
                                            "group",   "subscription", "connection"};
  std::vector<std::string> names;
  for (const auto& [name, value] : members_)
    if (!value.is_null() && std::ranges::find(kSubjects, name) == std::end(kSubjects))
      names.emplace_back(name);
  return names;
}

bool CommandArgs::has_any(std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [this](std::string_view name) { return !find(name).error(); });
}

std::optional<std::string> CommandArgs::text(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  std::string_view value;
  if (!member.get_string().get(value)) return std::string(value);
  wrong(name, "a text");
  return std::nullopt;
}

std::optional<std::vector<std::string>> CommandArgs::texts(std::string_view name) {
  const auto elements = array(name);
  if (!elements) return std::nullopt;
  std::vector<std::string> values;
  for (const auto element : *elements) {
    std::string_view value;
    if (element.get_string().get(value)) {
      wrong(name, "a list of texts");
      return std::nullopt;
    }
    values.emplace_back(value);
  }
  return values;
}

std::optional<std::uint64_t> CommandArgs::number(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  std::uint64_t value;
  if (!member.get_uint64().get(value)) return value;
  wrong(name, "a whole number");
  return std::nullopt;
}

std::optional<bool> CommandArgs::choice(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  bool value;
  if (!member.get_bool().get(value)) return value;
  wrong(name, "true or false");
  return std::nullopt;
}

std::optional<simdjson::dom::array> CommandArgs::array(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  simdjson::dom::array value;
  if (!member.get_array().get(value)) return value;
  wrong(name, "a list");
  return std::nullopt;
}

namespace {

// Why a command without --tenant names no tenant.
std::string tenant_fault(const std::vector<directory::Tenant>& tenants) {
  if (tenants.empty()) return "there is no tenant yet; add one with: porchlight tenant add";
  return "there are " + std::to_string(tenants.size()) + " tenants; say which with --tenant";
}

}  // namespace

AdminError unavailable(std::string text) { return {std::move(text), AdminFault::kUnavailable}; }
AdminError forbidden(std::string text) { return {std::move(text), AdminFault::kForbidden}; }
AdminError exists(std::string text) { return {std::move(text), AdminFault::kConflict}; }
AdminError not_found(std::string text) { return {std::move(text), AdminFault::kNotFound}; }

namespace {

// The item of a list with this id, or the only one with this name. `noun` is for the error.
template <typename Item>
Checked<Item> pick(const std::vector<Item>& items, const std::string& which, const std::string& noun) {
  const auto id = parse_guid(which);
  const Item* found = nullptr;
  for (const Item& item : items) {
    if (id && item.id == *id) return item;
    if (item.name != which) continue;
    if (found)
      return std::unexpected(fmt::format("several {}s are named \"{}\"; say which by id", noun, which));
    found = &item;
  }
  if (found) return *found;
  return std::unexpected(not_found("there is no " + noun + " \"" + which + "\""));
}

}  // namespace

std::string write_error_text(const state::Outcome& outcome) {
  const auto* error = std::get_if<state::WriteError>(&outcome.error());
  if (error && *error == state::WriteError::kOverloaded) return "too many writes are waiting; try again";
  return "the log accepts no writes now; see the server's log (is the disk full?)";
}

std::vector<directory::Tenant> tenants_of(const node::Node& node, const CommandArgs& args) {
  if (!args.scope) return node.view().tenants();
  const auto own = node.view().find_tenant(*args.scope);
  return own ? std::vector{*own} : std::vector<directory::Tenant>();
}

Checked<directory::Tenant> find_tenant(const node::Node& node, CommandArgs& args) {
  const auto which = args.text("tenant");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  auto tenants = tenants_of(node, args);
  if (which) return pick(tenants, *which, "tenant");
  if (tenants.size() != 1) return std::unexpected(tenant_fault(tenants));
  return tenants.front();
}

Checked<directory::Tenant> find_tenant(const node::Node& node, const std::string& which) {
  return pick(node.view().tenants(), which, "tenant");
}

Checked<directory::User> find_user(const node::Node& node, const directory::Tenant& tenant,
                                   const std::string& who) {
  auto id = parse_guid(who);
  if (!id) id = node.view().find_user_by_upn(tenant.id, who);
  const auto user = id ? node.view().find_user({tenant.id, *id}) : std::nullopt;
  if (!user)
    return std::unexpected(not_found("there is no user \"" + who + "\" in tenant \"" + tenant.name + "\""));
  return *user;
}

Checked<directory::App> find_app(const node::Node& node, const directory::Tenant& tenant,
                                 const std::string& which) {
  return pick(node.view().apps(tenant.id), which, "application");
}

Checked<directory::Group> find_group(const node::Node& node, const directory::Tenant& tenant,
                                     const std::string& which) {
  return pick(node.view().groups(tenant.id), which, "group");
}

Checked<std::optional<directory::Tenant>> find_tenant_or_all(const node::Node& node, CommandArgs& args) {
  if (!args.scope && !args.text("tenant")) return std::nullopt;
  return find_tenant(node, args);
}

std::string date_time_text(Time time) {
  std::string text;
  append_date_time(text, time);
  return text;
}

Checked<Guid> id_or_new(CommandArgs& args) {
  const auto text = args.text("id");
  if (!text) return secure_random_guid();
  const auto id = parse_guid(*text);
  if (!id || id->is_nil()) return std::unexpected("id \"" + *text + "\" is not a GUID");
  return *id;
}

Checked<IdAndName> read_id_and_name(CommandArgs& args) {
  auto id = id_or_new(args);
  if (!id) return std::unexpected(id.error());
  auto name = args.text("name").value_or("");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (const auto fault = directory::name_fault(name)) return std::unexpected("the name " + *fault);
  return IdAndName{*id, std::move(name)};
}

Checked<Duration> read_life(CommandArgs& args, Duration otherwise, std::chrono::days longest) {
  const auto life = args.number("expires_ms");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!life) return otherwise;
  if (*life == 0 || *life > static_cast<std::uint64_t>(Duration(longest).count()))
    return std::unexpected(
        fmt::format("expires: allowed is more than nothing, and at most {}d", longest.count()));
  return Duration(*life);
}

Checked<void> write(node::Node& node, std::vector<state::DirectoryCommand> commands) {
  // Shared with the callback: the log's thread may still be in set_value() when get() returns.
  const auto done = std::make_shared<std::promise<state::Outcome>>();
  auto outcome = done->get_future();
  node.writer().submit(std::move(commands), node.clock().wall(),
                       [done](const state::Outcome& result) { done->set_value(result); });
  const state::Outcome result = outcome.get();
  if (!result) return std::unexpected(unavailable(write_error_text(result)));
  return {};
}

std::string to_json(const node::Node& node, const directory::Tenant& tenant) {
  return json_object([&](JsonObject& out) {
    out.text("id", to_string(tenant.id)).text("displayName", tenant.name);
    out.boolean("operator", node.view().is_operator(tenant.id));
    out.text("zone", tenant.settings.zone).boolean("history", tenant.settings.history);
    out.array("trusts", tenant.settings.trusts,
              [](JsonArray& list, const Guid& other) { list.text(to_string(other)); });
  });
}

std::string to_json(const directory::Tenant& tenant, const directory::User& user) {
  return json_object([&](JsonObject& out) {
    out.text("id", to_string(user.id)).text("userPrincipalName", user.upn);
    out.text("displayName", user.name).text("tenant", to_string(tenant.id));
  });
}

void write_app(JsonObject& out, const directory::Tenant& tenant, const directory::App& app) {
  out.text("appId", to_string(app.id)).text("displayName", app.name).text("tenant", to_string(tenant.id));
  out.boolean("client", app.client).boolean("priority", app.priority);
  out.texts("scopes", app.scopes).texts("roles", app.roles);
}

std::string to_json(const directory::Tenant& tenant, const directory::App& app) {
  return json_object([&](JsonObject& out) { write_app(out, tenant, app); });
}

void write_group(JsonObject& out, const directory::Tenant& tenant, const directory::Group& group) {
  out.text("id", to_string(group.id)).text("displayName", group.name).text("tenant", to_string(tenant.id));
  out.number("memberCount", group.members.size());
}

std::string to_json(const directory::Tenant& tenant, const directory::Group& group) {
  return json_object([&](JsonObject& out) { write_group(out, tenant, group); });
}

}  // namespace porchlight::admin
