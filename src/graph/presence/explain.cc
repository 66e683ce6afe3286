// GET …/presence/explain: why somebody's presence is what it is (ours).
#include <array>

#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/past.h"
#include "graph/wire/query.h"
#include "presence/explanation.h"

namespace porchlight::graph {
namespace {

using presence::DetailedExplanation;
using presence::Input;

constexpr std::array<std::string_view, 4> kRules = {"noLiveSession", "preferred", "bestSession", "meeting"};
constexpr std::array<std::string_view, 4> kKinds = {"session", "preference", "meeting", "outOfOffice"};
constexpr std::array<std::string_view, 7> kOutcomes = {"wins",           "outranked",      "behindPreference",
                                                       "withoutSession", "behindPriority", "changesActivity",
                                                       "leavesActivity"};
constexpr std::array<std::string_view, 7> kReasons = {
    "It is what shows.",
    "Another session or meeting ranks better: DoNotDisturb, Busy, Available, Away, in this order.",
    "The preferred presence shows instead.",
    "Without a live session the presence is Offline, whatever else is known.",
    "A session of an application with priority lives, so the preferred presence does not count.",
    "Out of office shows as the activity.",
    "A more telling activity stays; only isOutOfOffice says it."};

template <std::size_t N, typename Enum>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

void append_text_member(std::string& out, std::string_view member, std::string_view value) {
  out += ",\"";
  out += member;
  out += "\":\"";
  out += value;
  out += '"';
}

// null for what never comes.
void append_time_or_null(std::string& out, std::string_view member, Time time) {
  out += ",\"";
  out += member;
  out += "\":";
  if (time == presence::kNever) {
    out += "null";
    return;
  }
  out += '"';
  append_date_time(out, time);
  out += '"';
}

void append_state_members(std::string& out, presence::State state) {
  append_text_member(out, "availability", state.availability());
  append_text_member(out, "activity", state.activity());
}

void append_input(std::string& out, const Input& input) {
  out += R"({"kind":")";
  out += name_of(kKinds, input.kind);
  out += '"';
  append_text_member(out, "standing", name_of(kOutcomes, input.outcome));
  append_text_member(out, "why", name_of(kReasons, input.outcome));
  append_state_members(out, input.state);
  if (input.session) {
    append_text_member(out, "setActivity", input.session->state.activity());
    append_text_member(out, "sessionId", to_string(input.session->key.session));
    out += input.session->priority ? R"(,"priority":true)" : R"(,"priority":false)";
  }
  if (input.by != Guid{}) append_text_member(out, "appId", to_string(input.by));
  append_time_or_null(out, "since", input.since);
  append_time_or_null(out, "until", input.until);
  out += '}';
}

// Who may know of each input: the person, and applications that may set anybody's presence. Another
// application knows of what it set itself, another person of nothing.
bool may_see_input(const identity::Caller& caller, const state::UserKey& key, const Input& input) {
  if (caller.delegated()) return caller.user == key.user;
  return caller.has(identity::Permission::kAppReadWriteAll) || input.by == caller.app;
}

void append_explanation(std::string& out, const identity::Caller& caller, const state::UserKey& key,
                        const DetailedExplanation& explanation) {
  append_state_members(out, explanation.why.state);
  append_text_member(out, "rule", name_of(kRules, explanation.why.rule));
  append_text_member(out, "withoutOutOfOffice", explanation.why.base.activity());
  out += explanation.why.out_of_office ? R"(,"isOutOfOffice":true,"inputs":[)"
                                       : R"(,"isOutOfOffice":false,"inputs":[)";
  for (const Input& input : explanation.inputs) {
    if (!may_see_input(caller, key, input)) continue;
    if (out.back() != '[') out += ',';
    append_input(out, input);
  }
  out += R"(],"next":)";
  if (explanation.changes_at) {
    out += '{';
    const std::size_t begin = out.size();
    append_time_or_null(out, "at", *explanation.changes_at);
    out.erase(begin, 1);  // the comma of a first member
    append_state_members(out, explanation.then.state);
    append_text_member(out, "rule", name_of(kRules, explanation.then.rule));
    out += '}';
  } else {
    out += "null";
  }
}

// The same of somebody whose presence is not for this caller: it tells what anybody would see who is really
// so.
void append_masked_explanation(std::string& out, const Presence& masked) {
  append_state_members(out, masked.seen.state);
  append_text_member(
      out, "rule",
      masked.seen.state == presence::kOffline ? name_of(kRules, presence::Rule::kNoLiveSession) : "notKnown");
  append_text_member(out, "withoutOutOfOffice", masked.seen.state.activity());
  out += R"(,"isOutOfOffice":false,"inputs":[],"next":null)";
}

void begin_body(std::string& out, const Guid& user, Time at) {
  out += R"({"id":")";
  append_guid(out, user);
  out += '"';
  append_time_or_null(out, "at", at);
}

Result<Handled> explain_past(HandlerContext& context, const Call& call, const Guid& user, Time at) {
  const auto person = find_past_person(context, call, user);
  if (!person) return std::unexpected(user_not_found(call));
  return read_past(
      context, call, {*person}, at,
      [&services = context.services, person = *person, at, caller = *call.caller,
       not_found = user_not_found(call)](std::string& out, const PastRecords& records) -> Result<void> {
        if (!person.masked && !records.front()) return std::unexpected(not_found);
        begin_body(out, person.key.user, at);
        const auto masked =
            records.front() ? past_mask(services, caller, person, *records.front()) : person.masked;
        if (masked)
          append_masked_explanation(out, *masked);
        else
          append_explanation(out, caller, person.key,
                             presence::explain_in_detail(*records.front(), at, services.settings.policy));
        out += '}';
        return {};
      });
}

Result<std::optional<Time>> parse_explain(HandlerContext&, const Call& call) {
  if (auto none = reject_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  return parse_past_time(call, "asOf");
}

Result<Handled> run_explain(HandlerContext& context, const Call& call, const Guid& user,
                            const std::optional<Time>& as_of) {
  if (as_of) return explain_past(context, call, user, *as_of);
  const auto key = find_person(context.services, *call.caller, user);
  const auto stored = key ? context.services.view.copy(*key) : std::nullopt;
  if (!stored) return std::unexpected(user_not_found(call));

  std::string& out = call.response.body;
  begin_body(out, key->user, call.info.now);
  if (may_see(context.services, *call.caller, *key, stored->record))
    append_explanation(
        out, *call.caller, *key,
        presence::explain_in_detail(stored->record, call.info.now, context.services.settings.policy));
  else
    append_masked_explanation(out, masked_presence(key->user, *stored->record.extras));
  out += '}';
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation explain_presence =
    operation_with_rule<parse_explain, authorize_as_of, run_explain>();

}  // namespace porchlight::graph
