// How events and free/busy times of a feed affect presence (docs/calendars.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "calendar/lines.h"

namespace porchlight::calendar {

enum class BusyKind : std::uint8_t { kNothing, kBusy, kOutOfOffice };

// Whose calendar it is, and how tentative events count.
struct BusyRules {
  std::span<const std::string> owner;  // e-mail addresses, in any letter case
  bool tentative_is_busy = false;
};

// What a VEVENT shows.
BusyKind busy_kind_of(const Component& event, const BusyRules& rules, WorkBudget& work);

// What the periods of a FREEBUSY with this FBTYPE show.
BusyKind busy_kind_of_type(std::string_view fb_type, const BusyRules& rules);

}  // namespace porchlight::calendar
