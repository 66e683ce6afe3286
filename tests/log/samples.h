// Sample values for tests of the log: ids, times, events, batches, and a temporary folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "log/event.h"
#include "timezone/zone.h"

namespace porchlight::log {

// An id that is different for each number.
inline Guid id_of(std::uint64_t number) {
  Guid guid;
  std::memcpy(guid.bytes.data(), &number, sizeof(number));
  guid.bytes[15] = 1;
  return guid;
}

// A time, in ms after a fixed start in 2030.
inline Time at_ms(std::int64_t ms) { return Time(Duration(1'900'000'000'000 + ms)); }

inline presence::State state_of(std::string_view availability, std::string_view activity) {
  return presence::State::find(availability, activity).value();
}

// A work plan with both kinds of recurrences and of occurrences.
inline presence::WorkPlan sample_plan() {
  using namespace std::chrono_literals;
  const auto zone = timezone::Zone::find("Europe/Berlin").value().offsets();
  const std::chrono::local_days day{std::chrono::year(2030) / 1 / 7};
  const presence::LocalRange hours{LocalTime(day) + 9h, LocalTime(day) + 17h, "W. Europe Standard Time",
                                   zone};
  const presence::Location office{.type = presence::LocationType::kOffice, .place = "B1", .by = id_of(5)};
  presence::WorkPlan plan{.shared = presence::SharedLocation::kApproximate};
  plan.recurrences = {{.id = id_of(7), .days = 62, .first = day, .range = hours, .where = office},
                      {.id = id_of(8),
                       .days = 64,
                       .first = day,
                       .last = day + std::chrono::days(70),
                       .range = hours,
                       .where = {.type = presence::LocationType::kRemote}}};
  plan.recurrences[1].range.start_ticks = 9999;
  plan.recurrences[1].range.end_ticks = 1;
  plan.occurrences = {
      {.id = id_of(9),
       .range = hours,
       .where = {.type = presence::LocationType::kTimeOff},
       .subject = "Doctor \xC3\xA9",
       .all_day = true},
      {.id = {}, .replaces = presence::RecurrenceDay{id_of(7), day}, .range = hours, .where = office}};
  return plan;
}

// An event of the user id_of(2) with this version: sets a session of its own.
inline Event session_event(std::uint64_t number) {
  const presence::SessionKey key{id_of(number % 3), id_of(number)};
  const presence::SessionSet set{key, state_of("Busy", "InACall"), at_ms(number + 300'000)};
  return {id_of(number), id_of(1), id_of(2), number, presence::Event{at_ms(number), number, set}};
}

// The same: puts the user.
inline Event user_event(std::uint64_t number, std::string upn) {
  return {id_of(number), id_of(1), id_of(2), number,
          DirectoryEvent{at_ms(number), directory::UserPut{std::move(upn), "Name"}}};
}

// A batch with session_event(number).
inline Batch batch_of(std::uint64_t number) {
  return {.epoch = 1, .at = at_ms(number), .events = {session_event(number)}};
}

// A temporary folder; the destructor deletes it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "porchlight-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  std::string path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace porchlight::log
