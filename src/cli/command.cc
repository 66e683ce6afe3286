// Tables and lines for terminals.
#include "cli/command.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/json.h"
#include "base/time_text.h"

namespace porchlight::cli {
namespace {

// Answers of a server are trusted, but large: a list of all applications, or a group with its members.
constexpr JsonLimits kCommandLimits = {.depth = 8, .members = 10'000'000, .string_bytes = 1 << 20};

// The columns of a terminal that a character takes: two if it is wide, none if it combines with the one before it
// (Unicode Standard Annex 11).
std::size_t columns_of(UChar32 character) {
  const std::uint32_t kind = U_MASK(u_charType(character));
  if (kind & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK)) return 0;
  const int width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_FULLWIDTH || width == U_EA_WIDE ? 2 : 1;
}

// The columns of a terminal that the text takes. Bytes that are not UTF-8 take one, as U+FFFD.
std::size_t width_of(std::string_view text) {
  const auto characters = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  std::size_t columns = 0;
  for (std::int32_t at = 0; at < characters.length(); at = characters.moveIndex32(at, 1))
    columns += columns_of(characters.char32At(at));
  return columns;
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

void describe_group(CLI::App& group, std::string_view note) {
  group.require_subcommand(1);
  group.footer(fmt::format("{}\nHelp on a command: porchlight {} COMMAND --help", note, group.get_name()));
}

CLI::Option& add_data(CLI::App& command, std::filesystem::path& data) {
  return *command.add_option("--data", data, "The data folder of the server")->required()->type_name("DIR");
}

void add_common(CLI::App& command, CommonOptions& common) {
  add_data(command, common.data);
  command.add_flag("--json", common.json, "Print JSON");
  command
      .add_option_function<std::string>(
          "--timeout", [&common](const std::string& text) { common.timeout = *parse_human_duration(text); },
          "How long to wait for each answer of a server that has the folder open (default 60s)")
      ->type_name("DURATION")
      ->check(check_duration);
}

std::string check_duration(const std::string& text) {
  const auto duration = parse_human_duration(text);
  return duration && *duration > Duration(0) ? "" : "not a duration such as 90s, 8h or 180d";
}

std::vector<std::string> split_words(const std::vector<std::string>& texts) {
  std::vector<std::string> words;
  for (const std::string& text : texts) {
    std::istringstream in(text);
    for (std::string word; in >> word;) words.push_back(word);
  }
  return words;
}

CommandStatus ObjectTable::print(std::string_view json) {
  JsonReader reader;
  const auto root = reader.parse(json, kCommandLimits);
  simdjson::dom::array array;
  if (!root || root->get_array().get(array)) return std::unexpected("the server's answer is not a list");
  std::vector<std::vector<std::string>> rows;
  if (!has_titles_) {
    auto& names = rows.emplace_back();
    for (const Column& column : columns_) names.emplace_back(column.title);
    has_titles_ = true;
  }
  for (const simdjson::dom::element element : array) rows.push_back(row_of(element, columns_));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width_of(row[i]));
  }
  for (const auto& row : rows) print_row(row, widths_);
  return {};
}

CommandStatus print_table(std::string_view json, const std::vector<Column>& columns) {
  return ObjectTable(columns).print(json);
}

CommandStatus print_object(std::string_view json, const std::vector<Column>& columns) {
  JsonReader reader;
  const auto root = reader.parse(json, kCommandLimits);
  if (!root || !root->is_object()) return std::unexpected("the server's answer is not an object");
  const auto values = row_of(*root, columns);
  std::vector<std::size_t> widths(2);
  for (const Column& column : columns) widths[0] = std::max(widths[0], column.title.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    print_row({std::string(columns[i].title), values[i]}, widths);
  return {};
}

}  // namespace porchlight::cli
