#include "state/text_bytes.h"

#include "base/overloaded.h"

namespace porchlight::state {
namespace {

constexpr std::size_t kSpanBytes = 10;  // two varints of ms; five bytes hold 397 days

}  // namespace

std::size_t text_bytes(const directory::EntityChange& change) {
  return std::visit(
      Overloaded{
          [](const directory::TenantPut& put) {
            return put.name.size() + put.settings.zone.size() + put.settings.trusts.size() * sizeof(Guid);
          },
          [](const directory::GroupPut& put) { return put.name.size() + put.members.size() * sizeof(Guid); },
          [](const directory::UserPut& put) { return put.upn.size() + put.name.size(); },
          [](const directory::AppPut& put) {
            std::size_t bytes = put.name.size();
            for (const auto& scope : put.scopes) bytes += scope.size() + 2;
            for (const auto& role : put.roles) bytes += role.size() + 2;
            return bytes;
          },
          [](const auto&) { return std::size_t{0}; },
      },
      change);
}

std::size_t text_bytes(const presence::Command& command) {
  return std::visit(
      Overloaded{
          [](const presence::SetMessage& set) {
            return set.text.size() + set.expiry_text.size() + set.expiry_zone.size();
          },
          [](const presence::SetLocation& set) { return set.location.place.size(); },
          [](const presence::PutWorkRecurrence& put) {
            return put.recurrence.where.place.size() + put.recurrence.range.zone.size();
          },
          [](const presence::PutWorkOccurrence& put) {
            const presence::WorkOccurrence& one = put.occurrence;
            return one.where.place.size() + one.range.zone.size() + one.subject.size();
          },
          [](const presence::SetCurrentLocation& set) { return set.location.place.size(); },
          [](const presence::SetOutOfOffice& set) { return set.what.message.size(); },
          [](const presence::SetCalendar& set) {
            if (!set.calendar) return std::size_t{0};
            std::size_t bytes = (set.calendar->busy.size() + set.calendar->out_of_office.size()) * kSpanBytes;
            for (const auto& item : set.calendar->skipped.first) bytes += sizeof item + item.reason.size();
            return bytes;
          },
          [](const presence::SetVisibility& set) {
            return (set.visibility.members.size() + set.visibility.groups.size()) * sizeof(Guid);
          },
          [](const auto&) { return std::size_t{0}; },
      },
      command);
}

}  // namespace porchlight::state
