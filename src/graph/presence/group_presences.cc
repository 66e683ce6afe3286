// GET /porchlight/v1/groups/{id}/presences: the presences of a group's members, in pages, as the caller sees them
// (ours). The permissions are those of getPresencesByUserId (spec presence §5.5).
#include "graph/call/freshness.h"
#include "graph/call/group.h"
#include "graph/call/links.h"
#include "graph/call/list_response.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/wire/presence_query.h"

namespace porchlight::graph {
namespace {

// Appends the matching members until the page is full. Returns the last one scanned if members remain.
std::optional<Guid> append_group_page(const HandlerContext& context, const Call& call,
                                      std::span<const Guid> members, const PresenceQuery& query,
                                      std::string& out) {
  const std::size_t top = query.top.value_or(kTopDefault);
  std::size_t shown = 0;
  std::optional<Guid> last;
  for (const Guid& id : members) {
    if (shown == top) return last;
    shown += append_list_item(context, call, id, {query.select, query.filter.states}, out);
    last = id;
  }
  return std::nullopt;
}

Result<PresenceQuery> parse_group_presences(HandlerContext&, const Call& call) {
  auto query = parse_presence_query(call.request.query, PresenceRead::kList);
  if (!query) return std::unexpected(query.error());
  if (query->filter.ids) return std::unexpected(unsupported_option("filter"));
  if (query->count) return std::unexpected(unsupported_option("count"));
  return query;
}

Result<Handled> run_group_presences(HandlerContext& context, const Call& call, const PresenceQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());

  std::string what = "Collection(microsoft.graph.presence)";
  append_selection(what, query.select);
  const std::size_t links = begin_list(context, call, what);
  end_page(context, call, links,
           append_group_page(context, call, members_after(*group, *after), query, call.response.body));
  add_preference_applied(call);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation list_group_presences = operation<parse_group_presences, run_group_presences>();

}  // namespace porchlight::graph
