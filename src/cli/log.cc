// porchlight log: export, repair.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/json.h"
#include "cli/admin_client.h"
#include "cli/command.h"
#include "cli/directory_command.h"
#include "log/embedded_log.h"
#include "node/data_folder.h"
#include "node/log_order.h"
#include "state/view.h"

namespace porchlight::cli {
namespace {

// A page has many lines, each a JSON text with quotes escaped once more.
constexpr JsonLimits kLogPageLimits = {.depth = 4, .members = 1'000'000, .string_bytes = 1 << 20};

constexpr const char* kExportExamples = R"(
Prints one event per line, in the order of their times over all shards. Events that were written together have the
same position. --from takes a position that an earlier export printed; the export starts with that position.

Examples:
  porchlight log export --data ~/porch
  porchlight log export --data ~/porch --from 3:17 | jq .kind)";

struct LogOptions : CommonOptions {
  std::string from;
};

// Prints the lines of one page. Returns the cursor of the next page; empty after the last.
std::expected<std::string, std::string> print_page(const std::string& page) {
  JsonReader reader;
  const auto root = reader.parse(page, kLogPageLimits);
  simdjson::dom::array lines;
  if (!root || (*root)["lines"].get_array().get(lines))
    return std::unexpected("the server's answer is not a page of the log");
  for (const simdjson::dom::element element : lines) {
    std::string_view line;
    if (element.get_string().get(line))
      return std::unexpected("the server's answer has a line that is not text");
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }
  std::string_view cursor;
  return (*root)["cursor"].get_string().get(cursor) ? std::string() : std::string(cursor);
}

// Prints all pages. Pages have no state in the server, so a slow reader of stdout does not delay it.
CommandStatus export_log(const LogOptions& options) {
  auto client = AdminClient::open(options.data);
  if (!client) return std::unexpected(client.error());
  std::string cursor;
  do {
    const auto page = (*client)->run(admin_command("log.page", [&](JsonObject& out) {
      out.text_if("cursor", cursor);
      if (cursor.empty()) out.text_if("from", options.from);
    }));
    if (!page) return std::unexpected(page.error());
    auto next = print_page(*page);
    if (!next) return std::unexpected(next.error());
    cursor = *std::move(next);
  } while (!cursor.empty());
  return {};
}

// Prints what was kept and, by position, what was lost.
void print_repaired(const log::RepairResult& repaired) {
  std::printf("kept all records before the first damaged one; dropped %llu bytes from there on\n",
              static_cast<unsigned long long>(repaired.bytes_dropped));
  for (const log::Position& position : repaired.dropped)
    std::printf("dropped %s\n", node::to_text(position).c_str());
  for (const log::Position& position : repaired.last_whole)
    std::printf("last kept %s\n", node::to_text(position).c_str());
}

// Repairs the log directly: a server or a command would refuse to open it.
CommandStatus repair_log(const LogOptions& options) {
  const auto folder = node::DataFolder::open(options.data);
  if (!folder) return std::unexpected(folder.error());
  const auto repaired =
      log::EmbeddedEngine::repair({.dir = folder->log().string(), .shards = state::kShards});
  if (!repaired) return std::unexpected(repaired.error());
  print_repaired(*repaired);
  return {};
}

}  // namespace

void add_log(CLI::App& root, SelectedCommand& selected) {
  CLI::App* group = root.add_subcommand("log", "Export or repair the event log");
  describe_group(*group);
  const auto options = std::make_shared<LogOptions>();

  CLI::App* one = group->add_subcommand("export", "Print the events as JSON lines");
  add_data(*one, options->data);
  one->add_option("--from", options->from, "Start with this position")->type_name("SHARD:SEQ");
  one->footer(kExportExamples);
  set_action(*one, selected, [options] { return export_log(*options); });

  CLI::App* repair = group->add_subcommand("repair", "Cut a damaged log before its first damaged record");
  add_data(*repair, options->data);
  repair->footer(
      "\nUse it if the server refuses to open the log, while no server runs on the folder. Copy the data "
      "folder first:\n"
      "all records from the first damaged one on are dropped.\n\n"
      "Examples:\n  porchlight log repair --data ~/porch");
  set_action(*repair, selected, [options] { return repair_log(*options); });
}

}  // namespace porchlight::cli
