#include "calendar/busy_kind.h"

#include <algorithm>
#include <optional>

#include "base/percent.h"
#include "base/text.h"

namespace porchlight::calendar {
namespace {

// The owner's answer to an invitation; kOther also for an event without the owner among the attendees.
enum class Answer : std::uint8_t { kOther, kTentative, kDeclined };

// The address of `mailto:ana@contoso.com`, also if the scheme is missing. Percent-encoded characters are decoded
// (RFC 6068).
std::string address_of(std::string_view value) {
  constexpr std::string_view kScheme = "mailto:";
  if (equals_ignore_case(value.substr(0, kScheme.size()), kScheme)) value.remove_prefix(kScheme.size());
  std::string address;
  return percent_decode(value, /*plus_is_space=*/false, address) ? address : std::string(value);
}

// Reads the ATTENDEE lines. The address is the value, or the parameter EMAIL (RFC 7986 §6.2) of producers whose value
// is another URI.
Answer owners_answer(const Component& event, const BusyRules& rules, WorkBudget& work) {
  Answer answer = Answer::kOther;
  const auto is_owner = [&rules](std::string_view address) {
    return std::ranges::any_of(rules.owner,
                               [address](const auto& own) { return equals_ignore_case(own, address); });
  };
  for (const ContentLine& line : event.lines) {
    if (line.name != PropertyName::kAttendee || rules.owner.empty()) continue;
    const auto parameters = line.read_parameters(work);
    if (!parameters) continue;
    work.examine(line.value.size());
    if (!is_owner(address_of(line.value)) && !is_owner(address_of(parameters->email))) continue;
    if (equals_ignore_case(parameters->part_stat, "DECLINED")) return Answer::kDeclined;
    if (equals_ignore_case(parameters->part_stat, "TENTATIVE")) answer = Answer::kTentative;
  }
  return answer;
}

BusyKind tentative_kind(const BusyRules& rules) {
  return rules.tentative_is_busy ? BusyKind::kBusy : BusyKind::kNothing;
}

}  // namespace

// X-MICROSOFT-CDO-BUSYSTATUS of Outlook has precedence over TRANSP and STATUS, which Outlook writes too but which
// cannot express out of office.
BusyKind busy_kind_of(const Component& event, const BusyRules& rules, WorkBudget& work) {
  const auto says = [&event](PropertyName name, std::string_view value) {
    const ContentLine* line = event.find(name);
    return line != nullptr && equals_ignore_case(line->value, value);
  };
  if (says(PropertyName::kStatus, "CANCELLED")) return BusyKind::kNothing;
  const Answer answer = owners_answer(event, rules, work);
  if (answer == Answer::kDeclined) return BusyKind::kNothing;
  if (says(PropertyName::kBusyStatus, "BUSY")) return BusyKind::kBusy;
  if (says(PropertyName::kBusyStatus, "OOF")) return BusyKind::kOutOfOffice;
  if (says(PropertyName::kBusyStatus, "TENTATIVE")) return tentative_kind(rules);
  if (says(PropertyName::kBusyStatus, "FREE") || says(PropertyName::kBusyStatus, "WORKINGELSEWHERE") ||
      says(PropertyName::kTransp, "TRANSPARENT"))
    return BusyKind::kNothing;
  const bool tentative = answer == Answer::kTentative || says(PropertyName::kStatus, "TENTATIVE");
  return tentative ? tentative_kind(rules) : BusyKind::kBusy;
}

BusyKind busy_kind_of_type(std::string_view fb_type, const BusyRules& rules) {
  if (equals_ignore_case(fb_type, "FREE")) return BusyKind::kNothing;
  if (equals_ignore_case(fb_type, "BUSY-TENTATIVE")) return tentative_kind(rules);
  return equals_ignore_case(fb_type, "BUSY-UNAVAILABLE") ? BusyKind::kOutOfOffice : BusyKind::kBusy;
}

}  // namespace porchlight::calendar
