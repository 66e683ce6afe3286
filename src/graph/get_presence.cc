// GET of one presence (spec presence §5.1-5.3).
#include <fmt/format.h>

#include "graph/freshness.h"
#include "graph/links.h"
#include "graph/past.h"
#include "graph/presence_query.h"
#include "graph/presence_select.h"
#include "graph/sight.h"
#include "graph/subject.h"
#include "graph/validator.h"

namespace porchlight::graph {
namespace {

// Piece by piece: this is the busiest route.
void append_own_context(const Tools& tools, const Call& call, const Guid& user, Properties select,
                        std::string& out) {
  if (call.ticket.metadata == Metadata::kNone) return;
  begin_context(tools, call, out);
  if (call.match.route->target == Target::kGuid) {
    out += "communications/presences";
  } else {
    out += "users('";
    append_guid(out, user);
    out += "')/presence";
  }
  append_selection(out, select);
  out += R"(/$entity",)";
}

void append_own_links(const Tools& tools, const Call& call, const Guid& user, std::string& out) {
  if (call.ticket.metadata != Metadata::kFull) return;
  const char* form =
      call.match.route->target == Target::kGuid ? "communications/presences('{}')" : "users('{}')/presence";
  append_entity_links(tools, call, out, kPresenceType, fmt::format(fmt::runtime(form), to_string(user)));
}

// Nearly always the person is in the caller's tenant, so that is where they are looked for first.
bool append_person(const Tools& tools, const Call& call, const Guid& user, Properties select,
                   std::string& out) {
  const state::UserKey key{call.caller->tenant, user};
  const Shape shape{.owner = is_owner(*call.caller, key), .select = select};
  if (append_presence(tools, call, key, shape, out)) return true;
  const auto elsewhere = find_person(tools.shared, *call.caller, user);
  return elsewhere && append_presence(tools, call, *elsewhere, {.select = select}, out);
}

// Ends the object whose presence begins at `members`. Typed clients read the entity; readers of the
// documented example read value[0] (spec presence §5.3).
void end_entity(std::string& out, std::size_t members, Target target) {
  if (target == Target::kGuid) {
    const std::string entity = out.substr(members);
    out += R"(,"value":[{)";
    out += entity;
    out += "}]";
  }
  out += '}';
}

// `begun`: the object so far; its presence begins at `members`.
Result<Handled> get_past_presence(Tools& tools, const Call& call, const Guid& user, Properties select,
                                  Time at, std::string begun, std::size_t members) {
  const auto person = past_subject(tools, call, user, select);
  if (!person) return std::unexpected(nobody(call));
  return read_past(
      tools, call, {*person}, at,
      [&shared = tools.shared, caller = *call.caller, person = *person, at, begun = std::move(begun), members,
       target = call.match.route->target,
       was_not_there = nobody(call)](std::string& out, const PastRecords& records) -> Result<void> {
        if (!person.facade && !records.front()) return std::unexpected(was_not_there);
        out = begun;
        append_past_members(out, shared, caller, person, records.front(), at);
        end_entity(out, members, target);
        return {};
      });
}

}  // namespace

Result<Handled> get_presence(Tools& tools, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kNamed);
  if (!query) return std::unexpected(query.error());
  const auto as_of = read_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (*as_of) {
    if (auto allowed = authorize_past(tools, call); !allowed) return std::unexpected(allowed.error());
  }
  if (!user) return std::unexpected(nobody(call));
  std::string& out = call.response.body;
  out += '{';
  append_own_context(tools, call, *user, query->select, out);
  const std::size_t members = out.size();
  append_own_links(tools, call, *user, out);
  if (*as_of) return get_past_presence(tools, call, *user, query->select, **as_of, std::move(out), members);
  if (!append_person(tools, call, *user, query->select, out)) return std::unexpected(nobody(call));
  end_entity(out, members, call.match.route->target);
  answer_tagged(tools, call);
  say_applied(call);
  return Handled::kNow;
}

}  // namespace porchlight::graph
