// POST /communications/getPresencesByUserId: many at once, in the order asked (spec presence §5.5).
#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include "graph/body.h"
#include "graph/characters.h"
#include "graph/freshness.h"
#include "graph/links.h"
#include "graph/past.h"
#include "graph/presence_query.h"
#include "graph/presence_select.h"
#include "graph/sight.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

// About as much as one takes in an answer: room for all is made at once.
constexpr std::size_t kPresenceBytes = 340;

// Ids by their places in a list: a quarter of the memory that the ids would take.
struct SameId {
  const std::vector<Guid>& ids;
  std::size_t operator()(std::uint32_t place) const { return std::hash<Guid>()(ids[place]); }
  bool operator()(std::uint32_t a, std::uint32_t b) const { return ids[a] == ids[b]; }
};

// The distinct ids, in order of first appearance. An id that is not a GUID is refused after the permission
// check (spec presence §10, step 9).
Result<std::vector<Guid>> to_guids(const std::vector<std::string_view>& texts, std::size_t max) {
  if (texts.size() > max) {
    return std::unexpected(invalid_argument(
        "ids",
        fmt::format("The provided [Ids] has {} members; at most {} are accepted.", texts.size(), max)));
  }
  std::vector<Guid> guids;
  guids.reserve(texts.size());
  absl::flat_hash_set<std::uint32_t, SameId, SameId> seen(texts.size(), SameId{guids}, SameId{guids});
  for (const std::string_view text : texts) {
    const auto guid = parse_guid(text);
    if (!guid) {
      return std::unexpected(
          invalid_argument("ids", fmt::format("The id '{}' is not a GUID.", clipped(text))));
    }
    guids.push_back(*guid);
    if (!seen.insert(static_cast<std::uint32_t>(guids.size() - 1)).second) guids.pop_back();
  }
  return guids;
}

// `begun`: the answer up to the first presence.
Handled get_past_presences(Tools& tools, const Call& call, const std::vector<Guid>& ids, Properties select,
                           Time at, std::string begun) {
  std::vector<PastSubject> people;
  std::vector<std::string> links;
  for (const Guid& id : ids) {
    const PastSubject unknown{
        {call.caller->tenant, id}, {.select = select}, bare_presence(id, presence::kPresenceUnknown)};
    people.push_back(past_subject(tools, call, id, select).value_or(unknown));
    people.back().shape.owner = false;
    append_item_links(tools, call, id, links.emplace_back());
  }
  return read_past(tools, call, people, at,
                   [&shared = tools.shared, caller = *call.caller, people, links = std::move(links), at,
                    begun = std::move(begun)](std::string& out, const PastRecords& records) -> Result<void> {
                     out = begun;
                     for (std::size_t i = 0; i < people.size(); ++i) {
                       out += i == 0 ? "{" : ",{";
                       out += links[i];
                       append_past_members(out, shared, caller, people[i], records[i], at);
                       out += '}';
                     }
                     out += "]}";
                     return {};
                   });
}

}  // namespace

Result<Handled> get_presences_by_user_id(Tools& tools, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kNamed);
  if (!query) return std::unexpected(query.error());
  const auto as_of = read_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  const auto body = Body::parse(tools.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  const auto texts = body->texts("ids");
  if (!texts) return std::unexpected(texts.error());
  if (!*texts) return std::unexpected(parameter_required("Ids"));
  if (auto allowed = authorize(call, std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  if (*as_of) {
    if (auto allowed = authorize_past(tools, call); !allowed) return std::unexpected(allowed.error());
  }
  const auto ids = to_guids(**texts, tools.shared.settings.bulk_ids_max);
  if (!ids) return std::unexpected(ids.error());

  std::string& out = call.response.body;
  std::string what = "Collection(microsoft.graph.presence)";
  append_selection(what, query->select);
  out += '{';
  append_context(tools, call, out, what);
  out += R"("value":[)";
  if (*as_of) return get_past_presences(tools, call, *ids, query->select, **as_of, std::move(out));
  out.reserve(out.size() + ids->size() * kPresenceBytes);
  append_people(tools, call, *ids, query->select, out);
  out += "]}";
  tools.replies.json(call.response, call.ticket);
  say_applied(call);
  return Handled::kNow;
}

}  // namespace porchlight::graph
