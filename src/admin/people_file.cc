// A JSON file is split into objects by counting braces outside of strings; each object is then parsed by itself, so
// that an array of millions of users needs no tree in memory. CSV fields may be quoted, and a quoted field may contain
// line ends.
#include "admin/people_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

namespace porchlight::admin {
namespace {

constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kMark = "\xEF\xBB\xBF";  // byte order mark, which spreadsheets write

// Which field a header names: 0 id, 1 upn, 2 name; kAbsent if none. Case does not matter.
std::size_t column_of(std::string_view header) {
  std::string folded(header);
  std::ranges::transform(folded, folded.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (folded == "id") return 0;
  if (folded == "userprincipalname" || folded == "upn") return 1;
  if (folded == "displayname" || folded == "name") return 2;
  return kAbsent;
}

// The text of a member by either of its names, empty if it is absent; nullopt if it is not a text.
std::optional<std::string> text_member(const simdjson::dom::object& object, std::string_view name,
                                       std::string_view short_name) {
  auto member = find_member(object, name);
  if (member.error()) member = find_member(object, short_name);
  if (member.error() || member.is_null()) return std::string();
  std::string_view text;
  if (member.get_string().get(text)) return std::nullopt;
  return std::string(text);
}

}  // namespace

PeopleFile::PeopleFile(std::string_view text) : text_(text) {
  if (text_.starts_with(kMark)) at_ = kMark.size();
  const auto first = text_.find_first_not_of(" \t\r\n", at_);
  const char c = first == std::string_view::npos ? '\0' : text_[first];
  format_ = c == '[' ? FileFormat::kJsonArray : c == '{' ? FileFormat::kJsonLines : FileFormat::kCsv;
}

std::expected<std::vector<PersonRow>, std::string> PeopleFile::next(std::size_t limit) {
  std::vector<PersonRow> rows;
  if (format_ == FileFormat::kCsv && !started_) {
    if (auto header = read_header(); !header) return std::unexpected(header.error());
    started_ = true;
  }
  while (rows.size() < limit && !ended_) {
    const auto more = format_ == FileFormat::kCsv ? next_csv_fields() : more_json();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    ReadRow row = format_ == FileFormat::kCsv ? csv_row() : next_json();
    if (!row) return std::unexpected(row.error());
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::unexpected<std::string> PeopleFile::fault(std::size_t line, std::string_view what) const {
  return std::unexpected("line " + std::to_string(line) + ": " + std::string(what));
}

// --- JSON

void PeopleFile::skip_space() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') ++line_;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
  }
}

// Moves to the start of the next object. Returns false at the end of the file.
PeopleFile::HasMore PeopleFile::more_json() {
  skip_space();
  const bool array = format_ == FileFormat::kJsonArray;
  if (array && !started_) ++at_;  // the '[' of the array
  if (array) skip_space();
  if (array && at_ < text_.size() && text_[at_] == ']') return json_array_end();
  if (array && started_) {
    if (at_ < text_.size() && text_[at_] != ',') return fault(line_, "expected ',' or ']'");
    ++at_;
    skip_space();
  }
  started_ = true;
  if (at_ < text_.size()) return text_[at_] == '{' ? HasMore(true) : fault(line_, "expected an object");
  ended_ = true;
  if (array) return fault(line_, "the array is not closed");
  return false;
}

PeopleFile::HasMore PeopleFile::json_array_end() {
  ended_ = true;
  ++at_;
  skip_space();
  if (at_ < text_.size()) return fault(line_, "text after the end of the array");
  return false;
}

// The text of the object that starts here, found by counting braces outside of strings. The JSON parser checks it.
std::string_view PeopleFile::json_object() {
  const std::size_t begin = at_;
  std::size_t depth = 0;
  bool quoted = false;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\n') ++line_;
    if (quoted) {
      if (c == '\\') ++at_;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      ++at_;
      break;
    }
  }
  at_ = std::min(at_, text_.size());
  return text_.substr(begin, at_ - begin);
}

PeopleFile::ReadRow PeopleFile::next_json() {
  PersonRow row;
  row.line = line_;
  const auto root = json_.parse(json_object());
  simdjson::dom::object object;
  if (!root) return fault(row.line, root.error().what);
  if (root->get_object().get(object)) return fault(row.line, "expected an object");
  for (const auto& [name, short_name, place] :
       {std::tuple("id", "id", &row.id), std::tuple("userPrincipalName", "upn", &row.upn),
        std::tuple("displayName", "name", &row.name)}) {
    auto text = text_member(object, name, short_name);
    if (!text) return fault(row.line, fmt::format("{} must be a text", name));
    *place = *std::move(text);
  }
  return row;
}

// --- CSV

std::expected<void, std::string> PeopleFile::read_header() {
  const auto more = next_csv_fields();
  if (!more) return std::unexpected(more.error());
  columns_.fill(kAbsent);
  if (!*more)
    return fault(1, "the file is empty: a header such as id,userPrincipalName,displayName is needed");
  columns_count_ = fields_.size();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const std::size_t which = column_of(fields_[i]);
    if (which == kAbsent) continue;
    if (columns_[which] != kAbsent) return fault(1, "the header names " + fields_[i] + " twice");
    columns_[which] = i;
  }
  if (columns_[1] == kAbsent || columns_[2] == kAbsent)
    return fault(1, "the header must name userPrincipalName (or upn) and displayName (or name)");
  return {};
}

// Reads the fields of one row into fields_, skipping empty lines. Returns false at the end of the file.
PeopleFile::HasMore PeopleFile::next_csv_fields() {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) line_ += text_[at_++] == '\n';
  fields_.clear();
  row_line_ = line_;
  if (at_ >= text_.size()) {
    ended_ = true;
    return false;
  }
  while (true) {
    std::string& field = fields_.emplace_back();
    if (at_ < text_.size() && text_[at_] == '"') {
      if (auto quoted = next_quoted(field); !quoted) return std::unexpected(quoted.error());
    } else {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      field = text_.substr(at_, end - at_);
      if (field.find('"') != std::string::npos) return fault(line_, "a quote inside a field without quotes");
      at_ = end;
    }
    if (at_ >= text_.size() || text_[at_] != ',') break;
    ++at_;
  }
  return true;
}

// Reads a quoted field, in which "" stands for a quote.
std::expected<void, std::string> PeopleFile::next_quoted(std::string& field) {
  const std::size_t line = line_;
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      if (at_ >= text_.size() || std::string_view(",\r\n").find(text_[at_]) != std::string_view::npos)
        return {};
      if (text_[at_] != '"') return fault(line_, "text after a closing quote");
    }
    if (c == '\n') ++line_;
    field.push_back(c);
  }
  return fault(line, "a quote is not closed");
}

PeopleFile::ReadRow PeopleFile::csv_row() const {
  if (fields_.size() != columns_count_)
    return fault(row_line_, std::to_string(fields_.size()) + " fields, but the header has " +
                                std::to_string(columns_count_));
  const auto field = [&](std::size_t which) {
    return columns_[which] == kAbsent ? std::string() : fields_[columns_[which]];
  };
  return PersonRow{row_line_, field(0), field(1), field(2)};
}

}  // namespace porchlight::admin
