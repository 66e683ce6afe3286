// Members keep the names that the log had when they were introduced ("audienceSet", "facade", "stamp"): exports are
// read by scripts.
#include "admin/event_text.h"

#include "base/json_writer.h"
#include "base/time_text.h"
#include "node/log_order.h"
#include "state/view.h"

namespace porchlight::admin {
namespace {

void add_guid(JsonObject& out, std::string_view name, const Guid& value) {
  std::string& text = out.member(name) += '"';
  append_guid(text, value);
  text += '"';
}

void add_guids(JsonObject& out, std::string_view name, const std::vector<Guid>& values) {
  out.array(name, values, [](JsonArray& list, const Guid& value) { list.text(to_string(value)); });
}

// null for a time that never comes.
void add_time(JsonObject& out, std::string_view name, Time value, std::uint16_t ticks = 0) {
  if (value == presence::kNever) {
    out.null(name);
    return;
  }
  std::string& text = out.member(name) += '"';
  append_date_time(text, value, ticks);
  text += '"';
}

// Writes the kind of an event, and the members of that kind.
struct EventWriter {
  JsonObject& out;

  void state(const presence::State& state, Time expires_at) const {
    out.text("availability", state.availability());
    out.text("activity", state.activity());
    add_time(out, "expiresAt", expires_at);
  }
  void session(std::string_view kind, const presence::SessionKey& key) const {
    out.text("kind", kind);
    add_guid(out, "appId", key.app);
    add_guid(out, "sessionId", key.session);
  }
  void operator()(const presence::SessionSet& e) const {
    session("sessionSet", e.key);
    state(e.state, e.expires_at);
  }
  void operator()(const presence::SessionCleared& e) const { session("sessionCleared", e.key); }
  void operator()(const presence::PreferredSet& e) const {
    out.text("kind", "preferredSet");
    state(e.state, e.expires_at);
  }
  void operator()(const presence::PreferredCleared&) const { out.text("kind", "preferredCleared"); }
  // Operators read the log, so texts that users wrote are left out.
  void operator()(const presence::MessageSet& e) const {
    out.text("kind", "messageSet");
    add_time(out, "expiresAt", e.message.expires_at);
    add_guid(out, "appId", e.message.by);
  }
  void operator()(const presence::MessageCleared&) const { out.text("kind", "messageCleared"); }
  void operator()(const presence::LocationSet& e) const {
    out.text("kind", "locationSet");
    out.number("layer", static_cast<std::uint64_t>(e.layer));
    out.number("type", static_cast<std::uint64_t>(e.location.type));
    add_time(out, "expiresAt", e.location.until);
    add_guid(out, "appId", e.location.by);
  }
  void operator()(const presence::LocationsCleared& e) const {
    out.text("kind", "locationsCleared");
    out.boolean("manual", e.manual);
    out.boolean("automatic", e.automatic);
    out.boolean("scheduled", e.scheduled);
  }
  void operator()(const presence::WorkPlanSet& e) const {
    out.text("kind", "workPlanSet");
    out.number("shared", static_cast<std::uint64_t>(e.plan->shared));
    out.number("recurrences", e.plan->recurrences.size());
    out.number("occurrences", e.plan->occurrences.size());
  }
  void operator()(const presence::OutOfOfficeSet& e) const {
    out.text("kind", "outOfOfficeSet");
    add_time(out, "from", e.what.from, e.what.from_ticks);
    add_time(out, "until", e.what.until, e.what.until_ticks);
    add_guid(out, "appId", e.what.by);
  }
  void operator()(const presence::OutOfOfficeCleared&) const { out.text("kind", "outOfOfficeCleared"); }
  void operator()(const presence::CalendarSet& e) const {
    out.text("kind", "calendarSet");
    out.number("busy", e.calendar->busy.size());
    out.number("outOfOffice", e.calendar->out_of_office.size());
    if (e.calendar->skipped.count > 0) out.number("skipped", e.calendar->skipped.count);
  }
  void operator()(const presence::CalendarCleared&) const { out.text("kind", "calendarCleared"); }
  void operator()(const presence::VisibilitySet& e) const {
    out.text("kind", "audienceSet");
    out.number("admitted", static_cast<std::uint64_t>(e.visibility->visible_to));
    out.number("facade", static_cast<std::uint64_t>(e.visibility->others_see));
    add_guids(out, "members", e.visibility->members);
    add_guids(out, "groups", e.visibility->groups);
    out.boolean("badge", e.visibility->badge);
  }
  void operator()(const presence::VisibilityCleared&) const { out.text("kind", "audienceCleared"); }
  void operator()(const directory::TenantPut& e) const {
    out.text("kind", "tenantPut");
    out.text("displayName", e.name);
    out.text("zone", e.settings.zone);
    out.boolean("history", e.settings.history);
    add_guids(out, "trusts", e.settings.trusts);
  }
  void operator()(const directory::TenantRemoved&) const { out.text("kind", "tenantRemoved"); }
  void operator()(const directory::UserPut& e) const {
    out.text("kind", "userPut");
    out.text("userPrincipalName", e.upn);
    out.text("displayName", e.name);
  }
  void operator()(const directory::UserRemoved&) const { out.text("kind", "userRemoved"); }
  void operator()(const directory::AppPut& e) const {
    out.text("kind", "appPut");
    out.text("displayName", e.name);
    out.boolean("client", e.client);
    out.texts("scopes", e.scopes);
    out.texts("roles", e.roles);
    out.boolean("priority", e.priority);
  }
  void operator()(const directory::AppRemoved&) const { out.text("kind", "appRemoved"); }
  void operator()(const directory::GroupPut& e) const {
    out.text("kind", "groupPut");
    out.text("displayName", e.name);
    add_guids(out, "members", e.members);
  }
  void operator()(const directory::GroupRemoved&) const { out.text("kind", "groupRemoved"); }
  void operator()(const directory::AdministratorSet& e) const {
    out.text("kind", "administratorSet");
    out.boolean("on", e.on);
  }
};

}  // namespace

void append_event_json(std::string& out, log::Position position, Time at, const log::Event& event) {
  JsonObject members(out);
  members.text("position", node::to_text(position));
  add_time(members, "at", at);
  add_guid(members, "tenant", event.tenant);
  add_guid(members, "subject", event.subject);
  members.number("version", event.version);
  add_guid(members, "id", event.id);
  if (const auto* presence = std::get_if<presence::Event>(&event.body)) {
    std::visit(EventWriter{members}, presence->what);
    add_time(members, "happenedAt", presence->at);
    members.number("stamp", presence->sequence);
  } else if (const auto* directory = std::get_if<log::DirectoryEvent>(&event.body)) {
    std::visit(EventWriter{members}, directory->what);
    add_time(members, "happenedAt", directory->at);
  } else {
    // The body is in a format that only the newer version knows, so neither it nor the time of the event is shown.
    members.text("kind", "unknown");
    members.number("number", std::get<log::SkippedEvent>(event.body).kind);
  }
}

}  // namespace porchlight::admin
