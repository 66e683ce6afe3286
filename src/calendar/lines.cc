// Lines are views of the text; only folded lines are copied. Lines that are malformed or outside a VCALENDAR are
// skipped. Producers break the syntax in known ways, which are read: lines that end with CR or CR CR LF, blanks around
// names and values, and a colon in a TZID without quotes.
#include "calendar/lines.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"

namespace porchlight::calendar {
namespace {

// In the order of PropertyName.
constexpr std::array<std::string_view, 18> kNames = {"ATTENDEE",     "X-MICROSOFT-CDO-BUSYSTATUS",
                                                     "DTEND",        "DTSTART",
                                                     "DURATION",     "EXDATE",
                                                     "EXRULE",       "FREEBUSY",
                                                     "RDATE",        "RECURRENCE-ID",
                                                     "RRULE",        "STATUS",
                                                     "TRANSP",       "TZID",
                                                     "TZOFFSETFROM", "TZOFFSETTO",
                                                     "UID",          "X-WR-TIMEZONE"};
static_assert(kNames.size() == std::to_underlying(PropertyName::kXTimezone) + 1);

std::optional<PropertyName> to_name(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (equals_ignore_case(kNames[i], text)) return static_cast<PropertyName>(i);
  return std::nullopt;
}

// Whether the value consists of dates, periods and durations. It then has no colon, so a colon before the last one
// belongs to the parameters, as in `DTSTART;TZID=GMT+05:30:20300107T090000`.
bool has_times(PropertyName name) {
  switch (name) {
    case PropertyName::kDtEnd:
    case PropertyName::kDtStart:
    case PropertyName::kExDate:
    case PropertyName::kFreeBusy:
    case PropertyName::kRDate:
    case PropertyName::kRecurrenceId:
      return true;
    default:
      return false;
  }
}

// The position of the first `wanted` outside quotes and not after a backslash; npos if there is no such character.
std::size_t find_unquoted(std::string_view text, char wanted) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == wanted && (i == 0 || text[i - 1] != '\\'))
      return i;
  }
  return std::string_view::npos;
}

// The position of the colon before the value; npos if the line has no colon.
std::size_t find_value(PropertyName name, std::string_view line) {
  if (has_times(name)) return line.rfind(':');
  const std::size_t colon = find_unquoted(line, ':');
  return colon != std::string_view::npos ? colon : line.find(':');  // a quote may lack its end
}

// A value of a parameter without the quotes around it, also if one of them is missing.
std::string_view unquote(std::string_view text) {
  text = trim_blanks(text);
  if (text.starts_with('"')) text.remove_prefix(1);
  if (text.ends_with('"')) text.remove_suffix(1);
  return text;
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

  // One line of the text, without its end: LF, CR LF, CR CR LF or CR. Of several CR in a row the whole run is taken, so
  // that it is examined once.
  std::string_view read_line() {
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != '\r' && rest_[end] != '\n') ++end;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end);
    const std::size_t returns = std::min(rest_.find_first_not_of('\r'), rest_.size());
    const bool feed = returns < rest_.size() && rest_[returns] == '\n';
    rest_.remove_prefix(feed ? returns + 1 : returns);
    lines_read_ += feed || returns == 0 ? 1 : static_cast<std::uint32_t>(returns);
    return line;
  }

  std::string_view rest_;
  std::string& joined_;
  std::uint32_t lines_read_ = 0;
  std::uint32_t number_ = 0;
};

// A component whose END is still to come. `name` is in the letter case of the feed.
struct OpenComponent {
  std::string_view name;
  Component component;
};

ComponentKind kind_of(std::string_view name, const std::vector<OpenComponent>& open) {
  if (open.empty()) return ComponentKind::kCalendar;
  const ComponentKind parent = open.back().component.kind;
  if (parent == ComponentKind::kTimezone) return ComponentKind::kOffset;
  if (parent != ComponentKind::kCalendar) return ComponentKind::kOther;
  if (equals_ignore_case(name, "VEVENT")) return ComponentKind::kEvent;
  if (equals_ignore_case(name, "VFREEBUSY")) return ComponentKind::kFreeBusy;
  return equals_ignore_case(name, "VTIMEZONE") ? ComponentKind::kTimezone : ComponentKind::kOther;
}

// Whether components of this name are directly in a VCALENDAR and never in each other.
bool is_top_name(std::string_view name) {
  constexpr std::array<std::string_view, 5> kTopNames = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY",
                                                         "VTIMEZONE"};
  return std::ranges::any_of(kTopNames, [name](auto top) { return equals_ignore_case(top, name); });
}

std::unexpected<std::string> refuse(const Fault& fault) { return std::unexpected(to_text(fault)); }

Fault no_end(std::uint32_t line) { return {line, "this component", "has no END"}; }

// Builds the tree of components line by line. The stack of open components is explicit, so that deep nesting cannot
// overflow the call stack.
class ComponentBuilder {
 public:
  explicit ComponentBuilder(SkipReport& skipped) : skipped_(skipped) {}

  bool is_outside() const { return open_.empty(); }

