// GET …/presence/explain: why a user's presence is what it is (ours).
#include <array>

#include "graph/call/freshness.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/presence/explanation_json.h"
#include "graph/presence/json_members.h"
#include "graph/presence/past.h"
#include "graph/wire/query.h"
#include "presence/explanation.h"

namespace porchlight::graph {
namespace {

using presence::DetailedExplanation;
using presence::Input;

// Names in the order of presence::Rule, InputKind and InputOutcome. kReasons explains kOutcomes.
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

// Adds a time, or null for never.
void add_time_or_null(JsonObject& object, std::string_view name, Time time, std::uint16_t ticks = 0) {
  if (time == presence::kNever)
    object.null(name);
  else
    add_time(object, name, time, ticks);
}

void add_input(JsonArray& inputs, const Input& input) {
  inputs.object([&](JsonObject& out) {
    out.text("kind", name_of(kKinds, input.kind))
        .text("standing", name_of(kOutcomes, input.outcome))
        .text("why", name_of(kReasons, input.outcome));
    add_state(out, input.state);
    if (input.session) {
      out.text("setActivity", input.session->state.activity())
          .text("sessionId", to_string(input.session->key.session))
          .boolean("priority", input.session->priority);
    }
    if (input.by != Guid{}) out.text("appId", to_string(input.by));
    add_time_or_null(out, "since", input.since, input.since_ticks);
    add_time_or_null(out, "until", input.until, input.until_ticks);
  });
}

// Users see all their inputs, and so do applications that may write any presence.
bool may_see_all_inputs(const identity::Caller& caller, const state::UserKey& key) {
  if (caller.delegated()) return caller.user == key.user;
  return caller.has(identity::Permission::kAppReadWriteAll);
}

// Other applications see what they set themselves; other users see no inputs.
bool may_see_input(const identity::Caller& caller, const state::UserKey& key, const Input& input) {
  return may_see_all_inputs(caller, key) || (!caller.delegated() && input.by == caller.app);
}

// Adds why an event of the calendar may be missing among the inputs.
void add_calendar_gaps(JsonObject& out, const identity::Caller& caller, const state::UserKey& key,
                       const presence::Record& record) {
  const presence::Calendar* calendar = record.extras ? record.extras->calendar.get() : nullptr;
  if (calendar == nullptr || calendar->skipped.count == 0 || !may_see_all_inputs(caller, key)) return;
  out.object("calendar", [&](JsonObject& gaps) { add_skipped(gaps, calendar->skipped); });
}

// A change whose time has come while the presence is held shows at the end of the hold, with all others until then.
void move_to_end_of_hold(DetailedExplanation& explanation, const presence::Record& record,
                         const state::HeldSpan& held, Time now, const presence::Policy& policy) {
  if (!explanation.changes_at || *explanation.changes_at > now) return;
  explanation.changes_at = held.until;
  explanation.then = presence::explain(record, held.until, policy);
}

void add_explanation(JsonObject& out, const identity::Caller& caller, const state::UserKey& key,
                     const SeenRecord& seen, Time now, const presence::Policy& policy) {
  const presence::Record& record = *seen.record;
  DetailedExplanation explanation = presence::explain_in_detail(record, seen.at(now), policy);
  if (seen.held) {
    move_to_end_of_hold(explanation, record, *seen.held, now, policy);
    add_time(out, "heldSince", seen.held->from);
  }
  add_state(out, explanation.why.state);
  out.text("rule", name_of(kRules, explanation.why.rule))
      .text("withoutOutOfOffice", explanation.why.base.activity())
      .boolean("isOutOfOffice", explanation.why.out_of_office)
      .array("inputs", explanation.inputs, [&](JsonArray& inputs, const Input& input) {
        if (may_see_input(caller, key, input)) add_input(inputs, input);
      });
  add_calendar_gaps(out, caller, key, record);
  if (!explanation.changes_at) {
    out.null("next");
    return;
  }
  out.object("next", [&](JsonObject& next) {
    add_time_or_null(next, "at", *explanation.changes_at);
    add_state(next, explanation.then.state);
    next.text("rule", name_of(kRules, explanation.then.rule));
  });
}

// The explanation of a masked presence: that of a user who is really offline, or unknown.
void add_masked_explanation(JsonObject& out, const Presence& masked) {
  const bool offline = masked.seen.state == presence::kOffline;
  add_state(out, masked.seen.state);
  out.text("rule", offline ? name_of(kRules, presence::Rule::kNoLiveSession) : "notKnown")
      .text("withoutOutOfOffice", masked.seen.state.activity())
      .boolean("isOutOfOffice", false)
      .json("inputs", "[]")
      .null("next");
}

void add_subject(JsonObject& out, const Guid& user, Time at) {
  out.text("id", to_string(user));
  add_time_or_null(out, "at", at);
}

// Answers later, from the record of that time.
Result<Handled> explain_past(HandlerContext& context, const Call& call, const Guid& user, Time at) {
  const auto person = find_past_person(context, call, user);
  if (!person) return std::unexpected(user_not_found(call));
  return read_past(
      context, call, {*person}, at,
      [&services = context.services, person = *person, at, caller = *call.caller,
       not_found = user_not_found(call)](std::string& body, const PastRecords& records) -> Result<void> {
        if (!records.front()) return std::unexpected(not_found);
        JsonObject out(body);
        add_subject(out, person.key.user, at);
        if (const auto masked = past_mask(services, caller, person, *records.front()))
          add_masked_explanation(out, *masked);
        else
          add_explanation(out, caller, person.key, {&*records.front(), std::nullopt}, at,
                          services.settings.policy);
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

  JsonObject out(call.response.body);
  append_explanation(out, context.services, *call.caller, *key, stored->record, call.info.now);
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

}  // namespace

void append_explanation(JsonObject& out, const Services& services, const identity::Caller& caller,
                        const state::UserKey& key, const presence::Record& record, Time now) {
  add_subject(out, key.user, now);
  if (may_see(services, caller, key, record)) {
    const SeenRecord seen{&record, services.view.held(key, record, now)};
    return add_explanation(out, caller, key, seen, now, services.settings.policy);
  }
  const Presence masked = masked_presence(key.user, *record.extras);
  const bool offline = masked.seen.state == presence::kOffline;
  if (const auto held = services.view.held(key, {}, now); held && offline)
    add_time(out, "heldSince", held->from);
  add_masked_explanation(out, masked);
}

constinit const RouteOperation explain_presence =
    operation_with_rule<parse_explain, authorize_as_of, run_explain>();

}  // namespace porchlight::graph
