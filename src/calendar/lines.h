// The syntax of a feed: components and content lines (RFC 5545 §3.1, §3.6).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::calendar {

// The properties that are read. Lines with other properties are skipped.
enum class PropertyName : std::uint8_t {
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
};

// The name as it is written in feeds, in upper case.
std::string_view to_text(PropertyName name);

// One property, unfolded. Views of the text of the feed.
struct ContentLine {
  PropertyName name;
  std::uint32_t number;  // the line of the text where it begins, from 1
  std::string_view parameters;
  std::string_view value;

  // The value of a parameter, without quotes. Empty if the parameter is missing.
  std::string_view parameter(std::string_view wanted) const;
};

// The lines and components between a BEGIN and its END.
struct Component {
  std::string_view kind;  // such as VEVENT, in the letter case of the feed
  std::uint32_t number;   // the line of its BEGIN
  std::vector<ContentLine> lines;
  std::vector<Component> inside;

  // Whether the kind is `wanted`, in any letter case.
  bool is(std::string_view wanted) const;
  // The first line with this name; null if there is no such line.
  const ContentLine* find(PropertyName name) const;
};

// The VCALENDARs of a text. On failure returns one line that says what is wrong. The components are views of `text` and
// of `joined`, which receives the folded lines; both must outlive them.
std::expected<std::vector<Component>, std::string> parse_components(std::string_view text,
                                                                    std::string& joined);

}  // namespace porchlight::calendar
