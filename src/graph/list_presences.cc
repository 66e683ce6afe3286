// GET /communications/presences, and how many there are: the people of the caller's tenant, page by page, or
// those that $filter names (spec presence §5.4; protocol §9).
#include <fmt/format.h>

#include <algorithm>

#include "graph/freshness.h"
#include "graph/links.h"
#include "graph/past.h"
#include "graph/presence_query.h"
#include "graph/presence_select.h"
#include "graph/sight.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

// So many people are looked at for one answer at most: the page of a filtered list may be short, or empty,
// with more behind. A look costs some hundred nanoseconds.
constexpr std::size_t kLooksMax = 5000;

// As many of them at once, where most will not match.
constexpr std::size_t kStretch = 500;

using Ids = std::vector<Guid>;

// Whom the list is of: people by name, or, as nothing, everybody in the tenant. Somebody who may only read
// oneself is listed oneself.
Result<std::optional<Ids>> listed(const identity::Caller& caller, const PresenceQuery& query) {
  const std::optional<Ids>& named = query.filter.ids;
  const bool only_self = caller.delegated() && !caller.has(identity::Permission::kDelegatedReadAll);
  if (only_self) {
    if (named && std::ranges::any_of(*named, [&](const Guid& id) { return id != *caller.user; }))
      return std::unexpected(permission_missing("Presence.Read.All", caller.granted));
    if (query.skip_token) return std::unexpected(query_refused("$skiptoken", "The $skiptoken is not valid."));
  }
  if (query.filter.states == 0) return Ids{};  // nobody is in a state that there is not
  if (!named && !only_self) return std::nullopt;
  Ids ids = named ? *named : Ids{*caller.user};
  if (query.ordered) std::ranges::sort(ids);
  return ids;
}

// Those of the tenant behind `after` who match, as many as fit on a page. Gives the last one looked at where
// somebody is left.
std::optional<Guid> append_page(const Tools& tools, const Call& call, const PresenceQuery& query,
                                std::optional<Guid> after, std::string& out) {
  const std::size_t top = query.top.value_or(kTopDefault);
  const std::size_t stretch = query.filter.states == kStatesAll ? top + 1 : kStretch;
  std::size_t looks = 0, shown = 0;
  while (true) {
    const Ids next = tools.shared.view.list_users(call.caller->tenant, after, stretch);
    for (const Guid& id : next) {
      if (shown == top || looks == kLooksMax) return after;
      ++looks;
      shown += append_item(tools, call, id, {query.select, query.filter.states}, out);
      after = id;
    }
    if (next.size() < stretch) return std::nullopt;
  }
}

// How many of these match.
std::size_t count_of(const Tools& tools, const Call& call, const Ids& ids, States states) {
  return static_cast<std::size_t>(std::ranges::count_if(ids, [&](const Guid& id) {
    return (states & bit_of(state_seen(tools.shared, *call.caller, id, call.ticket.now))) != 0;
  }));
}

// How many of the tenant match; nothing where they are too many to be looked at.
std::optional<std::size_t> count_all(const Tools& tools, const Call& call, States states) {
  const state::View& view = tools.shared.view;
  const Guid& tenant = call.caller->tenant;
  if (states == kStatesAll) return view.count_users(tenant);
  if (view.count_users(tenant) > kLooksMax) return std::nullopt;
  return count_of(tools, call, view.list_users(tenant, std::nullopt, kLooksMax), states);
}

Result<std::size_t> count(const Tools& tools, const Call& call, const std::optional<Ids>& ids,
                          States states) {
  if (ids) return count_of(tools, call, *ids, states);
  if (const auto all = count_all(tools, call, states)) return *all;
  return std::unexpected(query_refused(
      "$count",
      fmt::format("$count cannot be combined with a $filter by availability or activity where there "
                  "are more than {} people.",
                  kLooksMax)));
}

Result<void> check_together(const PresenceQuery& query) {
  if (!query.filter.ids || (!query.top && !query.skip_token)) return {};
  return std::unexpected(query_refused("$filter",
                                       "$filter by id cannot be combined with $top or $skiptoken: all the "
                                       "ids it names are answered at once."));
}

}  // namespace

Result<Handled> list_presences(Tools& tools, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kList);
  if (!query) return std::unexpected(query.error());
  // Not passed over: who asks for the past must not take the present for it.
  const auto as_of = read_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  if (*as_of)
    return std::unexpected(
        query_refused("asOf", "The query option 'asOf' is not supported by this resource."));
  if (auto allowed = authorize(call, call.caller->user); !allowed)
    return std::unexpected(std::move(allowed.error()));
  if (auto fits = check_together(*query); !fits) return std::unexpected(std::move(fits.error()));
  const auto ids = listed(*call.caller, *query);
  if (!ids) return std::unexpected(ids.error());
  const auto after = page_start(tools, call, query->skip_token);
  if (!after) return std::unexpected(after.error());

  std::string& out = call.response.body;
  std::string what = "communications/presences";
  append_selection(what, query->select);
  out += '{';
  append_context(tools, call, out, what);
  if (query->count) {
    const auto number = count(tools, call, *ids, query->filter.states);
    if (!number) return std::unexpected(number.error());
    fmt::format_to(std::back_inserter(out), R"("@odata.count":{},)", *number);
  }
  out += R"("value":[)";
  std::optional<Guid> last;
  if (*ids) {
    for (const Guid& id : **ids) append_item(tools, call, id, {query->select, query->filter.states}, out);
  } else {
    last = append_page(tools, call, *query, *after, out);
  }
  out += ']';
  if (last) append_next_link(tools, call, out, *last);
  out += '}';
  tools.replies.json(call.response, call.ticket);
  say_applied(call);
  return Handled::kNow;
}

Result<Handled> count_presences(Tools& tools, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kCount);
  if (!query) return std::unexpected(query.error());
  if (auto allowed = authorize(call, call.caller->user); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto ids = listed(*call.caller, *query);
  if (!ids) return std::unexpected(ids.error());
  const auto number = count(tools, call, *ids, query->filter.states);
  if (!number) return std::unexpected(number.error());
  tools.replies.other(call.response, call.ticket, "text/plain");
  call.response.body = std::to_string(*number);
  return Handled::kNow;
}

}  // namespace porchlight::graph
