// The text of a feed as components of content lines (RFC 5545 §3.1, §3.6).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::calendar {

// The properties that are looked at; lines of all others are passed over.
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

// How the property is written.
std::string_view to_text(PropertyName name);

struct ContentLine {
  PropertyName name;
  std::uint32_t number;  // where it begins, from 1
  std::string_view parameters;
  std::string_view value;

  // The value of a parameter, without its quotes; empty where there is none.
  std::string_view parameter(std::string_view wanted) const;
};

struct Component {
  std::string_view kind;  // VEVENT, in the feed's own letter case
  std::uint32_t number;   // the line of its BEGIN
  std::vector<ContentLine> lines;
  std::vector<Component> inside;

  bool is(std::string_view wanted) const;
  // The first line of that name, or null.
  const ContentLine* find(PropertyName name) const;
};

// The VCALENDARs of a text, or what is wrong with it. What they hold are views of the text and of `joined`,
// which gets the lines that were folded.
std::expected<std::vector<Component>, std::string> parse_components(std::string_view text,
                                                                    std::string& joined);

}  // namespace porchlight::calendar