  std::expected<void, std::string> begin(std::string_view name, std::uint32_t line) {
    const bool calendar = equals_ignore_case(name, "VCALENDAR");
    if (open_.empty() && !calendar) return {};
    if (!open_.empty() && calendar) return refuse(no_end(open_.front().component.number));
    if (open_.size() > 1 && is_top_name(name) && is_top_name(open_[1].name)) skip_unclosed();
    if (open_.size() == kDepthMax)
      return refuse({line, "components", "are nested deeper than ", std::to_string(kDepthMax)});
    const ComponentKind kind = kind_of(name, open_);
    open_.push_back({name, {.kind = kind, .number = line, .lines = {}, .inside = {}}});
    return {};
  }

  // Closes the innermost component of this name. Components within it that are still open end with it, but one directly
  // in a VCALENDAR is skipped. An END without its BEGIN is ignored.
  void end(std::string_view name) {
    const auto found = std::ranges::find_if(open_.rbegin(), open_.rend(), [name](const OpenComponent& open) {
      return equals_ignore_case(open.name, name);
    });
    if (found == open_.rend()) return;
    const auto place = static_cast<std::size_t>(open_.rend() - found) - 1;
    if (place == 0 && open_.size() > 1) skip_unclosed();
    while (open_.size() > place) close();
  }

  void add_line(const ContentLine& line) { open_.back().component.lines.push_back(line); }
  // Whether lines of the innermost component are read.
  bool wants_lines() const { return open_.back().component.kind != ComponentKind::kOther; }

  std::expected<std::vector<Component>, std::string> finish() && {
    if (!open_.empty()) return refuse(no_end(open_.back().component.number));
    if (calendars_.empty()) return std::unexpected("there is no VCALENDAR in it");
    return std::move(calendars_);
  }

 private:
  void close() {
    Component done = std::move(open_.back().component);
    open_.pop_back();
    if (done.kind == ComponentKind::kOther) return;
    (open_.empty() ? calendars_ : open_.back().component.inside).push_back(std::move(done));
  }

  // Drops the open component that is directly in the VCALENDAR, with all in it.
  void skip_unclosed() {
    const Component& lost = open_[1].component;
    if (lost.kind != ComponentKind::kOther) skipped_.add(no_end(lost.number));
    open_.resize(1);
  }

  SkipReport& skipped_;
  std::vector<OpenComponent> open_;
  std::vector<Component> calendars_;
};

}  // namespace

std::string_view to_text(PropertyName name) { return kNames[static_cast<std::size_t>(name)]; }

std::string_view trim_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

Read<LineParameters> ContentLine::read_parameters(WorkBudget& work) const {
  if (name != PropertyName::kAttendee && parameters.size() > kParametersBytesMax)
    return std::unexpected(
        fault("has too many parameters, in bytes more than ", std::to_string(kParametersBytesMax)));
  work.examine(parameters.size());
  LineParameters read;
  const std::pair<std::string_view, std::string_view&> wanted[] = {{"EMAIL", read.email},
                                                                   {"FBTYPE", read.fb_type},
                                                                   {"PARTSTAT", read.part_stat},
                                                                   {"RANGE", read.range},
                                                                   {"TZID", read.tz_id}};
  std::string_view rest = parameters;
  while (!rest.empty()) {
    const std::size_t end = std::min(find_unquoted(rest, ';'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos) continue;
    for (const auto& [key, out] : wanted)
      if (out.empty() && equals_ignore_case(trim_blanks(one.substr(0, equals)), key))
        out = unquote(one.substr(equals + 1));
  }
  return read;
}

Fault ContentLine::fault(std::string_view what, std::string detail) const {
  return {number, to_text(name), what, std::move(detail)};
}

const ContentLine* Component::find(PropertyName name) const {
  const auto found = std::ranges::find(lines, name, &ContentLine::name);
  return found == lines.end() ? nullptr : &*found;
}

std::expected<std::vector<Component>, std::string> parse_components(std::string_view text,
                                                                    std::string& joined, WorkBudget& work,
                                                                    SkipReport& skipped) {
  ComponentBuilder builder(skipped);
  LineReader reader(text, joined);
  while (const auto line = reader.next()) {
    work.examine(line->size());
    if (work.is_stopped()) return std::unexpected("the server stops");
    if (line->empty()) continue;
    const auto name_end = std::ranges::find_if(*line, [](char c) { return c == ';' || c == ':'; });
    const std::string_view name = trim_blanks({line->begin(), name_end});
    const bool begins = equals_ignore_case(name, "BEGIN");
    if (begins || equals_ignore_case(name, "END")) {
      const std::string_view component =
          trim_blanks(line->substr(std::min(line->find(':'), line->size() - 1) + 1));
      if (!begins)
        builder.end(component);
      else if (auto good = builder.begin(component, reader.number()); !good)
        return std::unexpected(std::move(good.error()));
      continue;
    }
    if (builder.is_outside() || !builder.wants_lines()) continue;
    const auto known = to_name(name);
    const std::size_t colon = known ? find_value(*known, *line) : std::string_view::npos;
    if (colon == std::string_view::npos) continue;  // not a content line
    const std::size_t semicolon = std::min(line->find(';'), colon);
    const std::size_t begin = std::min(semicolon + 1, colon);
    builder.add_line(
        {*known, reader.number(), line->substr(begin, colon - begin), trim_blanks(line->substr(colon + 1))});
  }
  return std::move(builder).finish();
}

}  // namespace porchlight::calendar
