// POST /communications/getPresencesByUserId: several presences, in the order of the request (spec presence §5.5).
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include "base/keyed_hash.h"
#include "graph/call/freshness.h"
#include "graph/call/links.h"
#include "graph/call/list_response.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/past.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"
#include "graph/wire/presence_query.h"

namespace porchlight::graph {
namespace {

// About the size of one presence in the response, to reserve memory for all at once.
constexpr std::size_t kPresenceBytes = 340;

// Hashes and compares ids by their index in a list: a set of indexes takes a quarter of the memory of a set of ids. The
// client chooses the ids: without a key, a list of colliding ones would take quadratic time.
struct IdAtIndex {
  const std::pmr::vector<Guid>& ids;
  std::size_t operator()(std::uint32_t place) const {
    static const KeyedHash kHash;
    return kHash(ids[place]);
  }
  bool operator()(std::uint32_t a, std::uint32_t b) const { return ids[a] == ids[b]; }
};

// The distinct ids, in order of first appearance. 400 for too many, or for one that is not a GUID
// (spec presence §10, step 9).
Result<std::pmr::vector<Guid>> to_guids(const std::pmr::vector<std::string_view>& texts, std::size_t max,
                                        std::pmr::memory_resource& memory) {
  if (texts.size() > max) {
    return std::unexpected(invalid_argument(
        "ids",
        fmt::format("The provided [Ids] has {} members; at most {} are accepted.", texts.size(), max)));
  }
  std::pmr::vector<Guid> guids(&memory);
  guids.reserve(texts.size());
  absl::flat_hash_set<std::uint32_t, IdAtIndex, IdAtIndex, std::pmr::polymorphic_allocator<std::uint32_t>>
      seen(texts.size(), IdAtIndex{guids}, IdAtIndex{guids}, &memory);
  for (const std::string_view text : texts) {
    const auto guid = parse_guid(text);
    if (!guid) {
      return std::unexpected(
          invalid_argument("ids", fmt::format("The id '{}' is not a GUID.", truncated(text))));
    }
    guids.push_back(*guid);
    if (!seen.insert(static_cast<std::uint32_t>(guids.size() - 1)).second) guids.pop_back();
  }
  return guids;
}

// Answers later from the history. `prefix` is the response up to the first presence.
Handled get_past_presences(HandlerContext& context, const Call& call, std::span<const Guid> ids,
                           PropertySet select, Time at, std::string prefix) {
  std::vector<PastPerson> people;
  std::vector<std::string> links;
  for (const Guid& id : ids) {
    const PastPerson unknown{
        {call.caller->tenant, id}, {.select = select}, minimal_presence(id, presence::kPresenceUnknown)};
    people.push_back(find_past_person(context, call, id, select).value_or(unknown));
    people.back().options.owner = false;
    append_list_item_links(context, call, id, links.emplace_back());
  }
  return read_past(
      context, call, people, at,
      [&services = context.services, caller = *call.caller, people, links = std::move(links), at,
       prefix = std::move(prefix)](std::string& out, const PastRecords& records) -> Result<void> {
        out = prefix;
        for (std::size_t i = 0; i < people.size(); ++i) {
          out += i == 0 ? "{" : ",{";
          out += links[i];
          append_past_members(out, services, caller, people[i], records[i], at);
          out += '}';
        }
        out += "]}";
        return {};
      });
}

// `ids` as written: views into the body. On the memory of the request.
struct GetPresencesRequest {
  PropertySet select;
  std::optional<Time> as_of;
  std::pmr::vector<std::string_view> ids;
};

Result<GetPresencesRequest> parse_get_presences(HandlerContext& context, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kNamed);
  if (!query) return std::unexpected(query.error());
  const auto as_of = parse_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  auto texts = body->texts("ids", context.memory);
  if (!texts) return std::unexpected(texts.error());
  if (!*texts) return std::unexpected(parameter_required("Ids"));
  return GetPresencesRequest{query->select, *as_of, **std::move(texts)};
}

Result<void> may_get_presences(const HandlerContext& context, const Call& call,
                               const GetPresencesRequest& requested) {
  return authorize_as_of(context, call, std::nullopt, requested.as_of);
}

Result<Handled> run_get_presences(HandlerContext& context, const Call& call,
                                  const GetPresencesRequest& requested) {
  const auto ids = to_guids(requested.ids, context.services.settings.bulk_ids_max, context.memory);
  if (!ids) return std::unexpected(ids.error());

  constexpr std::string_view kCollection = "Collection(microsoft.graph.presence)";
  std::string selected;
  if (requested.select != kPropertiesAll) append_selection(selected.assign(kCollection), requested.select);
  begin_list(context, call, selected.empty() ? kCollection : selected);
  std::string& out = call.response.body;
  if (requested.as_of)
    return get_past_presences(context, call, *ids, requested.select, *requested.as_of, std::move(out));
  out.reserve(out.size() + ids->size() * kPresenceBytes);
  append_list_items(context, call, *ids, requested.select, out);
  end_list(context, call);
  add_preference_applied(call);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation get_presences_by_user_id =
    operation_with_rule<parse_get_presences, may_get_presences, run_get_presences>();

}  // namespace porchlight::graph
