// GET /groups/{id}/members and its $count: the users in a group, in the order of ids (spec clients 7, spec protocol
// §9.1).
#include "graph/call/group.h"
#include "graph/call/operation.h"
#include "graph/people/entity_list.h"

namespace porchlight::graph {
namespace {

// The members were copied when the group was read; a user deleted after that is left out.
class Members final : public EntityList {
 public:
  Members(const state::View& view, const Guid& tenant, const directory::Group& group)
      : view_(view), tenant_(tenant), group_(group) {}

  // Members cannot be sorted by a text: kMemberType has no sortable property.
  void scan(const std::optional<Ordering>&, const std::optional<ListPlace>& after,
            const Visit& visit) const override {
    for (const Guid& id : members_after(group_, after ? std::optional(after->id) : std::nullopt)) {
      const auto user = view_.find_user({tenant_, id});
      if (user && !visit({user->id, user->name, user->upn})) return;
    }
  }
  std::size_t size() const override { return group_.members.size(); }

 private:
  const state::View& view_;
  const Guid& tenant_;
  const directory::Group& group_;
};

Result<DirectoryQuery> parse_list_members(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kMemberType, DirectoryOptions::kList);
}

Result<Handled> run_list_members(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  return reply_with_list(context, call, query, {kMemberType, "directoryObjects", true},
                         Members(context.services.view, call.caller->tenant, *group));
}

Result<DirectoryQuery> parse_count_members(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kMemberType, DirectoryOptions::kCount);
}

Result<Handled> run_count_members(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  return reply_with_count(context, call, query, Members(context.services.view, call.caller->tenant, *group));
}

}  // namespace

constinit const RouteOperation list_members = operation<parse_list_members, run_list_members>();
constinit const RouteOperation count_members = operation<parse_count_members, run_count_members>();

}  // namespace porchlight::graph
