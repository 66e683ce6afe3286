// GET /users and /users/$count: the users of the caller's tenant, or those that $filter and $search match
// (spec clients 7, spec protocol §9.1).
//
// A filter that names users by id or userPrincipalName is answered by look-ups; any other filter scans the tenant.
#include <algorithm>
#include <memory>

#include "base/sorted.h"
#include "graph/call/operation.h"
#include "graph/people/entity_list.h"

namespace porchlight::graph {
namespace {

Entity entity_of(const directory::User& user) { return {user.id, user.name, user.upn}; }

// All users of a tenant.
class TenantUsers final : public EntityList {
 public:
  TenantUsers(const state::View& view, const Guid& tenant) : view_(view), tenant_(tenant) {}

  void scan(const std::optional<Ordering>& order, const std::optional<ListPlace>& after,
            const Visit& visit) const override {
    if (!order) {
      view_.scan_users(tenant_, after ? std::optional(after->id) : std::nullopt, kListScannedMax + 1,
                       [&](const Guid& id, std::string_view upn, std::string_view name) {
                         return visit({id, name, upn});
                       });
      return;
    }
    const state::UserOrder by{
        order->by->source == Property::Source::kName ? state::UserText::kName : state::UserText::kUpn,
        order->descending};
    const auto from = after ? std::optional(state::UserPlace{after->text, after->id}) : std::nullopt;
    view_.scan_users_by(tenant_, by, from,
                        [&](const directory::User& user) { return visit(entity_of(user)); });
  }
  std::size_t size() const override { return view_.count_users(tenant_); }

 private:
  const state::View& view_;
  const Guid& tenant_;
};

// Some users of a tenant, by copy.
class NamedUserList final : public EntityList {
 public:
  NamedUserList(const state::View& view, const Guid& tenant, NamedUsers names) {
    for (const std::string& upn : names.upns)
      if (const auto id = view.find_user_by_upn(tenant, upn)) names.ids.push_back(*id);
    sort_unique(names.ids);
    for (const Guid& id : names.ids)
      if (auto user = view.find_user({tenant, id})) users_.push_back(*std::move(user));
  }

  void scan(const std::optional<Ordering>& order, const std::optional<ListPlace>& after,
            const Visit& visit) const override {
    std::vector<std::pair<ListPlace, Entity>> entities;
    for (const directory::User& user : users_) {
      const Entity entity = entity_of(user);
      ListPlace place = place_of(order, entity);
      if (!after || stands_before(order, *after, place)) entities.emplace_back(std::move(place), entity);
    }
    std::ranges::sort(entities,
                      [&](const auto& a, const auto& b) { return stands_before(order, a.first, b.first); });
    for (const auto& [place, entity] : entities)
      if (!visit(entity)) return;
  }
  std::size_t size() const override { return users_.size(); }

 private:
  std::vector<directory::User> users_;
};

// The users that the query can match: those that it names, else all.
std::unique_ptr<EntityList> users_of(const state::View& view, const Guid& tenant,
                                     const DirectoryQuery& query) {
  if (auto names = query.filter ? query.filter->named_users() : std::nullopt)
    return std::make_unique<NamedUserList>(view, tenant, *std::move(names));
  return std::make_unique<TenantUsers>(view, tenant);
}

Result<DirectoryQuery> parse_list_users(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kUserType, DirectoryOptions::kList);
}

Result<Handled> run_list_users(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto users = users_of(context.services.view, call.caller->tenant, query);
  return reply_with_list(context, call, query, {kUserType, kUserType.set}, *users);
}

Result<DirectoryQuery> parse_count_users(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kUserType, DirectoryOptions::kCount);
}

Result<Handled> run_count_users(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  return reply_with_count(context, call, query, *users_of(context.services.view, call.caller->tenant, query));
}

}  // namespace

constinit const RouteOperation list_users = operation<parse_list_users, run_list_users>();
constinit const RouteOperation count_users = operation<parse_count_users, run_count_users>();

}  // namespace porchlight::graph
