// GET /users: the users of the caller's tenant, or those that match $filter and $search (spec clients 7).
//
// A filter that names users by id or userPrincipalName is answered by lookups; any other filter scans the tenant in the
// order of ids. One request scans at most kPeopleScannedMax users, so that it holds its thread for milliseconds only: a
// page can be short or empty and still have a link to the next one.
#include <algorithm>

#include "base/check.h"
#include "base/sorted.h"
#include "graph/call/operation.h"
#include "graph/people/entities.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {
namespace {

// A page of users under construction. Refers to the call and its query.
class UserPage {
 public:
  UserPage(const HandlerContext& context, const Call& call, const DirectoryQuery& query)
      : context_(context), call_(call), query_(query) {}

  // Returns true if a user matches all filters of the query.
  bool matches(const Guid& id, std::string_view upn, std::string_view name) const {
    return std::ranges::all_of(query_.filters,
                               [&](const PeopleFilter& filter) { return filter.matches(id, upn, name); });
  }
  // Adds a user. Returns false, and adds nothing, if the page is full.
  bool add(const Guid& id, std::string_view upn, std::string_view name) {
    CHECK(objects.size() <= query_.top);
    if (objects.size() == query_.top) return false;
    objects.push_back(json_object([&](JsonObject& out) {
      write_entity_set_links(context_, call_, out, kUserType, id);
      write_entity(out, kUserType, {id, name, upn}, query_.selection);
    }));
    return true;
  }

  std::vector<std::string> objects;  // the JSON of each user
  std::optional<Guid> last;          // the next page begins after this user; nullopt: the last page
  std::optional<std::size_t> total;  // number of users on all pages, if known

 private:
  const HandlerContext& context_;
  const Call& call_;
  const DirectoryQuery& query_;
};

// Adds the users that `names` names, if they exist and match the other filters. Ids are looked up in order; users after
// a full page are counted but not added.
void add_named_users(const state::View& view, const Guid& tenant, const PeopleFilter& names,
                     const std::optional<Guid>& after, UserPage& page) {
  std::vector<Guid> ids = names.ids;
  for (const TextTerm& term : names.texts) {
    if (term.field == TextTerm::Field::kUnset) continue;
    if (const auto id = view.find_user_by_upn(tenant, term.text)) ids.push_back(*id);
  }
  sort_unique(ids);
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

// Scans the tenant after `after` until the page is full or kPeopleScannedMax users were scanned. The total needs a
// second scan of the users after the page; it stays unknown if both scans together would exceed the limit.
void add_matching_users(const state::View& view, const Guid& tenant, const std::optional<Guid>& after,
                        bool wants_total, UserPage& page) {
  std::size_t scanned = 0;
  page.last = view.scan_users(tenant, after, kPeopleScannedMax,
                              [&](const Guid& id, std::string_view upn, std::string_view name) {
                                ++scanned;
                                return !page.matches(id, upn, name) || page.add(id, upn, name);
                              });
  if (!wants_total) return;
  std::size_t total = page.objects.size();
  const auto count = [&](const Guid& id, std::string_view upn, std::string_view name) {
    total += page.matches(id, upn, name);
    return true;
  };
  const bool all = !page.last || !view.scan_users(tenant, page.last, kPeopleScannedMax - scanned, count);
  if (all) page.total = total;
}

// Reads the page after `after`; nullopt: the first page.
UserPage read_page(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                   const std::optional<Guid>& after) {
  const state::View& view = context.services.view;
  const Guid& tenant = call.caller->tenant;
  UserPage page(context, call, query);
  // The total is the same for all pages, so only the first one has it.
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

  return reply_with_list(context, call,
                         {.context = context_fragment(kUserType.set, kUserType, query.selection),
                          .count = page.total,
                          .last = page.last},
                         [&](JsonArray& out) {
                           for (const std::string& object : page.objects) out.json(object);
                         });
}

}  // namespace

constinit const RouteOperation list_users = operation<parse_list_users, run_list_users>();

}  // namespace porchlight::graph
