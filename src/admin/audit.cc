// The administrative command that reads the audit log a page at a time.
#include <algorithm>
#include <charconv>

#include "admin/commands.h"
#include "base/time_text.h"

namespace porchlight::admin {
namespace {

constexpr std::uint64_t kAuditPageDefault = 100;
constexpr std::uint64_t kAuditPageMax = 1'000;

void write_id(JsonObject& out, std::string_view name, const Guid& id) {
  if (!id.is_nil()) out.text(name, to_string(id));
}

void write_actor(JsonObject& out, const audit::Actor& actor) {
  out.text("way", audit::name_of(actor.way));
  write_id(out, "tenant", actor.tenant);
  write_id(out, "user", actor.user);
  write_id(out, "applicationId", actor.app);
  out.text_if("name", actor.name).text_if("address", actor.address);
  if (actor.way == audit::Way::kCommandLine) out.number("uid", actor.uid);
}

std::string entry_json(std::uint64_t number, const audit::AuditEntry& entry) {
  std::string at;
  append_date_time(at, entry.at);
  return json_object([&](JsonObject& out) {
    out.text("id", std::to_string(number)).text("dateTime", at).text("action", entry.action);
    out.object("actor", [&](JsonObject& actor) { write_actor(actor, entry.actor); });
    write_id(out, "tenant", entry.tenant);
    if (entry.target) out.text("target", to_string(*entry.target));
    out.text_if("targetName", entry.target_name).texts("members", entry.members);
    out.text("outcome", audit::name_of(entry.outcome));
  });
}

// The time, or the id, that a member gives; nullopt if it is absent.
template <typename T>
Checked<std::optional<T>> read(CommandArgs& args, std::string_view name,
                               std::optional<T> (*parse)(std::string_view), std::string_view what) {
  const auto text = args.text(name);
  if (!text) return std::nullopt;
  if (const auto value = parse(*text)) return value;
  return std::unexpected(std::string(name) + " must be " + std::string(what));
}

Checked<void> read_filter(CommandArgs& args, audit::AuditQuery& query) {
  const auto from = read<Time>(args, "from", parse_date_time, "a time such as 2030-01-31T08:00:00Z");
  if (!from) return std::unexpected(from.error());
  const auto to = read<Time>(args, "to", parse_date_time, "a time such as 2030-01-31T08:00:00Z");
  if (!to) return std::unexpected(to.error());
  const auto actor = read<Guid>(args, "actor", parse_guid, "an id");
  if (!actor) return std::unexpected(actor.error());
  const auto target = read<Guid>(args, "target", parse_guid, "an id");
  if (!target) return std::unexpected(target.error());
  query.from = *from;
  query.to = *to;
  query.actor = *actor;
  query.target = *target;
  return {};
}

// Where the page starts: the member `before`, a number as text.
Checked<void> read_place(CommandArgs& args, audit::AuditQuery& query) {
  const auto before = args.text("before");
  if (!before) return {};
  const auto [end, error] = std::from_chars(before->data(), before->data() + before->size(), query.before);
  if (error != std::errc{} || end != before->data() + before->size())
    return std::unexpected("before must be the next of the page before");
  return {};
}

}  // namespace

AdminResult page_audit(node::Node& node, CommandArgs& args) {
  audit::AuditQuery query;
  const auto tenant = find_tenant_or_all(node, args);
  if (!tenant) return std::unexpected(tenant.error());
  if (*tenant) query.tenant = (*tenant)->id;
  if (auto read = read_filter(args, query); !read) return std::unexpected(read.error());
  if (auto read = read_place(args, query); !read) return std::unexpected(read.error());
  query.limit = std::clamp<std::uint64_t>(args.number("limit").value_or(kAuditPageDefault), 1, kAuditPageMax);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  const auto page = node.audit().page(query);
  if (!page) return std::unexpected(unavailable(page.error()));
  return json_object([&](JsonObject& out) {
    out.array("value", page->entries, [](JsonArray& list, const auto& numbered) {
      list.json(entry_json(numbered.first, numbered.second));
    });
    if (page->next) out.text("next", std::to_string(*page->next));
  });
}

}  // namespace porchlight::admin
