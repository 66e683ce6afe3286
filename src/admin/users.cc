// Administrative commands on users.
#include <unordered_set>

#include "admin/commands.h"
#include "admin/person_row.h"

namespace porchlight::admin {
namespace {

// Users of one page of user.list.
constexpr std::uint64_t kPageDefault = 1000;
constexpr std::uint64_t kPageMax = 5000;
constexpr std::uint64_t kImportRowsMax = 10'000;

// What is wrong with the texts of a user, if anything.
std::optional<std::string> user_fault(const directory::User& user) {
  if (auto fault = directory::upn_fault(user.upn)) return "the userPrincipalName " + *fault;
  if (auto fault = directory::name_fault(user.name)) return "the name " + *fault;
  return std::nullopt;
}

// Whether another user of the tenant has this userPrincipalName.
bool upn_taken(const node::Node& node, const Guid& tenant, const directory::User& user) {
  const auto holder = node.view().find_user_by_upn(tenant, user.upn);
  return holder && *holder != user.id;
}

// The writes that remove the user from every group of the tenant.
std::vector<state::DirectoryCommand> leave_groups(const node::Node& node, const Guid& tenant,
                                                  const Guid& user) {
  std::vector<state::DirectoryCommand> commands;
  for (directory::Group& group : node.view().groups(tenant)) {
    if (std::erase(group.members, user) == 0) continue;
    commands.push_back({tenant, group.id, directory::GroupPut{group.name, std::move(group.members)}});
  }
  return commands;
}

// One batch of an import. A row that is wrong is left out, and the others are written at once.
class Import {
 public:
  Import(const node::Node& node, const Guid& tenant) : node_(node), tenant_(tenant) {}

  // Plans the write for one row [line, id, upn, name], or keeps what is wrong with it. Returns false for another value.
  bool plan(const simdjson::dom::element& element) {
    simdjson::dom::array cells;
    std::uint64_t line;
    std::string_view id, upn, name;
    if (element.get_array().get(cells) || cells.at(0).get_uint64().get(line) ||
        cells.at(1).get_string().get(id) || cells.at(2).get_string().get(upn) ||
        cells.at(3).get_string().get(name))
      return false;
    if (auto fault = plan_row(id, upn, name)) faults_.push_back({line, *std::move(fault)});
    return true;
  }

  std::vector<state::DirectoryCommand> take_commands() { return std::move(commands_); }
  std::string result() const {
    return json_object([this](JsonObject& out) {
      out.number("added", added_).number("updated", updated_).number("unchanged", unchanged_);
      out.array("faults", faults_, [](JsonArray& list, const RowFault& fault) {
        list.object([&](JsonObject& one) { one.number("line", fault.line).text("error", fault.what); });
      });
    });
  }

 private:
  std::optional<std::string> plan_row(std::string_view id, std::string_view upn, std::string_view name) {
    directory::User user{{}, std::string(upn), std::string(name)};
    if (auto fault = user_fault(user)) return fault;
    if (!id.empty()) {
      const auto given = parse_guid(id);
      if (!given || given->is_nil()) return "id \"" + std::string(id) + "\" is not a GUID";
      user.id = *given;
    } else {
      // Without an id, the userPrincipalName identifies the user: importing a file twice changes nothing.
      user.id = node_.view().find_user_by_upn(tenant_, user.upn).value_or(secure_random_guid());
    }
    if (upn_taken(node_, tenant_, user)) return "\"" + user.upn + "\" is another user's userPrincipalName";
    if (upns_.contains(directory::fold_upn(user.upn))) return "\"" + user.upn + "\" is there twice";
    if (!ids_.insert(user.id).second) return "id " + to_string(user.id) + " is there twice";
    upns_.insert(directory::fold_upn(user.upn));
    add(user);
    return std::nullopt;
  }

  void add(const directory::User& user) {
    const auto before = node_.view().find_user({tenant_, user.id});
    if (before == user) {
      ++unchanged_;
      return;
    }
    ++(before ? updated_ : added_);
    commands_.push_back({tenant_, user.id, directory::UserPut{user.upn, user.name}});
  }

