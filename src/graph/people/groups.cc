// GET /groups, /groups/$count and /groups/{id} (spec clients 7, spec protocol §9.1).
#include <algorithm>

#include "graph/call/group.h"
#include "graph/call/operation.h"
#include "graph/people/entities.h"
#include "graph/people/entity_list.h"

namespace porchlight::graph {
namespace {

// Groups that are copied at a time, under the lock of the directory.
constexpr std::size_t kGroupsPerRead = 512;

// The groups of a tenant, in the order of ids, or sorted for each request: they are few.
class TenantGroups final : public EntityList {
 public:
  TenantGroups(const state::View& view, const Guid& tenant) : view_(view), tenant_(tenant) {}

  void scan(const std::optional<Ordering>& order, const std::optional<ListPlace>& after,
            const Visit& visit) const override {
    if (order) return scan_sorted(*order, after, visit);
    each_after(after ? std::optional(after->id) : std::nullopt, [&](const state::GroupName& group) {
      return visit({group.id, group.name});
    });
  }
  std::size_t size() const override { return view_.count_groups(tenant_); }

 private:
  template <typename VisitGroup>
  void each_after(std::optional<Guid> after, const VisitGroup& visit) const {
    while (true) {
      const auto groups = view_.list_groups(tenant_, after, kGroupsPerRead);
      for (const state::GroupName& group : groups)
        if (!visit(group)) return;
      if (groups.size() < kGroupsPerRead) return;
      after = groups.back().id;
    }
  }

  // A heap, since a page needs the first few only.
  void scan_sorted(const Ordering& order, const std::optional<ListPlace>& after, const Visit& visit) const {
    std::vector<ListPlace> places;
    each_after(std::nullopt, [&](const state::GroupName& group) {
      ListPlace place{group.id, group.name};
      if (!after || stands_before(order, *after, place)) places.push_back(std::move(place));
      return true;
    });
    const auto is_later = [&](const ListPlace& a, const ListPlace& b) { return stands_before(order, b, a); };
    std::ranges::make_heap(places, is_later);
    while (!places.empty()) {
      std::ranges::pop_heap(places, is_later);
      if (!visit({places.back().id, places.back().text})) return;
      places.pop_back();
    }
  }

  const state::View& view_;
  const Guid& tenant_;
};

Result<DirectoryQuery> parse_list_groups(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kList);
}

Result<Handled> run_list_groups(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  return reply_with_list(context, call, query, {kGroupType, kGroupType.set},
                         TenantGroups(context.services.view, call.caller->tenant));
}

Result<DirectoryQuery> parse_count_groups(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kCount);
}

Result<Handled> run_count_groups(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  return reply_with_count(context, call, query, TenantGroups(context.services.view, call.caller->tenant));
}

Result<DirectoryQuery> parse_get_group(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kOne);
}

Result<Handled> run_get_group(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  return reply_with_entity(context, call, kGroupType, {group->id, group->name}, query.selection);
}

}  // namespace

constinit const RouteOperation list_groups = operation<parse_list_groups, run_list_groups>();
constinit const RouteOperation count_groups = operation<parse_count_groups, run_count_groups>();
constinit const RouteOperation get_group = operation<parse_get_group, run_get_group>();

}  // namespace porchlight::graph
