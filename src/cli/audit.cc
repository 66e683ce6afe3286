// porchlight audit: prints who changed what, newest first.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

const std::vector<Column> kAuditColumns = {
    {"time", "TIME"}, {"by", "BY"}, {"action", "ACTION"}, {"target", "TARGET"}, {"outcome", "OUTCOME"}};

constexpr JsonLimits kAuditLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

constexpr const char* kAuditExamples = R"(
Shows who changed what, whose, and from where: by the command line, the administration API or SCIM. Values are never
kept, only the names of what was changed. --json prints all of an entry, one in a line.

Examples:
  porchlight audit --data ~/porch
  porchlight audit --data ~/porch --tenant Contoso --from 2030-01-01T00:00:00Z --json)";

struct AuditOptions : CommonOptions {
  std::string from, to, actor, target;
};

// A text of an object, or an empty one.
std::string text_of(const simdjson::dom::element& object, std::string_view name) {
  std::string_view text;
  return object[name].get_string().get(text) ? std::string() : std::string(text);
}

// Who made the change: "ana@contoso.com", "uid 1000", or "scim".
std::string actor_of(const simdjson::dom::element& entry) {
  const simdjson::dom::element actor = entry["actor"];
  std::uint64_t uid;
  if (!actor["uid"].get_uint64().get(uid)) return fmt::format("uid {}", uid);
  for (const std::string_view name : {"name", "user", "way"})
    if (const std::string text = text_of(actor, name); !text.empty()) return text;
  return {};
}

// A row of the table.
std::string row_of(const simdjson::dom::element& entry) {
  const std::string name = text_of(entry, "targetName");
  return json_object([&](JsonObject& out) {
    out.text("time", text_of(entry, "dateTime")).text("by", actor_of(entry));
    out.text("action", text_of(entry, "action"))
        .text("target", name.empty() ? text_of(entry, "target") : name);
    out.text("outcome", text_of(entry, "outcome"));
  });
}

// Prints a page. Returns where the next one starts; empty after the last.
std::expected<std::string, std::string> print_page(const std::string& page, ObjectTable* table) {
  JsonReader reader;
  const auto root = reader.parse(page, kAuditLimits);
  simdjson::dom::array entries;
  if (!root || (*root)["value"].get_array().get(entries))
    return std::unexpected("the server's answer is not a page of the audit log");
  std::string rows;
  {
    JsonArray list(rows);
    for (const simdjson::dom::element entry : entries) {
      if (table == nullptr)
        std::puts(std::string(simdjson::minify(entry)).c_str());
      else
        list.json(row_of(entry));
    }
  }
  if (table != nullptr)
    if (auto printed = table->print(rows); !printed) return std::unexpected(printed.error());
  return text_of(*root, "next");
}

CommandStatus print_audit(const AuditOptions& options) {
  auto client = AdminClient::open(options.data, options.timeout);
  if (!client) return std::unexpected(client.error());
  ObjectTable table(kAuditColumns);
  std::string before;
  for (bool is_first = true; is_first || !before.empty(); is_first = false) {
    const auto page = (*client)->run(admin_command("audit.page", [&](JsonObject& out) {
      out.text_if("tenant", options.tenant).text_if("from", options.from).text_if("to", options.to);
      out.text_if("actor", options.actor).text_if("target", options.target).text_if("before", before);
      out.number("limit", 1000);
    }));
    if (!page) return std::unexpected(page.error());
    auto next = print_page(*page, options.json ? nullptr : &table);
    if (!next) return std::unexpected(next.error());
    before = *std::move(next);
  }
  return {};
}

}  // namespace

void add_audit(CLI::App& root, SelectedCommand& selected) {
  CLI::App* audit = root.add_subcommand("audit", "Print who changed what, newest first");
  const auto options = std::make_shared<AuditOptions>();
  add_common(*audit, *options);
  audit->add_option("--tenant", options->tenant, "Changes of one tenant's data, by its id or name");
  audit->add_option("--from", options->from, "Changes at or after a time, such as 2030-01-31T08:00:00Z");
  audit->add_option("--to", options->to, "Changes before a time");
  audit->add_option("--actor", options->actor, "Changes that a user or application made, by id")
      ->type_name("GUID");
  audit->add_option("--target", options->target, "Changes of a user, application or group, by id")
      ->type_name("GUID");
  audit->footer(kAuditExamples);
  set_action(*audit, selected, [options] { return print_audit(*options); });
}

}  // namespace porchlight::cli
