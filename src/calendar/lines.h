// The syntax of a feed: components and content lines (RFC 5545 §3.1, §3.6).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/fault.h"
#include "calendar/work_budget.h"

namespace porchlight::calendar {

inline constexpr std::size_t kDepthMax = 8;  // nesting of components; a feed beyond it is refused
// The parameters of one line, but for ATTENDEE, whose lists of members may be long. The line's component is skipped
// beyond it.
inline constexpr std::size_t kParametersBytesMax = 1024;

// The properties that are read. Lines with other properties are skipped.
enum class PropertyName : std::uint8_t {
  kAttendee,
  kBusyStatus,  // X-MICROSOFT-CDO-BUSYSTATUS
  kDtEnd,
  kDtStart,
  kDuration,
  kExDate,
  kExRule,
  kFreeBusy,
  kRDate,
  kRecurrenceId,
  kRRule,
  kStatus,
  kTransp,
  kTzId,
  kTzOffsetFrom,
  kTzOffsetTo,
  kUid,
  kXTimezone,  // X-WR-TIMEZONE, the zone of the calendar as a whole
};

// The name as it is written in feeds, in upper case.
std::string_view to_text(PropertyName name);

// The parameters that are read, without quotes. A parameter that is missing is empty.
struct LineParameters {
  std::string_view email;
  std::string_view fb_type;
  std::string_view part_stat;
  std::string_view range;
  std::string_view tz_id;
};

// One property, unfolded. Views of the text of the feed.
struct ContentLine {
  PropertyName name;
  std::uint32_t number;  // the line of the text where it begins, from 1
  std::string_view parameters;
  std::string_view value;  // without blanks around it

  // Reads all parameters in one pass. To be called once per line, and not per value.
  Read<LineParameters> read_parameters(WorkBudget& work) const;
  // The fault that this line has, as in `DTSTART is not a date or a time`. `what` must be static.
  Fault fault(std::string_view what, std::string detail = {}) const;
};

// The components that are read. Other components are passed over with all that they contain.
enum class ComponentKind : std::uint8_t { kCalendar, kTimezone, kEvent, kFreeBusy, kOffset, kOther };

// The lines and components between a BEGIN and its END.
struct Component {
  ComponentKind kind;    // kOffset: a part of a VTIMEZONE, such as STANDARD
  std::uint32_t number;  // the line of its BEGIN
  std::vector<ContentLine> lines;
  std::vector<Component> inside;

  // The first line with this name; null if there is no such line.
  const ContentLine* find(PropertyName name) const;
};

// The VCALENDARs of a text. A component without its END is added to `skipped`, unless it is a VCALENDAR: then the text
// is truncated. On failure returns one line that says what is wrong. The components are views of `text` and of
// `joined`, which receives the folded lines; both must outlive them.
std::expected<std::vector<Component>, std::string> parse_components(std::string_view text,
                                                                    std::string& joined, WorkBudget& work,
                                                                    SkipReport& skipped);

// The text without spaces and tabs at its ends.
std::string_view trim_blanks(std::string_view text);

}  // namespace porchlight::calendar
