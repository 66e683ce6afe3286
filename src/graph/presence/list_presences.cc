// GET /communications/presences and …/presences/$count: the users of the caller's tenant in pages, or those that
// $filter names (spec presence §5.4; protocol §9).
#include <fmt/format.h>

#include <algorithm>

#include "graph/call/freshness.h"
#include "graph/call/links.h"
#include "graph/call/list_response.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/past.h"
#include "graph/wire/presence_query.h"

namespace porchlight::graph {
namespace {

// Users scanned for one response at most, some hundred nanoseconds each: the page of a filtered list may be short or
// empty, although more follow.
constexpr std::size_t kScannedMax = 5000;

// Users read at once if a filter is likely to skip most of them.
constexpr std::size_t kScanChunk = 500;

using Ids = std::vector<Guid>;

// The ids to list; nullopt is the whole tenant. A caller who may read only themselves gets themselves, and a 403 for
// other ids.
Result<std::optional<Ids>> ids_to_list(const identity::Caller& caller, const PresenceQuery& query) {
  const std::optional<Ids>& named = query.filter.ids;
  const bool only_self = caller.delegated() && !caller.has(identity::Permission::kDelegatedReadAll);
  if (only_self) {
    if (named && std::ranges::any_of(*named, [&](const Guid& id) { return id != *caller.user; }))
      return std::unexpected(permission_missing("Presence.Read.All", caller.granted));
    if (query.skip_token) return std::unexpected(invalid_query("$skiptoken", "The $skiptoken is not valid."));
  }
  if (query.filter.states == 0) return Ids{};  // the filter names no existing state
  if (!named && !only_self) return std::nullopt;
  Ids ids = named ? *named : Ids{*caller.user};
  if (query.ordered) std::ranges::sort(ids);
  return ids;
}

// Appends the matching users after `after` until the page is full or kScannedMax is reached. Returns the last one
// scanned if users remain.
std::optional<Guid> append_tenant_page(const HandlerContext& context, const Call& call,
                                       const PresenceQuery& query, std::optional<Guid> after,
                                       std::string& out) {
  const std::size_t top = query.top.value_or(kTopDefault);
  const std::size_t chunk = query.filter.states == kAllStates ? top + 1 : kScanChunk;
  std::size_t scanned = 0, shown = 0;
  while (true) {
    const Ids next = context.services.view.list_users(call.caller->tenant, after, chunk);
    for (const Guid& id : next) {
      if (shown == top || scanned == kScannedMax) return after;
      ++scanned;
      shown += append_list_item(context, call, id, {query.select, query.filter.states}, out);
      after = id;
    }
    if (next.size() < chunk) return std::nullopt;
  }
}

// The number of these users that match.
std::size_t count_of(const HandlerContext& context, const Call& call, const Ids& ids, StateSet states) {
  return static_cast<std::size_t>(std::ranges::count_if(ids, [&](const Guid& id) {
    return (states & state_bit(visible_state(context.services, *call.caller, id, call.info.now))) != 0;
  }));
}

// The number of users of the tenant that match; nullopt if there are too many to scan.
std::optional<std::size_t> count_all(const HandlerContext& context, const Call& call, StateSet states) {
  const state::View& view = context.services.view;
  const Guid& tenant = call.caller->tenant;
  if (states == kAllStates) return view.count_users(tenant);
  if (view.count_users(tenant) > kScannedMax) return std::nullopt;
  return count_of(context, call, view.list_users(tenant, std::nullopt, kScannedMax), states);
}

// The value of $count. 400 if there are too many users to scan.
Result<std::size_t> count(const HandlerContext& context, const Call& call, const std::optional<Ids>& ids,
                          StateSet states) {
  if (ids) return count_of(context, call, *ids, states);
  if (const auto all = count_all(context, call, states)) return *all;
  return std::unexpected(invalid_query(
      "$count",
      fmt::format("$count cannot be combined with a $filter by availability or activity where there "
                  "are more than {} people.",
                  kScannedMax)));
}

Result<void> check_combination(const PresenceQuery& query) {
  if (!query.filter.ids || (!query.top && !query.skip_token)) return {};
  return std::unexpected(invalid_query("$filter",
                                       "$filter by id cannot be combined with $top or $skiptoken: all the "
                                       "ids it names are answered at once."));
}

// A caller who may read themselves only gets a list of one, so the access is that for oneself.
Result<void> may_list_presences(const HandlerContext&, const Call& call, const PresenceQuery&) {
  return authorize(call, call.caller->user);
}

Result<PresenceQuery> parse_list_presences(HandlerContext&, const Call& call) {
  auto query = parse_presence_query(call.request.query, PresenceRead::kList);
  if (!query) return std::unexpected(query.error());
  // Refused, not ignored: a client must not take the present for the past.
  const auto as_of = parse_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  if (*as_of)
    return std::unexpected(
        invalid_query("asOf", "The query option 'asOf' is not supported by this resource."));
  return query;
}

Result<Handled> run_list_presences(HandlerContext& context, const Call& call, const PresenceQuery& query) {
  if (auto fits = check_combination(query); !fits) return std::unexpected(std::move(fits.error()));
  const auto ids = ids_to_list(*call.caller, query);
  if (!ids) return std::unexpected(ids.error());
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());

  std::optional<std::size_t> total;
  if (query.count) {
    const auto number = count(context, call, *ids, query.filter.states);
    if (!number) return std::unexpected(number.error());
    total = *number;
  }
  std::string what = "communications/presences";
  append_selection(what, query.select);
  const std::size_t links = begin_list(context, call, what, total);
  std::string& out = call.response.body;
  std::optional<Guid> last;
  if (*ids) {
    for (const Guid& id : **ids)
      append_list_item(context, call, id, {query.select, query.filter.states}, out);
  } else {
    last = append_tenant_page(context, call, query, *after, out);
  }
  end_page(context, call, links, last);
  add_preference_applied(call);
  return Handled::kNow;
}

Result<PresenceQuery> parse_count_presences(HandlerContext&, const Call& call) {
  return parse_presence_query(call.request.query, PresenceRead::kCount);
}

Result<Handled> run_count_presences(HandlerContext& context, const Call& call, const PresenceQuery& query) {
  const auto ids = ids_to_list(*call.caller, query);
  if (!ids) return std::unexpected(ids.error());
  const auto number = count(context, call, *ids, query.filter.states);
  if (!number) return std::unexpected(number.error());
  context.response_writer.with_content_type(call.response, call.info, "text/plain");
  call.response.body = std::to_string(*number);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation list_presences =
    operation_with_rule<parse_list_presences, may_list_presences, run_list_presences>();
constinit const RouteOperation count_presences =
    operation_with_rule<parse_count_presences, may_list_presences, run_count_presences>();

}  // namespace porchlight::graph
