// GET of one presence, now or in the past (spec presence §5.1-5.3; docs/history.md).
#include <fmt/format.h>

#include "graph/call/etag.h"
#include "graph/call/freshness.h"
#include "graph/call/links.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/past.h"
#include "graph/wire/presence_query.h"

namespace porchlight::graph {
namespace {

// As append_context() does, but written in one go: this is the busiest route.
void append_own_context(const HandlerContext& context, const Call& call, const Guid& user, PropertySet select,
                        std::string& out) {
  if (call.info.metadata == MetadataLevel::kNone) return;
  constexpr std::size_t kPiecesBytesMax = 128;
  const BaseUrl base = context.response_writer.base_url(call.request);
  append_written(out, base.size() + kPiecesBytesMax, [&](TextWriter& to) {
    to.literal(R"("@odata.context":")").text(base.origin).text(base.host);
    to.literal("/").text(call.match.version).literal("/$metadata#");
    if (call.match.route->target == RouteTarget::kGuid)
      to.literal("communications/presences");
    else
      to.literal("users('").guid(user).literal("')/presence");
  });
  append_selection(out, select);
  out += R"(/$entity",)";
}

void append_own_links(const HandlerContext& context, const Call& call, const Guid& user, std::string& out) {
  if (call.info.metadata != MetadataLevel::kFull) return;
  const char* form = call.match.route->target == RouteTarget::kGuid ? "communications/presences('{}')"
                                                                    : "users('{}')/presence";
  append_entity_links(context, call, out, kPresenceType, fmt::format(fmt::runtime(form), to_string(user)));
}

// Tries the caller's tenant first, where the user nearly always is. Returns false if the user does not exist.
bool append_person(const HandlerContext& context, const Call& call, const Guid& user, PropertySet select,
                   std::string& out) {
  const state::UserKey key{call.caller->tenant, user};
  const RenderOptions options{.owner = is_owner(*call.caller, key), .select = select};
  if (append_presence(context, call, key, options, out)) return true;
  const auto elsewhere = find_person(context.services, *call.caller, user);
  return elsewhere && append_presence(context, call, *elsewhere, {.select = select}, out);
}

// Closes the object whose presence begins at `members`. For typed clients the presence is the object itself; the
// documented example has it as value[0], so that form has both (spec presence §5.3).
void end_entity(std::string& out, std::size_t members, RouteTarget target) {
  if (target == RouteTarget::kGuid) {
    const std::string entity = out.substr(members);
    out += R"(,"value":[{)";
    out += entity;
    out += "}]";
  }
  out += '}';
}

// Answers later from the history. `prefix` is the object so far; its presence begins at `members`.
Result<Handled> get_past_presence(HandlerContext& context, const Call& call, const Guid& user,
                                  PropertySet select, Time at, std::string prefix, std::size_t members) {
  const auto person = find_past_person(context, call, user, select);
  if (!person) return std::unexpected(user_not_found(call));
  return read_past(
      context, call, {*person}, at,
      [&services = context.services, caller = *call.caller, person = *person, at, prefix = std::move(prefix),
       members, target = call.match.route->target,
       not_found = user_not_found(call)](std::string& out, const PastRecords& records) -> Result<void> {
        if (!person.masked && !records.front()) return std::unexpected(not_found);
        out = prefix;
        append_past_members(out, services, caller, person, records.front(), at);
        end_entity(out, members, target);
        return {};
      });
}

struct GetPresenceRequest {
  PropertySet select;
  std::optional<Time> as_of;
};

Result<GetPresenceRequest> parse_get_presence(HandlerContext&, const Call& call) {
  const auto query = parse_presence_query(call.request.query, PresenceRead::kNamed);
  if (!query) return std::unexpected(query.error());
  const auto as_of = parse_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  return GetPresenceRequest{query->select, *as_of};
}

Result<void> may_get_presence(const HandlerContext& context, const Call& call,
                              const std::optional<Guid>& user, const GetPresenceRequest& requested) {
  return authorize_as_of(context, call, user, requested.as_of);
}

Result<Handled> run_get_presence(HandlerContext& context, const Call& call, const Guid& user,
                                 const GetPresenceRequest& requested) {
  const auto& [select, as_of] = requested;
  std::string& out = call.response.body;
  out += '{';
  append_own_context(context, call, user, select, out);
  const std::size_t members = out.size();
  append_own_links(context, call, user, out);
  if (as_of) return get_past_presence(context, call, user, select, *as_of, std::move(out), members);
  if (!append_person(context, call, user, select, out)) return std::unexpected(user_not_found(call));
  end_entity(out, members, call.match.route->target);
  reply_with_etag(context, call);
  add_preference_applied(call);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation get_presence =
    operation_with_rule<parse_get_presence, may_get_presence, run_get_presence>();

}  // namespace porchlight::graph
