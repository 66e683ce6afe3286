// GET /porchlight/v1/groups/{id}/presences: the presence of a group's members, page by page, as each may be
// seen by the caller. The permissions are those of getPresencesByUserId (spec presence §5.5).
#include "graph/group.h"
#include "graph/links.h"
#include "graph/presence_query.h"
#include "graph/presence_select.h"
#include "graph/sight.h"
#include "graph/subject.h"

namespace porchlight::graph {

Result<Handled> list_group_presences(Tools& tools, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kList);
  if (!query) return std::unexpected(query.error());
  if (query->filter_ids) return std::unexpected(option_unsupported("filter"));
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto group = named_group(tools, call);
  if (!group) return std::unexpected(group.error());
  const auto after = page_start(tools, call, query->skip_token);
  if (!after) return std::unexpected(after.error());
  const MemberPage page = page_of(*group, *after, query->top.value_or(kTopDefault));

  std::string& out = call.response.body;
  std::string what = "Collection(microsoft.graph.presence)";
  append_selection(what, query->select);
  out += '{';
  append_context(tools, call, out, what);
  out += R"("value":[)";
  append_people(tools, call, {page.members.begin(), page.members.end()}, query->select, out);
  out += ']';
  if (page.more) append_next_link(tools, call, out, page.members.back());
  out += '}';
  tools.replies.json(call.response, call.ticket);
  return Handled::kNow;
}

}  // namespace porchlight::graph
