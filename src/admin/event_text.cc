#include "admin/event_text.h"

#include "base/json.h"
#include "base/time_text.h"
#include "node/log_order.h"
#include "state/view.h"

namespace porchlight::admin {
namespace {

// Appends `,"name":` and what follows of a member.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& out) : out_(out) {}

  void text(std::string_view name, std::string_view value) {
    begin(name);
    append_json_string(out_, value);
  }
  void guid(std::string_view name, const Guid& value) {
    begin(name);
    out_ += '"';
    append_guid(out_, value);
    out_ += '"';
  }
  void number(std::string_view name, std::uint64_t value) {
    begin(name);
    out_ += std::to_string(value);
  }
  // null where it never comes.
  void time(std::string_view name, Time value) {
    begin(name);
    if (value == presence::kNever) {
      out_ += "null";
      return;
    }
    out_ += '"';
    append_date_time(out_, value);
    out_ += '"';
  }
  void flag(std::string_view name, bool value) {
    begin(name);
    out_ += value ? "true" : "false";
  }
  void guids(std::string_view name, const std::vector<Guid>& values) {
    std::vector<std::string> texts_of;
    for (const Guid& value : values) texts_of.push_back(to_string(value));
    texts(name, texts_of);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    begin(name);
    out_ += '[';
    for (const std::string& value : values) {
      if (out_.back() != '[') out_ += ',';
      append_json_string(out_, value);
    }
    out_ += ']';
  }

 private:
  void begin(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, name);
    out_ += ':';
  }
  std::string& out_;
};

// Writes the kind and the members of each alternative.
struct EventWriter {
  JsonMembers& out;

  void state(const presence::State& state, Time expires_at) const {
    out.text("availability", state.availability());
    out.text("activity", state.activity());
    out.time("expiresAt", expires_at);
  }
  void session(std::string_view kind, const presence::SessionKey& key) const {
    out.text("kind", kind);
    out.guid("appId", key.app);
    out.guid("sessionId", key.session);
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
  // What people write is theirs: the log is read by operators, so texts are left out.
  void operator()(const presence::MessageSet& e) const {
    out.text("kind", "messageSet");
    out.time("expiresAt", e.message.expires_at);
    out.guid("appId", e.message.by);
  }
  void operator()(const presence::MessageCleared&) const { out.text("kind", "messageCleared"); }
  void operator()(const presence::LocationSet& e) const {
    out.text("kind", "locationSet");
    out.number("layer", static_cast<std::uint64_t>(e.layer));
    out.number("type", static_cast<std::uint64_t>(e.location.type));
    out.time("expiresAt", e.location.until);
    out.guid("appId", e.location.by);
  }
  void operator()(const presence::LocationsCleared& e) const {
    out.text("kind", "locationsCleared");
    out.flag("manual", e.manual);
    out.flag("automatic", e.automatic);
    out.flag("scheduled", e.scheduled);
  }
  void operator()(const presence::OutOfOfficeSet& e) const {
    out.text("kind", "outOfOfficeSet");
    out.time("from", e.what.from);
    out.time("until", e.what.until);
    out.guid("appId", e.what.by);
  }
  void operator()(const presence::OutOfOfficeCleared&) const { out.text("kind", "outOfOfficeCleared"); }
  void operator()(const presence::CalendarSet& e) const {
    out.text("kind", "calendarSet");
    out.number("busy", e.calendar->busy.size());
    out.number("outOfOffice", e.calendar->out_of_office.size());
  }
  void operator()(const presence::CalendarCleared&) const { out.text("kind", "calendarCleared"); }
  void operator()(const presence::VisibilitySet& e) const {
    out.text("kind", "audienceSet");
    out.number("admitted", static_cast<std::uint64_t>(e.visibility->visible_to));
    out.number("facade", static_cast<std::uint64_t>(e.visibility->others_see));
    out.guids("members", e.visibility->members);
    out.guids("groups", e.visibility->groups);
  }
  void operator()(const presence::VisibilityCleared&) const { out.text("kind", "audienceCleared"); }
  void operator()(const directory::TenantPut& e) const {
    out.text("kind", "tenantPut");
    out.text("displayName", e.name);
    out.text("zone", e.settings.zone);
    out.flag("history", e.settings.history);
    out.guids("trusts", e.settings.trusts);
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
    out.flag("client", e.client);
    out.texts("scopes", e.scopes);
    out.texts("roles", e.roles);
    out.flag("priority", e.priority);
  }
  void operator()(const directory::AppRemoved&) const { out.text("kind", "appRemoved"); }
  void operator()(const directory::GroupPut& e) const {
    out.text("kind", "groupPut");
    out.text("displayName", e.name);
    out.guids("members", e.members);
  }
  void operator()(const directory::GroupRemoved&) const { out.text("kind", "groupRemoved"); }
};

}  // namespace

void append_event_json(std::string& out, log::Position position, Time at, const log::Event& event) {
  out += '{';
  JsonMembers members(out);
  members.text("position", node::to_text(position));
  members.time("at", at);
  members.guid("tenant", event.tenant);
  members.guid("subject", event.subject);
  members.number("version", event.version);
  members.guid("id", event.id);
  if (const auto* presence = std::get_if<presence::Event>(&event.body)) {
    std::visit(EventWriter{members}, presence->what);
    members.time("happenedAt", presence->at);
    members.number("stamp", presence->sequence);
  } else if (const auto* directory = std::get_if<log::DirectoryEvent>(&event.body)) {
    std::visit(EventWriter{members}, directory->what);
    members.time("happenedAt", directory->at);
  } else {
    // The body is in a format that only the newer version knows, so neither it nor the time of the event is shown.
    members.text("kind", "unknown");
    members.number("number", std::get<log::SkippedEvent>(event.body).kind);
  }
  out += '}';
}

}  // namespace porchlight::admin