  const node::Node& node_;
  const Guid tenant_;
  std::unordered_set<std::string> upns_;
  std::unordered_set<Guid> ids_;
  std::vector<state::DirectoryCommand> commands_;
  std::vector<RowFault> faults_;
  std::uint64_t added_ = 0;
  std::uint64_t updated_ = 0;
  std::uint64_t unchanged_ = 0;
};

}  // namespace

Checked<std::pair<directory::Tenant, directory::User>> tenant_and_user(node::Node& node, CommandArgs& args) {
  auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto who = args.text("user");
  if (!who) return std::unexpected("say which user");
  auto user = find_user(node, *tenant, *who);
  if (!user) return std::unexpected(user.error());
  return std::pair(*std::move(tenant), *std::move(user));
}

AdminResult add_user(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto id = id_or_new(args);
  if (!id) return std::unexpected(id.error());
  const directory::User user{*id, args.text("upn").value_or(""), args.text("name").value_or("")};
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (const auto fault = user_fault(user)) return std::unexpected(*fault);
  if (node.view().find_user({tenant->id, user.id}))
    return std::unexpected(exists("there is a user " + to_string(user.id) + " already"));
  if (upn_taken(node, tenant->id, user))
    return std::unexpected(exists("there is a user \"" + user.upn + "\" already"));
  if (auto made = write(node, {{tenant->id, user.id, directory::UserPut{user.upn, user.name}}}); !made)
    return std::unexpected(made.error());
  return to_json(*tenant, user);
}

AdminResult list_users(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto limit = std::clamp<std::uint64_t>(args.number("limit").value_or(kPageDefault), 1, kPageMax);
  const auto after = args.text("after");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (after && !parse_guid(*after)) return std::unexpected("after must be a GUID");
  const auto ids = node.view().list_users(tenant->id, after ? parse_guid(*after) : std::nullopt, limit);
  return json_object([&](JsonObject& out) {
    out.array("value", ids, [&](JsonArray& list, const Guid& id) {
      if (const auto user = node.view().find_user({tenant->id, id})) list.json(to_json(*tenant, *user));
    });  // a user who was removed since is left out
    if (ids.size() == limit) out.text("next", to_string(ids.back()));
  });
}

AdminResult show_user(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  return to_json(both->first, both->second);
}

AdminResult set_user(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, before] = *both;
  const auto upn = args.text("upn"), name = args.text("name");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!upn && !name) return std::unexpected("say what to set: the name or the userPrincipalName");
  const directory::User user{before.id, upn.value_or(before.upn), name.value_or(before.name)};
  if (auto fault = user_fault(user)) return std::unexpected(*std::move(fault));
  if (upn_taken(node, tenant.id, user))
    return std::unexpected("\"" + user.upn + "\" is another user's userPrincipalName");
  if (auto made = write(node, {{tenant.id, user.id, directory::UserPut{user.upn, user.name}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, user);
}

AdminResult remove_user(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_user(node, args);
  if (!both) return std::unexpected(both.error());
  const auto& [tenant, user] = *both;
  if (auto revoked = node.revoke(tenant.id, user.id); !revoked)
    return std::unexpected(unavailable(revoked.error()));
  if (auto forgot = forget_user(node, tenant.id, user.id); !forgot) return std::unexpected(forgot.error());
  // Out of the groups first: a user that is later added with the same id must not be in any of them.
  if (auto left = leave_groups(node, tenant.id, user.id); !left.empty()) {
    if (auto made = write(node, std::move(left)); !made) return std::unexpected(made.error());
  }
  if (auto made = write(node, {{tenant.id, user.id, directory::UserRemoved{}}}); !made)
    return std::unexpected(made.error());
  return to_json(tenant, user);
}

AdminResult import_users(node::Node& node, CommandArgs& args) {
  const auto tenant = find_tenant(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  const auto rows = args.array("rows");
  const bool is_check = args.flag("check");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!rows || rows->size() > kImportRowsMax)
    return std::unexpected("rows must be a list of at most " + std::to_string(kImportRowsMax));
  Import import(node, tenant->id);
  for (const simdjson::dom::element row : *rows)
    if (!import.plan(row)) return std::unexpected("a row must be [line, id, upn, name]");
  auto commands = import.take_commands();
  if (!commands.empty() && !is_check) {
    if (auto made = write(node, std::move(commands)); !made) return std::unexpected(made.error());
  }
  return import.result();
}

}  // namespace porchlight::admin
