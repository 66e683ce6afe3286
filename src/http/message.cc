#include "http/message.h"

#include <algorithm>
#include <stdexcept>

#include "base/split.h"
#include "base/text.h"

namespace porchlight::http {
namespace {

// Refuses text that would split the response (CWE-113). A handler that passes such text has a defect.
void check_one_line(std::string_view text) {
  if (text.find('\r') != std::string_view::npos || text.find('\n') != std::string_view::npos)
    throw std::invalid_argument("a header field of a response contains CR or LF");
}

}  // namespace

std::string_view method_name(Method method) {
  constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};
  return kNames[static_cast<std::size_t>(method)];
}

bool same_name(std::string_view a, std::string_view b) { return equals_ignore_case(a, b); }

std::string_view Request::header(std::string_view name) const {
  for (const HeaderField& field : headers)
    if (same_name(field.name, name)) return field.value;
  return {};
}

std::size_t Request::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const HeaderField& f) { return same_name(f.name, name); }));
}

std::string Request::joined(std::string_view name) const {
  std::string list;
  for (const HeaderField& field : headers)
    if (same_name(field.name, name)) list.append(field.value).append(",");
  return list;
}

bool Request::lists(std::string_view name, std::string_view word) const {
  for (const HeaderField& field : headers) {
    if (!same_name(field.name, name)) continue;
    for (const std::string_view part : split(field.value, ','))
      if (equals_ignore_case(trimmed(part), word)) return true;
  }
  return false;
}

void Response::add(std::string_view name, std::string_view value) {
  check_one_line(name);
  check_one_line(value);
  lines_.append(name).append(": ").append(value).append("\r\n");
}

void Response::prefix_value(std::string_view name, std::string_view prefix) {
  for (std::size_t at = 0; at < lines_.size(); at = lines_.find("\r\n", at) + 2) {
    const std::string_view line = std::string_view(lines_).substr(at);
    if (line.size() < name.size() + 2 || line[name.size()] != ':' ||
        !same_name(line.substr(0, name.size()), name))
      continue;
    const std::size_t value = name.size() + 2;
    if (!line.substr(value).starts_with(prefix)) lines_.insert(at + value, prefix);
    return;
  }
}

void Response::clear() {
  status = 200;
  body.clear();
  authenticated = false;
  caller = {};
  route = 0;
  close = false;
  compressible = false;
  streaming.reset();
  lines_.clear();
}

}  // namespace porchlight::http
