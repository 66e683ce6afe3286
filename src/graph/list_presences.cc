// GET /communications/presences: the people of the caller's tenant, page by page, or those that $filter names
// (spec presence §5.4).
#include "graph/links.h"
#include "graph/presence_query.h"
#include "graph/presence_select.h"
#include "graph/sight.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

// One page: whose presence it shows, and whether more follow.
struct Page {
  std::vector<Guid> users;
  bool more = false;
};

// Who is listed to a caller that may only read oneself.
Result<Page> own_page(const identity::Caller& caller, const PresenceQuery& query) {
  const Guid self = *caller.user;
  if (query.filter_ids && *query.filter_ids != std::vector{self}) {
    return std::unexpected(permission_missing("Presence.Read.All", caller.granted));
  }
  if (query.skip_token) return std::unexpected(query_refused("$skiptoken", "The $skiptoken is not valid."));
  return Page{.users = {self}};
}

Result<Page> tenant_page(const Tools& tools, const Call& call, const PresenceQuery& query) {
  if (query.filter_ids) return Page{.users = *query.filter_ids};
  const auto after = page_start(tools, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  const std::size_t top = query.top.value_or(kTopDefault);
  Page page{.users = tools.shared.view.list_users(call.caller->tenant, *after, top + 1)};
  page.more = page.users.size() > top;
  if (page.more) page.users.pop_back();
  return page;
}

}  // namespace

Result<Handled> list_presences(Tools& tools, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kList);
  if (!query) return std::unexpected(query.error());
  const identity::Caller& caller = *call.caller;
  if (auto allowed = authorize(call, caller.user); !allowed)
    return std::unexpected(std::move(allowed.error()));
  if (query->filter_ids && (query->top || query->skip_token)) {
    return std::unexpected(query_refused(
        "$filter",
        "$filter cannot be combined with $top or $skiptoken: all the ids it names are answered at once."));
  }
  const bool all = !caller.delegated() || caller.has(identity::Permission::kDelegatedReadAll);
  const auto page = all ? tenant_page(tools, call, *query) : own_page(caller, *query);
  if (!page) return std::unexpected(page.error());

  std::string& out = call.response.body;
  std::string what = "communications/presences";
  append_selection(what, query->select);
  out += '{';
  append_context(tools, call, out, what);
  out += R"("value":[)";
  append_people(tools, call, page->users, query->select, out);
  out += ']';
  if (page->more) append_next_link(tools, call, out, page->users.back());
  out += '}';
  tools.replies.json(call.response, call.ticket);
  return Handled::kNow;
}

}  // namespace porchlight::graph
