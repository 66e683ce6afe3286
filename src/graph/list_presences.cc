// GET /communications/presences: the people of the caller's tenant, page by page, or those that $filter names
// (spec presence §5.4).
#include <fmt/format.h>

#include "graph/query.h"
#include "graph/sight.h"
#include "graph/skip_token.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

// One page: whose presence it shows, and whether more follow.
struct Page {
  std::vector<Guid> users;
  bool more = false;
};

// Who is listed to a caller that may only read oneself.
Result<Page> own_page(const identity::Caller& caller, const Query& query) {
  const Guid self = *caller.user;
  if (query.filter_ids && *query.filter_ids != std::vector{self}) {
    return std::unexpected(permission_missing("Presence.Read.All", caller.granted));
  }
  if (query.skip_token) return std::unexpected(query_refused("$skiptoken", "The $skiptoken is not valid."));
  return Page{.users = {self}};
}

Result<Page> tenant_page(const Shared& shared, const identity::Caller& caller, const Query& query) {
  if (query.filter_ids) return Page{.users = *query.filter_ids};
  std::optional<Guid> after;
  if (query.skip_token) {
    after = open_skip_token(shared.paging_key, caller.tenant, *query.skip_token);
    if (!after) return std::unexpected(query_refused("$skiptoken", "The $skiptoken is not valid."));
  }
  const std::size_t top = query.top.value_or(kTopDefault);
  Page page{.users = shared.view.list_users(caller.tenant, after, top + 1)};
  page.more = page.users.size() > top;
  if (page.more) page.users.pop_back();
  return page;
}

}  // namespace

Result<Handled> list_presences(Tools& tools, const Call& call) {
  const auto query = parse_query(call.request.query, QueryKind::kList);
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
  const auto page = all ? tenant_page(tools.shared, caller, *query) : own_page(caller, *query);
  if (!page) return std::unexpected(page.error());

  tools.replies.json(call.response, call.ticket);
  std::string& out = call.response.body;
  std::string root;
  tools.replies.append_base(root, call.request);
  root += '/';
  root += call.match.version;
  out += R"({"@odata.context":)";
  append_json_string(out, root + "/$metadata#communications/presences");
  if (page->more) {
    out += R"(,"@odata.nextLink":)";
    append_json_string(
        out, fmt::format("{}/communications/presences?$top={}&$skiptoken={}", root,
                         query->top.value_or(kTopDefault),
                         seal_skip_token(tools.shared.paging_key, caller.tenant, page->users.back())));
  }
  out += R"(,"value":[)";
  append_people(tools, call, page->users, kPropertiesAll, out);
  out += "]}";
  return Handled::kNow;
}

}  // namespace porchlight::graph
