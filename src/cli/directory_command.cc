#include "cli/directory_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/json.h"
#include "cli/admin_client.h"

namespace porchlight::cli {
namespace {

// A result without warnings may be large, as a group with its members is.
constexpr JsonLimits kWarningLimits = {.depth = 8, .members = 10'000'000};

// Of a page of a list.
constexpr JsonLimits kPageLimits = {.depth = 8, .members = 100'000, .string_bytes = 4096};

// Prints the items of a page, with `table` unless as JSON. Returns where the next page starts; empty after the last.
std::expected<std::string, std::string> print_page(const std::string& page, ObjectTable* table, bool first) {
  JsonReader reader;
  const auto root = reader.parse(page, kPageLimits);
  simdjson::dom::array items;
  if (!root || (*root)["value"].get_array().get(items))
    return std::unexpected("the server's answer is not a page of a list");
  if (!table) {
    const char* before = first ? "" : ",\n";
    for (const simdjson::dom::element item : items) {
      std::printf("%s%s", before, std::string(simdjson::minify(item)).c_str());
      before = ",\n";
    }
  } else if (auto printed = table->print(std::string(simdjson::minify(items))); !printed) {
    return std::unexpected(printed.error());
  }
  std::string_view next;
  return (*root)["next"].get_string().get(next) ? std::string() : std::string(next);
}

// Prints the member `warnings` of a result on stderr, a line for each.
void print_warnings(std::string_view result) {
  if (!result.starts_with('{')) return;
  JsonReader reader;
  const auto root = reader.parse(result, kWarningLimits);
  simdjson::dom::array warnings;
  if (!root || (*root)["warnings"].get_array().get(warnings)) return;
  for (const simdjson::dom::element warning : warnings)
    fmt::print(stderr, "porchlight: warning: {}\n", std::string_view(warning));
}

CommandStatus print_result(const CommonOptions& common, const std::string& result,
                           const std::vector<Column>& columns) {
  print_warnings(result);
  if (common.json) {
    std::puts(result.c_str());
    return {};
  }
  return result.starts_with('[') ? print_table(result, columns) : print_object(result, columns);
}

}  // namespace

void set_action(CLI::App& command, SelectedCommand& selected, std::function<CommandStatus()> work) {
  command.callback([&selected, work = std::move(work)] { selected = work; });
}

void add_tenant_option(CLI::App& command, CommonOptions& common) {
  command.add_option("--tenant", common.tenant, "The tenant, by id or name; required if there are several");
}

CommandStatus run_and_print(const CommonOptions& common, const std::string& command,
                            const std::vector<Column>& columns) {
  const auto result = run_once(common.data, command, common.timeout);
  if (!result) return std::unexpected(result.error());
  return print_result(common, *result, columns);
}

CommandStatus run_and_print_pages(const CommonOptions& common,
                                  const std::function<std::string(const std::string& after)>& command_after,
                                  const std::vector<Column>& columns) {
  auto client = AdminClient::open(common.data, common.timeout);
  if (!client) return std::unexpected(client.error());
  ObjectTable table(columns);
  std::string after;
  for (bool first = true; first || !after.empty(); first = false) {
    const auto page = (*client)->run(command_after(after));
    if (!page) return std::unexpected(page.error());
    if (first && common.json) std::fputs("[", stdout);
    auto next = print_page(*page, common.json ? nullptr : &table, first);
    if (!next) return std::unexpected(next.error());
    after = *std::move(next);
  }
  if (common.json) std::puts("]");
  return {};
}

CommandStatus run_and_print_value(const CommonOptions& common, const std::string& command,
                                  std::string_view member) {
  const auto result = run_once(common.data, command, common.timeout);
  if (!result) return std::unexpected(result.error());
  print_warnings(*result);
  JsonReader reader;
  const auto root = reader.parse(*result, kWarningLimits);
  std::string_view value;
  if (!root || (*root)[member].get_string().get(value))
    return std::unexpected(fmt::format("the server's answer has no {}", member));
  fmt::print("{}\n", common.json ? std::string_view(*result) : value);
  return {};
}

CommandStatus run_removal(const CommonOptions& common, const std::string& command,
                          const std::vector<Column>& columns, std::string_view noun) {
  const auto result = run_once(common.data, command, common.timeout);
  if (!result) return std::unexpected(result.error());
  if (!common.json) fmt::print("{} removed\n", noun);
  return print_result(common, *result, columns);
}

}  // namespace porchlight::cli
