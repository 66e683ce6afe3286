#include "admin/people_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace porchlight::admin {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || is_line_end(c); }

// The offset behind the string that starts at `at`; the end of the text if it is not closed.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

// The length of the object at the start of the text; nullopt if it has no end. `depth`: of the braces open already.
std::optional<std::size_t> length_of_object(std::string_view text, std::size_t depth = 0) {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    ++at;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) return at;
  }
  return std::nullopt;
}

// The offset of the list of a page, its bracket, if the text starts with one: a member `value` of the outer object.
std::optional<std::size_t> list_of_page(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::size_t begin = at;
    at = c == '"' ? end_of_string(text, at) : at + 1;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return std::nullopt;
    if (c != '"' || depth != 1 || text.substr(begin, at - begin) != R"("value")") continue;
    const std::size_t colon = std::min(text.find_first_not_of(" \t\r\n", at), text.size());
    if (text.substr(colon, 1) != ":") continue;
    const std::size_t list = std::min(text.find_first_not_of(" \t\r\n", colon + 1), text.size());
    if (text.substr(list, 1) == "[") return list;
  }
  return std::nullopt;
}

// The row of an object. An error says which member is wrong.
std::expected<PersonRow, std::string> row_of(const simdjson::dom::object& object) {
  PersonFields members;
  std::vector<simdjson::dom::element> values;
  for (const auto& member : object) {
    if (!members.add(member.key, values.size()))
      return std::unexpected(fmt::format("the member {} is there twice", member.key));
    values.push_back(member.value);
  }
  PersonRow row;
  const auto read = [&](std::optional<std::size_t> place, std::string& text) {
    if (!place || values[*place].is_null()) return true;
    std::string_view value;
    if (values[*place].get_string().get(value)) return false;
    text = value;
    return true;
  };
  if (!read(members.id(), row.id)) return std::unexpected("id must be a text");
  if (!read(members.upn(), row.upn)) return std::unexpected("userPrincipalName must be a text");
  if (!read(members.name(), row.name)) return std::unexpected("displayName must be a text");
  return row;
}

}  // namespace

std::optional<ReadRow> PeopleJson::next() {
  const auto found = find_object();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  return read_object();
}

std::expected<bool, RowFault> PeopleJson::find_object() {
  while (true) {
    cursor_.advance_until([](char c) { return !is_space(c); });
    if (cursor_.at_end()) {
      if (std::exchange(place_, Place::kTop) == Place::kTop) return false;
      return std::unexpected(fault("the list is not closed"));
    }
    const char c = cursor_.peek();
    if (place_ != Place::kTop && c == ']') {
      leave_list();
    } else if (place_ != Place::kTop && needs_comma_) {
      needs_comma_ = false;
      if (c != ',') return std::unexpected(fault("expected ',' or ']'"));
      cursor_.advance();
    } else if (c == '{') {
      const std::string_view start = cursor_.text().substr(cursor_.offset(), kPersonBytesMax);
      const auto list = place_ == Place::kTop ? list_of_page(start) : std::nullopt;
      if (!list) return true;
      place_ = Place::kPage;
      needs_comma_ = false;
      cursor_.advance_to(cursor_.offset() + *list + 1);
    } else if (place_ == Place::kTop && c == '[') {
      place_ = Place::kList;
      needs_comma_ = false;
      cursor_.advance();
    } else {
      const RowFault unexpected = fault("expected an object");
      skip_to_object();
      return std::unexpected(unexpected);
    }
  }
}

// Moves behind the bracket of a list, and behind the other members of a page.
void PeopleJson::leave_list() {
  cursor_.advance();
  if (std::exchange(place_, Place::kTop) == Place::kList) return;
  const std::string_view rest = cursor_.text().substr(cursor_.offset(), kPersonBytesMax);
  cursor_.advance_to(cursor_.offset() + length_of_object(rest, 1).value_or(0));
}

// Skips an element that is no object: to the separator behind it in a list, else to the next line.
void PeopleJson::skip_to_object() {
  if (place_ == Place::kTop) return cursor_.skip_line();
  needs_comma_ = true;
  while (!cursor_.at_end() && cursor_.peek() != ',' && cursor_.peek() != ']' && cursor_.peek() != '{') {
    if (cursor_.peek() == '"')
      cursor_.advance_to(end_of_string(cursor_.text(), cursor_.offset()));
    else
      cursor_.advance();
  }
}

ReadRow PeopleJson::read_object() {
  const RowFault begin{cursor_.line(), {}};
  const auto refuse = [&](std::string_view what) {
    return std::unexpected(RowFault{begin.line, std::string(what)});
  };
  const std::string_view text = cursor_.text().substr(cursor_.offset(), kPersonBytesMax);
  const auto length = length_of_object(text);
  if (!length) {
    // To the next line that begins with a brace.
    needs_comma_ = false;
    do {
      cursor_.skip_line();
      cursor_.skip_blanks();
    } while (!cursor_.at_end() && cursor_.peek() != '{');
    return refuse(text.size() < kPersonBytesMax
                      ? std::string("an object is not closed")
                      : fmt::format("an object is not closed within {} KiB", kPersonBytesMax / 1024));
  }
  cursor_.advance_to(cursor_.offset() + *length);
  needs_comma_ = true;
  const auto root = json_.parse(text.substr(0, *length));
  simdjson::dom::object object;
  if (!root) return refuse(root.error().what);
  if (root->get_object().get(object)) return refuse("expected an object");
  auto row = row_of(object);
  if (!row) return refuse(row.error());
  row->line = begin.line;
  return *std::move(row);
}

}  // namespace porchlight::admin
