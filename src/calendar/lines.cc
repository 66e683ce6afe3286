// One pass over the lines with an explicit stack of open components, so that deep nesting cannot overflow the call
// stack. Lines are views of the text; only folded lines are copied. Lines that are malformed or outside a VCALENDAR are
// skipped; a BEGIN without its END is an error.
#include "calendar/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.h"
#include "calendar/feed.h"

namespace porchlight::calendar {
namespace {

// In the order of PropertyName.
constexpr std::array<std::string_view, 16> kNames = {"X-MICROSOFT-CDO-BUSYSTATUS",
                                                     "DTEND",
                                                     "DTSTART",
                                                     "DURATION",
                                                     "EXDATE",
                                                     "EXRULE",
                                                     "FREEBUSY",
                                                     "RDATE",
                                                     "RECURRENCE-ID",
                                                     "RRULE",
                                                     "STATUS",
                                                     "TRANSP",
                                                     "TZID",
                                                     "TZOFFSETFROM",
                                                     "TZOFFSETTO",
                                                     "UID"};
static_assert(kNames.size() == std::to_underlying(PropertyName::kUid) + 1);

std::optional<PropertyName> to_name(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (equals_ignore_case(kNames[i], text)) return static_cast<PropertyName>(i);
  return std::nullopt;
}

// The position of the first character of `any` outside quotes; the size of the text if there is no such character.
std::size_t find_unquoted(std::string_view text, std::string_view any) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && any.find(text[i]) != std::string_view::npos)
      return i;
  }
  return text.size();
}

// Returns the content lines of a text one after the other, unfolded.
class LineReader {
 public:
  LineReader(std::string_view text, std::string& joined) : rest_(text), joined_(joined) {
    joined_.clear();
    joined_.reserve(text.size());  // never reallocated, so views of it stay valid
  }

  // The number of the first line of the last content line.
  std::uint32_t number() const { return number_; }

  // The next content line; nullopt at the end of the text.
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    number_ = lines_read_ + 1;
    std::string_view line = read_line();
    if (!is_continued()) return line;
    const std::size_t begin = joined_.size();
    joined_ += line;
    while (is_continued()) joined_ += read_line().substr(1);
    return std::string_view(joined_).substr(begin);
  }

 private:
  // Whether the next line continues the current one: it begins with white space.
  bool is_continued() const { return rest_.starts_with(' ') || rest_.starts_with('\t'); }

  // One line of the text, without LF or CR LF.
  std::string_view read_line() {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++lines_read_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::string_view rest_;
  std::string& joined_;
  std::uint32_t lines_read_ = 0;
  std::uint32_t number_ = 0;
};

std::unexpected<std::string> refuse(std::uint32_t line, std::string_view what) {
  return std::unexpected(fmt::format("line {}: {}", line, what));
}

}  // namespace

std::string_view to_text(PropertyName name) { return kNames[static_cast<std::size_t>(name)]; }

std::string_view ContentLine::parameter(std::string_view wanted) const {
  std::string_view rest = parameters;
  while (!rest.empty()) {
    const std::size_t end = find_unquoted(rest, ";");
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos || !equals_ignore_case(one.substr(0, equals), wanted)) continue;
    std::string_view text = one.substr(equals + 1);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    return text;
  }
  return {};
}

bool Component::is(std::string_view wanted) const { return equals_ignore_case(kind, wanted); }

const ContentLine* Component::find(PropertyName name) const {
  const auto found = std::ranges::find(lines, name, &ContentLine::name);
  return found == lines.end() ? nullptr : &*found;
}

std::expected<std::vector<Component>, std::string> parse_components(std::string_view text,
                                                                    std::string& joined) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<Component> calendars;
  std::vector<Component> open;
  std::size_t count = 0;
  LineReader reader(text, joined);
  while (const auto line = reader.next()) {
    const std::size_t colon = find_unquoted(*line, ":");
    if (colon == line->size()) continue;  // not a content line
    const std::size_t semicolon = find_unquoted(line->substr(0, colon), ";");
    const std::string_view name = line->substr(0, semicolon);
    const std::string_view value = line->substr(colon + 1);
    if (equals_ignore_case(name, "BEGIN")) {
      if (open.empty() && !equals_ignore_case(value, "VCALENDAR")) continue;
      if (open.size() == kDepthMax)
        return refuse(reader.number(), fmt::format("components are nested deeper than {}", kDepthMax));
      if (++count > kComponentsMax)
        return refuse(reader.number(), fmt::format("there are more than {} components", kComponentsMax));
      open.push_back({.kind = value, .number = reader.number(), .lines = {}, .inside = {}});
    } else if (open.empty()) {
      continue;
    } else if (equals_ignore_case(name, "END")) {
      if (!open.back().is(value))
        return refuse(reader.number(), fmt::format("this END is not that of line {}", open.back().number));
      Component done = std::move(open.back());
      open.pop_back();
      (open.empty() ? calendars : open.back().inside).push_back(std::move(done));
    } else if (const auto known = to_name(name)) {
      const std::size_t begin = std::min(semicolon + 1, colon);
      open.back().lines.push_back({*known, reader.number(), line->substr(begin, colon - begin), value});
    }
  }
  if (!open.empty()) return refuse(open.back().number, "this component has no END");
  if (calendars.empty()) return std::unexpected("there is no VCALENDAR in it");
  return calendars;
}

}  // namespace porchlight::calendar
