// Calendars from a folder: `<tenant's id>/<person's id or userPrincipalName>.ics`, one file a person
// (docs/calendars.md).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "calendar/feed.h"
#include "state/view.h"
#include "state/writer.h"

namespace porchlight::server {

// How often the folder is looked at, and how old a reading may grow: the horizon moves on with each.
inline constexpr auto kCalendarScanEvery = std::chrono::seconds(60);
inline constexpr Duration kCalendarAgeMax = std::chrono::days(1);

// What is in the folder, and what has been made of it.
class CalendarFiles {
 public:
  // The view and the writer must outlive it.
  CalendarFiles(std::filesystem::path folder, const state::View& view, state::Writer& writer);

  // Reads the files that are new, changed or due, and gives their people what they say from `now` on; takes
  // it from people whose file has gone. Waits until all is written. What is wrong is a line each, told once
  // while it stays: its person keeps the last good calendar. Ends early, with the rest left for the next
  // time, where it is to stop.
  std::vector<std::string> scan(Time now, const std::stop_token& stop = {});

 private:
  struct CalendarFile {
    std::filesystem::path path;
    Guid tenant;
    std::filesystem::file_time_type changed;
    std::uintmax_t size;
  };
  // What is remembered of a file from look to look.
  struct FileState {
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    Time due{};                            // when it is to be read again, though it is the same
    std::optional<state::UserKey> person;  // who has a calendar from it
    bool is_reported = false;              // that nobody is called so
    std::uint64_t scan = 0;                // the last that found it
  };
  using Listing = std::expected<std::vector<CalendarFile>, std::string>;

  Listing list() const;
  std::optional<state::UserKey> find_person(const CalendarFile& file) const;
  std::optional<std::string> read(const CalendarFile& file, FileState& file_state, Time now);
  void submit_calendar(const std::string& path, const state::UserKey& person, presence::SetCalendar calendar,
                       Time now);
  void clear_removed(Time now);
  // Waits for writes under way to be at most `most`.
  void wait_for_writes(std::size_t most);

  const std::filesystem::path folder_;
  const state::View& view_;
  state::Writer& writer_;
  Random random_;
  std::map<std::string, FileState> file_states_;  // by path
  std::uint64_t scans_ = 0;
  std::string list_fault_;  // why the folder could not be listed the last time
  std::mutex mutex_;
  std::condition_variable written_;
  std::size_t writing_ = 0;       // guarded by mutex_
  std::set<std::string> failed_;  // paths whose write failed; guarded by mutex_
};

// Looks again and again, on a thread of its own, and says on stderr what is wrong.
class CalendarWatcher {
 public:
  // All must outlive it.
  CalendarWatcher(std::filesystem::path folder, const state::View& view, state::Writer& writer,
                  const Clock& clock);

 private:
  void run(const std::stop_token& stop);

  CalendarFiles files_;
  const Clock& clock_;
  std::jthread thread_;
};

}  // namespace porchlight::server
