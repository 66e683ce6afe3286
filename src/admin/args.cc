// What the administrative commands share.
#include <future>

#include "admin/commands.h"
#include "base/json.h"

namespace porchlight::admin {

simdjson::simdjson_result<simdjson::dom::element> Args::find(std::string_view name) {
  auto member = find_member(members_, name);
  if (!member.error() && member.is_null()) return simdjson::NO_SUCH_FIELD;
  return member;
}

void Args::wrong(std::string_view name, std::string_view wanted) {
  if (fault_.empty()) fault_ = std::string(name) + " must be " + std::string(wanted);
}

std::optional<std::string> Args::text(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  std::string_view value;
  if (!member.get_string().get(value)) return std::string(value);
  wrong(name, "a text");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Args::texts(std::string_view name) {
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

std::optional<std::uint64_t> Args::number(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  std::uint64_t value;
  if (!member.get_uint64().get(value)) return value;
  wrong(name, "a whole number");
  return std::nullopt;
}

std::optional<bool> Args::choice(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  bool value;
  if (!member.get_bool().get(value)) return value;
  wrong(name, "true or false");
  return std::nullopt;
}

std::optional<simdjson::dom::array> Args::array(std::string_view name) {
  const auto member = find(name);
  if (member.error()) return std::nullopt;
  simdjson::dom::array value;
  if (!member.get_array().get(value)) return value;
  wrong(name, "a list");
  return std::nullopt;
}

namespace {

std::string tenant_fault(const std::vector<directory::Tenant>& tenants) {
  if (tenants.empty()) return "there is no tenant yet; make one with: porchlight tenant add";
  return "there are " + std::to_string(tenants.size()) + " tenants; say which with --tenant";
}

// The one thing of a list with this id or name.
template <typename Thing>
std::expected<Thing, std::string> pick(const std::vector<Thing>& things, const std::string& which,
                                       const std::string& noun) {
  const auto id = parse_guid(which);
  const Thing* found = nullptr;
  for (const Thing& thing : things) {
    if (id && thing.id == *id) return thing;
    if (thing.name != which) continue;
    if (found) return std::unexpected("several " + noun + "s are named \"" + which + "\"; say which by id");
    found = &thing;
  }
  if (found) return *found;
  return std::unexpected("there is no " + noun + " \"" + which + "\"");
}

std::string refusal_text(const state::Outcome& outcome) {
  const auto* refusal = std::get_if<state::WriteError>(&outcome.error());
  if (refusal && *refusal == state::WriteError::kOverloaded) return "too many writes wait; try again";
  return "the log cannot take it now; look at the server's messages (is the disk full?)";
}

void append_texts(std::string& out, const std::vector<std::string>& values) {
  out += '[';
  for (const std::string& value : values) {
    if (out.back() != '[') out += ',';
    append_json_string(out, value);
  }
  out += ']';
}

std::string begin_json(std::string_view id_name, const Guid& id) {
  std::string out = "{\"" + std::string(id_name) + "\":\"";
  append_guid(out, id);
  return out += '"';
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"" + std::string(name) + "\":";
  append_json_string(out, value);
}

void append_flag(std::string& out, std::string_view name, bool value) {
  out += ",\"" + std::string(name) + (value ? "\":true" : "\":false");
}

}  // namespace

std::expected<directory::Tenant, std::string> find_tenant(const node::Node& node, Args& args) {
  const auto which = args.text("tenant");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (which) return find_tenant(node, *which);
  auto tenants = node.view().tenants();
  if (tenants.size() != 1) return std::unexpected(tenant_fault(tenants));
  return tenants.front();
}

std::expected<directory::Tenant, std::string> find_tenant(const node::Node& node, const std::string& which) {
  return pick(node.view().tenants(), which, "tenant");
}

std::expected<directory::User, std::string> find_user(const node::Node& node, const directory::Tenant& tenant,
                                                      const std::string& who) {
  auto id = parse_guid(who);
  if (!id) id = node.view().find_user_by_upn(tenant.id, who);
  const auto user = id ? node.view().find_user({tenant.id, *id}) : std::nullopt;
  if (!user) return std::unexpected("there is no user \"" + who + "\" in tenant \"" + tenant.name + "\"");
  return *user;
}

std::expected<directory::App, std::string> find_app(const node::Node& node, const directory::Tenant& tenant,
                                                    const std::string& which) {
  return pick(node.view().apps(tenant.id), which, "application");
}

std::expected<directory::Group, std::string> find_group(const node::Node& node,
                                                        const directory::Tenant& tenant,
                                                        const std::string& which) {
  return pick(node.view().groups(tenant.id), which, "group");
}

std::expected<Guid, std::string> id_or_new(Args& args) {
  const auto text = args.text("id");
  if (!text) return secure_random_guid();
  const auto id = parse_guid(*text);
  if (!id || id->is_nil()) return std::unexpected("id \"" + *text + "\" is not a GUID");
  return *id;
}

std::expected<IdAndName, std::string> read_id_and_name(Args& args) {
  auto id = id_or_new(args);
  if (!id) return std::unexpected(id.error());
  auto name = args.text("name").value_or("");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (const auto fault = directory::name_fault(name)) return std::unexpected("the name " + *fault);
  return IdAndName{*id, std::move(name)};
}

std::expected<void, std::string> write(node::Node& node, std::vector<state::DirectoryCommand> commands) {
  // The log's thread may still be in set_value() when the wait is over, so both share the promise.
  const auto done = std::make_shared<std::promise<state::Outcome>>();
  auto outcome = done->get_future();
  node.writer().submit(std::move(commands), node.clock().wall(),
                       [done](const state::Outcome& result) { done->set_value(result); });
  const state::Outcome result = outcome.get();
  if (!result) return std::unexpected(refusal_text(result));
  return {};
}

std::string to_json(const directory::Tenant& tenant) {
  std::string out = begin_json("id", tenant.id);
  append_text(out, "displayName", tenant.name);
  append_text(out, "zone", tenant.settings.zone);
  append_flag(out, "history", tenant.settings.history);
  out += ",\"trusts\":";
  out += json_list(tenant.settings.trusts, [](const Guid& other) { return '"' + to_string(other) + '"'; });
  return out += '}';
}

std::string to_json(const directory::Tenant& tenant, const directory::User& user) {
  std::string out = begin_json("id", user.id);
  append_text(out, "userPrincipalName", user.upn);
  append_text(out, "displayName", user.name);
  append_text(out, "tenant", to_string(tenant.id));
  return out += '}';
}

std::string to_json(const directory::Tenant& tenant, const directory::App& app) {
  std::string out = begin_json("appId", app.id);
  append_text(out, "displayName", app.name);
  append_text(out, "tenant", to_string(tenant.id));
  append_flag(out, "client", app.client);
  append_flag(out, "priority", app.priority);
  out += ",\"scopes\":";
  append_texts(out, app.scopes);
  out += ",\"roles\":";
  append_texts(out, app.roles);
  return out += '}';
}

std::string to_json(const directory::Tenant& tenant, const directory::Group& group) {
  std::string out = begin_json("id", group.id);
  append_text(out, "displayName", group.name);
  append_text(out, "tenant", to_string(tenant.id));
  return out += ",\"memberCount\":" + std::to_string(group.members.size()) + '}';
}

}  // namespace porchlight::admin
