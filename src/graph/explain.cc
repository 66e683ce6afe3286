// GET …/presence/explain: why somebody's presence is what it is (ours).
#include <array>

#include "base/time_text.h"
#include "graph/past.h"
#include "graph/query.h"
#include "graph/sight.h"
#include "graph/subject.h"
#include "presence/account.h"

namespace porchlight::graph {
namespace {

using presence::Account;
using presence::Input;

constexpr std::array<std::string_view, 4> kRules = {"noLiveSession", "preferred", "bestSession", "meeting"};
constexpr std::array<std::string_view, 4> kKinds = {"session", "preference", "meeting", "outOfOffice"};
constexpr std::array<std::string_view, 7> kStandings = {
    "wins",           "outranked",       "behindPreference", "withoutSession",
    "behindPriority", "changesActivity", "leavesActivity"};
constexpr std::array<std::string_view, 7> kReasons = {
    "It is what shows.",
    "Another session or meeting ranks better: DoNotDisturb, Busy, Available, Away, in this order.",
    "The preferred presence shows instead.",
    "Without a live session the presence is Offline, whatever else is known.",
    "A session of an application with priority lives, so the preferred presence does not count.",
    "Out of office shows as the activity.",
    "A more telling activity stays; only isOutOfOffice says it."};

template <std::size_t N, typename Enum>
std::string_view name(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

void append_text(std::string& out, std::string_view member, std::string_view value) {
  out += ",\"";
  out += member;
  out += "\":\"";
  out += value;
  out += '"';
}

// null for what never comes.
void append_time(std::string& out, std::string_view member, Time time) {
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

void append_state(std::string& out, presence::State state) {
  append_text(out, "availability", state.availability());
  append_text(out, "activity", state.activity());
}

void append_input(std::string& out, const Input& input) {
  out += R"({"kind":")";
  out += name(kKinds, input.kind);
  out += '"';
  append_text(out, "standing", name(kStandings, input.standing));
  append_text(out, "why", name(kReasons, input.standing));
  append_state(out, input.state);
  if (input.session) {
    append_text(out, "setActivity", input.session->state.activity());
    append_text(out, "sessionId", to_string(input.session->key.session));
    out += input.session->priority ? R"(,"priority":true)" : R"(,"priority":false)";
  }
  if (input.by != Guid{}) append_text(out, "appId", to_string(input.by));
  append_time(out, "since", input.since);
  append_time(out, "until", input.until);
  out += '}';
}

// Who may know of each input: the person, and applications that may set anybody's presence. Another
// application knows of what it set itself, another person of nothing.
bool may_know(const identity::Caller& caller, const state::UserKey& key, const Input& input) {
  if (caller.delegated()) return caller.user == key.user;
  return caller.has(identity::Permission::kAppReadWriteAll) || input.by == caller.app;
}

void append_account(std::string& out, const identity::Caller& caller, const state::UserKey& key,
                    const Account& account) {
  append_state(out, account.why.state);
  append_text(out, "rule", name(kRules, account.why.rule));
  append_text(out, "withoutOutOfOffice", account.why.base.activity());
  out += account.why.out_of_office ? R"(,"isOutOfOffice":true,"inputs":[)"
                                   : R"(,"isOutOfOffice":false,"inputs":[)";
  for (const Input& input : account.inputs) {
    if (!may_know(caller, key, input)) continue;
    if (out.back() != '[') out += ',';
    append_input(out, input);
  }
  out += R"(],"next":)";
  if (account.changes_at) {
    out += '{';
    const std::size_t begin = out.size();
    append_time(out, "at", *account.changes_at);
    out.erase(begin, 1);  // the comma of a first member
    append_state(out, account.then.state);
    append_text(out, "rule", name(kRules, account.then.rule));
    out += '}';
  } else {
    out += "null";
  }
}

// The same of somebody whose presence is not for this caller: it tells what anybody would see who is really
// so.
void append_facade(std::string& out, const Presence& facade) {
  append_state(out, facade.seen.state);
  append_text(
      out, "rule",
      facade.seen.state == presence::kOffline ? name(kRules, presence::Rule::kNoLiveSession) : "notKnown");
  append_text(out, "withoutOutOfOffice", facade.seen.state.activity());
  out += R"(,"isOutOfOffice":false,"inputs":[],"next":null)";
}

void begin_answer(std::string& out, const Guid& user, Time at) {
  out += R"({"id":")";
  append_guid(out, user);
  out += '"';
  append_time(out, "at", at);
}

Result<Handled> explain_past(Tools& tools, const Call& call, const Guid& user, Time at) {
  const auto person = past_subject(tools, call, user);
  if (!person) return std::unexpected(nobody(call));
  return read_past(
      tools, call, {*person}, at,
      [&shared = tools.shared, person = *person, at, caller = *call.caller, was_not_there = nobody(call)](
          std::string& out, const PastRecords& records) -> Result<void> {
        if (!person.facade && !records.front()) return std::unexpected(was_not_there);
        begin_answer(out, person.key.user, at);
        const auto facade =
            records.front() ? past_facade(shared, caller, person, *records.front()) : person.facade;
        if (facade)
          append_facade(out, *facade);
        else
          append_account(out, caller, person.key,
                         presence::account(*records.front(), at, shared.settings.policy));
        out += '}';
        return {};
      });
}

}  // namespace

Result<Handled> explain_presence(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  const auto as_of = read_past_time(call, "asOf");
  if (!as_of) return std::unexpected(as_of.error());
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (*as_of) {
    if (auto allowed = authorize_past(tools, call); !allowed) return std::unexpected(allowed.error());
    if (user) return explain_past(tools, call, *user, **as_of);
  }
  const auto key = user ? find_person(tools.shared, *call.caller, *user) : std::nullopt;
  const auto kept = key ? tools.shared.view.copy(*key) : std::nullopt;
  if (!kept) return std::unexpected(nobody(call));

  std::string& out = call.response.body;
  begin_answer(out, key->user, call.ticket.now);
  if (may_see(tools.shared, *call.caller, *key, kept->record))
    append_account(out, *call.caller, *key,
                   presence::account(kept->record, call.ticket.now, tools.shared.settings.policy));
  else
    append_facade(out, facade_of(key->user, *kept->record.extras));
  out += '}';
  tools.replies.json(call.response, call.ticket);
  return Handled::kNow;
}

}  // namespace porchlight::graph
