// Users' calendars from a folder with one file per user: `<tenant id or name>/<user id or userPrincipalName>.ics`
// (docs/calendars.md).
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "calendar/feed.h"
#include "state/commands.h"
#include "state/view.h"

namespace porchlight::server {

// How often the folder is scanned, and how long a file that does not change counts as read: each reading covers the
// calendar only up to calendar::kHorizon ahead.
inline constexpr auto kCalendarScanEvery = std::chrono::seconds(60);
inline constexpr Duration kCalendarAgeMax = std::chrono::days(1);

// The files of the folder and the calendars read from them. One thread.
class CalendarFiles {
 public:
  // The view and the writer must outlive this object.
  CalendarFiles(std::filesystem::path folder, const state::View& view, state::Commands& commands,
                const calendar::FeedSettings& settings = {});

  // Reads the files that are new, changed or due, and writes the calendar of their users from `now` on; clears the
  // calendar of users whose file was removed. Waits until all writes are done. Returns a line for each error, once
  // while the error lasts; the user keeps the last good calendar. Also returns a line for each file of which components
  // were skipped. If `stop` is requested it returns early, also
  // within a file, and leaves the rest for the next scan.
  std::vector<std::string> scan(Time now, const std::stop_token& stop = {});

 private:
  struct CalendarFile {
    std::filesystem::path path;
    Guid tenant;
    std::filesystem::file_time_type changed;
    std::uintmax_t size;
  };
  // The state of a file between scans.
  struct FileState {
    std::filesystem::file_time_type changed{};
    std::uintmax_t size = 0;
    Time due{};                            // when it is read again although it did not change
    std::optional<state::UserKey> person;  // whose calendar it is
    bool is_reported = false;              // whether "no such user" was reported
    std::uint64_t scan = 0;                // number of the last scan that found it
  };
  using Listing = std::expected<std::vector<CalendarFile>, std::string>;

  Listing list();
  std::optional<Guid> find_tenant_folder(const std::string& name) const;
  void list_tenant(const std::filesystem::path& folder, const Guid& tenant, std::vector<CalendarFile>& files,
                   std::error_code& error);
  void report_once(const std::filesystem::path& path, std::string_view what);
  std::optional<state::UserKey> find_person(const CalendarFile& file) const;
  std::optional<std::string> read(const CalendarFile& file, FileState& file_state, Time now,
                                  const std::stop_token& stop);
  void submit_calendar(const std::string& path, const state::UserKey& person, presence::SetCalendar calendar,
                       Time now);
  void clear_removed(Time now);
  std::set<std::string> take_failed();
  void forget_removed(const std::set<std::string>& failed, std::vector<std::string>& wrong);
  // Waits until at most `most` writes are in flight.
  void wait_for_writes(std::size_t most);

  const std::filesystem::path folder_;
  const state::View& view_;
  state::Commands& commands_;
  const calendar::FeedSettings settings_;
  Random random_;
  std::map<std::string, FileState> file_states_;  // by path
  std::uint64_t scans_ = 0;
  std::string list_fault_;  // the last scan's error of listing the folder
  // Entries of the folder that are no tenant's, and the number of the last scan that found them; each is reported once.
  std::map<std::string, std::uint64_t> strangers_;
  std::vector<std::string> wrong_;  // the errors of the current scan
  Mutex mutex_;
  CondVar written_;
  std::size_t writing_ ABSL_GUARDED_BY(mutex_) = 0;       // writes in flight
  std::set<std::string> failed_ ABSL_GUARDED_BY(mutex_);  // paths whose write failed
};

// Scans the folder periodically on a thread of its own, and logs errors. The destructor ends the current scan early.
class CalendarWatcher {
 public:
  // All must outlive the watcher.
  CalendarWatcher(std::filesystem::path folder, const state::View& view, state::Commands& commands,
                  const calendar::FeedSettings& settings, const Clock& clock);

 private:
  void run(const std::stop_token& stop);

  CalendarFiles files_;
  const Clock& clock_;
  std::jthread thread_;
};

}  // namespace porchlight::server
