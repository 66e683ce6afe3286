// Tables and lines for terminals.
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/json.h"

namespace porchlight::cli {
namespace {

// Answers of a server are trusted, but large: a list of all applications, or a group with its members.
constexpr JsonLimits kCommandLimits = {.depth = 8, .members = 10'000'000, .string_bytes = 1 << 20};

// The number of UTF-8 characters, which is close enough to the columns that a terminal uses.
std::size_t width_of(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

// The text of a value in a table: an array as its items separated by spaces, a boolean as yes or no.
std::string cell(const simdjson::dom::element& value) {
  std::string_view text;
  if (!value.get_string().get(text)) return std::string(text);
  simdjson::dom::array array;
  if (!value.get_array().get(array)) {
    std::string joined;
    for (const simdjson::dom::element element : array) joined += (joined.empty() ? "" : " ") + cell(element);
    return joined;
  }
  bool flag = false;
  if (!value.get_bool().get(flag)) return flag ? "yes" : "no";
  std::ostringstream other;
  other << value;
  return other.str();
}

// The cells of one object; empty for a member that it does not have.
std::vector<std::string> row_of(const simdjson::dom::element& element, const std::vector<Column>& columns) {
  std::vector<std::string> row;
  for (const Column& column : columns) {
    simdjson::dom::element value;
    row.push_back(element[column.member].get(value) ? "" : cell(value));
  }
  return row;
}

// Prints a line with the columns padded to their widths, without trailing spaces.
void print_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += row[i];
    if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
  }
  while (line.ends_with(' ')) line.pop_back();
  std::puts(line.c_str());
}

}  // namespace

void add_data(CLI::App& command, std::filesystem::path& data) {
  command.add_option("--data", data, "The data folder of the server")->required()->type_name("DIR");
}

void add_common(CLI::App& command, CommonOptions& common) {
  add_data(command, common.data);
  command.add_flag("--json", common.json, "Print JSON");
}

std::vector<std::string> split_words(const std::vector<std::string>& texts) {
  std::vector<std::string> words;
  for (const std::string& text : texts) {
    std::istringstream in(text);
    for (std::string word; in >> word;) words.push_back(word);
  }
  return words;
}

CommandStatus print_table(std::string_view json, const std::vector<Column>& columns, bool titles) {
  JsonReader reader;
  const auto root = reader.parse(json, kCommandLimits);
  simdjson::dom::array array;
  if (!root || root->get_array().get(array)) return std::unexpected("the server's answer is not a list");
  std::vector<std::vector<std::string>> rows;
  if (titles) {
    auto& names = rows.emplace_back();
    for (const Column& column : columns) names.emplace_back(column.title);
  }
  for (const simdjson::dom::element element : array) rows.push_back(row_of(element, columns));
  std::vector<std::size_t> widths(columns.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const auto& row : rows) print_row(row, widths);
  return {};
}

CommandStatus print_object(std::string_view json, const std::vector<Column>& columns) {
  JsonReader reader;
  const auto root = reader.parse(json, kCommandLimits);
  if (!root || !root->is_object()) return std::unexpected("the server's answer is not an object");
  const auto values = row_of(*root, columns);
  for (std::size_t i = 0; i < columns.size(); ++i)
    std::printf("%-8s %s\n", std::string(columns[i].title).c_str(), values[i].c_str());
  return {};
}

}  // namespace porchlight::cli
