// GET /users: the people of the caller's tenant, or those who match (spec clients 7).
#include <algorithm>

#include "graph/call/links.h"
#include "graph/call/operation.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {
namespace {

// Writes the objects of a page, and counts whom it is offered.
class UserPage {
 public:
  UserPage(const HandlerContext& context, const Call& call, const DirectoryQuery& query)
      : context_(context), call_(call), query_(query) {}

  bool matches(const Guid& id, std::string_view upn, std::string_view name) const {
    return std::ranges::all_of(query_.filters,
                               [&](const PeopleFilter& filter) { return filter.matches(id, upn, name); });
  }
  // False where they do not fit any more.
  bool add(const Guid& id, std::string_view upn, std::string_view name) {
    if (count == query_.top) return false;
    if (count++ > 0) objects += ',';
    objects += '{';
    append_entity_set_links(context_, call_, objects, kUserType, id);
    append_entity(objects, kUserType, {id, name, upn}, query_.selection);
    objects += '}';
    return true;
  }

  std::string objects;
  std::size_t count = 0;
  std::optional<Guid> last;          // where the next page begins behind, if there is one
  std::optional<std::size_t> total;  // of all pages, where it is known

 private:
  const HandlerContext& context_;
  const Call& call_;
  const DirectoryQuery& query_;
};

// Those that a filter names, as far as they are there and match the others too.
void add_named_users(const state::View& view, const Guid& tenant, const PeopleFilter& names,
                     const std::optional<Guid>& after, UserPage& page) {
  std::vector<Guid> ids = names.ids;
  for (const TextTerm& term : names.texts) {
    if (term.field == TextTerm::Field::kUnset) continue;
    if (const auto id = view.find_user_by_upn(tenant, term.text)) ids.push_back(*id);
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::size_t total = 0;
  std::optional<Guid> last;
  for (const Guid& id : ids) {
    const auto user = view.find_user({tenant, id});
    if (!user || !page.matches(id, user->upn, user->name)) continue;
    ++total;
    if (page.last || (after && id <= *after)) continue;
    if (page.add(id, user->upn, user->name)) {
      last = id;
    } else {
      page.last = last;
    }
  }
  page.total = total;
}

// Looks through the tenant, for as long as one request may: a page may be short, or empty, with more behind.
void add_matching_users(const state::View& view, const Guid& tenant, const std::optional<Guid>& after,
                        bool wants_total, UserPage& page) {
  std::size_t scanned = 0;
  page.last = view.scan_users(tenant, after, kPeopleScannedMax,
                              [&](const Guid& id, std::string_view upn, std::string_view name) {
                                ++scanned;
                                return !page.matches(id, upn, name) || page.add(id, upn, name);
                              });
  if (!wants_total) return;
  std::size_t total = page.count;
  const auto count = [&](const Guid& id, std::string_view upn, std::string_view name) {
    total += page.matches(id, upn, name);
    return true;
  };
  const bool all = !page.last || !view.scan_users(tenant, page.last, kPeopleScannedMax - scanned, count);
  if (all) page.total = total;
}

UserPage read_page(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                   const std::optional<Guid>& after) {
  const state::View& view = context.services.view;
  const Guid& tenant = call.caller->tenant;
  UserPage page(context, call, query);
  // Of all pages, so it is told with the first one, and only where everybody could be looked at.
  const bool wants_total = query.count && !after;
  const auto names = std::ranges::find_if(query.filters, &PeopleFilter::is_lookup);
  if (names != query.filters.end()) {
    add_named_users(view, tenant, *names, after, page);
  } else {
    add_matching_users(view, tenant, after, wants_total && !query.filters.empty(), page);
    if (query.filters.empty()) page.total = view.count_users(tenant);
  }
  if (!wants_total) page.total.reset();
  return page;
}

Result<DirectoryQuery> parse_list_users(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kUserType, DirectoryOptions::kSearch);
}

Result<Handled> run_list_users(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  const UserPage page = read_page(context, call, query, *after);

  std::string& out = call.response.body;
  std::string what(kUserType.set);
  append_selection(what, kUserType, query.selection);
  out += '{';
  append_context(context, call, out, what);
  if (page.total) out += R"("@odata.count":)" + std::to_string(*page.total) + ',';
  out += R"("value":[)";
  out += page.objects;
  out += ']';
  if (page.last) append_next_link(context, call, out, *page.last);
  out += '}';
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation list_users = operation<parse_list_users, run_list_users>();

}  // namespace porchlight::graph
