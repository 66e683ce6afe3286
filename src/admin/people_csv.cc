#include "admin/people_csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace porchlight::admin {
namespace {

constexpr std::string_view kSeparators = ",;\t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return equals_ignore_case(text.substr(0, word.size()), word);
}

// The separator that the line has most often outside of quotes; the comma if it has none.
char separator_of(std::string_view line) {
  std::size_t counts[kSeparators.size()] = {};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    const std::size_t which = kSeparators.find(c);
    if (!quoted && which != std::string_view::npos) ++counts[which];
  }
  return kSeparators[static_cast<std::size_t>(std::ranges::max_element(counts) - counts)];
}

bool is_empty(const std::vector<std::string>& fields) {
  return std::ranges::all_of(fields, &std::string::empty);
}

}  // namespace

std::expected<PeopleCsv, std::string> PeopleCsv::open(std::string_view text) {
  PeopleCsv file(text);
  while (!file.cursor_.at_end()) {
    const std::size_t number = file.cursor_.line();
    const std::string_view rest = text.substr(file.cursor_.offset());
    const std::string_view line = rest.substr(0, std::min(rest.find_first_of("\r\n"), rest.size()));
    if (file.skip_preamble(trimmed(line))) {
      file.cursor_.skip_line();
      continue;
    }
    const auto refuse = [&](std::string_view what) {
      return std::unexpected(fmt::format("line {}: {}", number, what));
    };
    const auto fields = file.read_fields();
    if (!fields) return refuse(fields.error());
    file.columns_count_ = fields->size();
    for (std::size_t i = 0; i < fields->size(); ++i)
      if (!file.columns_.add((*fields)[i], i))
        return refuse(fmt::format("the header names {} twice", (*fields)[i]));
    if (!file.columns_.upn() || !file.columns_.name())
      return refuse("the header must name userPrincipalName (or upn) and displayName (or name)");
    return file;
  }
  return std::unexpected("the file has no rows: a header such as id,userPrincipalName,displayName is needed");
}

bool PeopleCsv::skip_preamble(std::string_view line) {
  if (starts_with_word(line, "sep=") && line.size() <= 5) {
    separator_ = line.size() == 5 ? line[4] : '\t';  // blanks were removed
    return true;
  }
  const bool is_bare = line.find_first_not_of("\",; \t") == std::string_view::npos;
  if (is_bare || starts_with_word(line, "#TYPE") || starts_with_word(line, "version:")) return true;
  // A separator that `sep=` named and the header does not have is a remnant of another program.
  if (line.find(separator_) == std::string_view::npos || separator_ == ',') separator_ = separator_of(line);
  return false;
}

std::optional<ReadRow> PeopleCsv::next() {
  while (!cursor_.at_end()) {
    const LineCursor begin = cursor_;
    auto fields = read_fields();
    if (fields && is_empty(*fields)) continue;
    auto row = fields ? row_of(*std::move(fields)) : std::unexpected(std::move(fields.error()));
    if (row) {
      row->line = begin.line();
      return *std::move(row);
    }
    cursor_ = begin;
    cursor_.skip_line();
    return std::unexpected(RowFault{begin.line(), std::move(row.error())});
  }
  return std::nullopt;
}

// Reads a row and the line end behind it.
PeopleCsv::ReadFields PeopleCsv::read_fields() {
  std::vector<std::string> fields;
  while (true) {
    auto field = read_field();
    if (!field) return std::unexpected(std::move(field.error()));
    fields.push_back(*std::move(field));
    if (cursor_.peek() != separator_ || cursor_.at_end()) break;
    cursor_.advance();
  }
  if (cursor_.peek() == '\r') cursor_.advance();
  if (cursor_.peek() == '\n') cursor_.advance();
  return fields;
}

std::expected<std::string, std::string> PeopleCsv::read_field() {
  cursor_.advance_until([this](char c) { return (c != ' ' && c != '\t') || c == separator_; });
  if (cursor_.peek() == '"') return read_quoted();
  const std::size_t begin = cursor_.offset();
  cursor_.advance_until([this](char c) { return ends_field(c); });
  const std::string_view field = trimmed(cursor_.text().substr(begin, cursor_.offset() - begin));
  if (field.find('"') != std::string_view::npos)
    return std::unexpected("a quote inside a field without quotes");
  return std::string(field);
}

// Reads a quoted field, in which "" stands for a quote, and the blanks behind it.
std::expected<std::string, std::string> PeopleCsv::read_quoted() {
  std::string field;
  while (true) {
    cursor_.advance();
    const std::size_t begin = cursor_.offset();
    cursor_.advance_until([](char c) { return c == '"'; });
    if (cursor_.at_end()) return std::unexpected("a quote is not closed");
    field += cursor_.text().substr(begin, cursor_.offset() - begin);
    cursor_.advance();
    if (cursor_.peek() != '"') break;
    field += '"';
  }
  cursor_.advance_until([this](char c) { return (c != ' ' && c != '\t') || c == separator_; });
  if (!cursor_.at_end() && !ends_field(cursor_.peek())) return std::unexpected("text after a closing quote");
  return field;
}

// A line end in a needed field is refused here: a name cannot have one, and most often a quote is missing, so that the
// field holds the rows behind it.
std::expected<PersonRow, std::string> PeopleCsv::row_of(std::vector<std::string> fields) const {
  const std::size_t needed = std::max(*columns_.upn(), *columns_.name()) + 1;
  const auto surplus = fields.begin() + static_cast<std::ptrdiff_t>(std::min(columns_count_, fields.size()));
  if (fields.size() < needed || std::any_of(surplus, fields.end(), [](const auto& f) { return !f.empty(); }))
    return std::unexpected(fmt::format("{} fields, but the header has {}", fields.size(), columns_count_));
  const auto field = [&](std::optional<std::size_t> place) {
    return place && *place < fields.size() ? std::move(fields[*place]) : std::string();
  };
  PersonRow row{0, field(columns_.id()), field(columns_.upn()), field(columns_.name())};
  for (const std::string* text : {&row.id, &row.upn, &row.name})
    if (text->find_first_of("\r\n") != std::string::npos)
      return std::unexpected("a line end in a quoted field; is a quote missing?");
  return row;
}

}  // namespace porchlight::admin
