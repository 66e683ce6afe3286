#include "server/calendar_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include "base/logging.h"
#include "base/text.h"
#include "timezone/zone.h"

namespace porchlight::server {
namespace {

namespace fs = std::filesystem;

// Writes in flight: the rest of a large folder waits, so that it does not fill the log's queue.
constexpr std::size_t kWritesAtOnce = 64;

constexpr std::string_view kIsLink =
    "it is a symbolic link, so it is not read; put the file or folder itself here";

// An open file descriptor, closed at the end; negative if opening failed.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

// The bytes of a file in a tenant's folder; of a file over the size limit, one byte more than the limit, so that the
// parser refuses it. Neither the folder nor the file may be a symbolic link: others may write to the folder, and the
// server would read for them what only it can.
std::optional<std::string> read_bytes(const fs::path& path, std::size_t bytes_max) {
  const OpenFile folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const OpenFile file(
      ::openat(folder.fd(), path.filename().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::string text(std::min(static_cast<std::size_t>(status.st_size), bytes_max) + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

// `2 events skipped: line 3: …; line 9: …`
std::string to_text(const presence::SkippedItems& skipped) {
  std::string text = fmt::format("{} {} skipped", skipped.count, skipped.count == 1 ? "event" : "events");
  std::string_view separator = ": ";
  for (const presence::SkippedItem& item : skipped.first) {
    text += fmt::format("{}line {}: {}", separator, item.line, item.reason);
    separator = "; ";
  }
  return text;
}

}  // namespace

CalendarFiles::CalendarFiles(fs::path folder, const state::View& view, state::Commands& commands,
                             const calendar::FeedSettings& settings)
    : folder_(std::move(folder)), view_(view), commands_(commands), settings_(settings) {}

std::vector<std::string> CalendarFiles::scan(Time now, const std::stop_token& stop) {
  ++scans_;
  const Listing files = list();
  if (!files) {
    if (std::exchange(list_fault_, files.error()) == files.error()) return {};
    return {files.error()};
  }
  list_fault_.clear();
  std::vector<std::string> wrong = std::exchange(wrong_, {});
  for (const CalendarFile& file : *files) {
    if (stop.stop_requested()) break;
    FileState& file_state = file_states_[file.path.string()];
    file_state.scan = scans_;
    if (auto fault = read(file, file_state, now, stop)) wrong.push_back(file.path.string() + ": " + *fault);
  }
  if (!stop.stop_requested()) clear_removed(now);
  forget_removed(take_failed(), wrong);
  return wrong;
}

// Waits for all writes and returns the paths of those that failed.
std::set<std::string> CalendarFiles::take_failed() {
  wait_for_writes(0);
  const MutexLock lock(mutex_);
  return std::exchange(failed_, {});
}

// Forgets files that this scan did not find, except those whose write failed: these are due again at once.
void CalendarFiles::forget_removed(const std::set<std::string>& failed, std::vector<std::string>& wrong) {
  std::erase_if(file_states_, [&](const auto& entry) {
    return entry.second.scan != scans_ && !failed.contains(entry.first);
  });
  for (const std::string& path : failed) file_states_[path].due = Time::min();
  if (!failed.empty())
    wrong.push_back(
        fmt::format("{} calendars could not be written; the next scan tries again", failed.size()));
}

// Lists all files. If any folder cannot be listed, the whole scan fails: otherwise its files would count as removed,
// and their users would lose their calendars.
CalendarFiles::Listing CalendarFiles::list() {
  std::vector<CalendarFile> files;
  std::error_code error;
  const auto fault = [&](const fs::path& where) {
    return std::unexpected(where.string() + ": " + error.message());
  };
  for (fs::directory_iterator folder(folder_, error), end; !error && folder != end; folder.increment(error)) {
    std::error_code gone;  // if it was removed since it was listed
    if (folder->is_symlink(gone)) {
      report_once(folder->path(), kIsLink);
      continue;
    }
    if (folder->path().extension() == ".ics" && folder->is_regular_file(gone))
      report_once(folder->path(), "the file is not in the folder of a tenant, so it is not read");
    if (!folder->is_directory(gone)) continue;
    const auto tenant = find_tenant_folder(folder->path().filename().string());
    if (!tenant) {
      report_once(folder->path(),
                  "no tenant or more than one has this id or name, so its files are not read");
      continue;
    }
    list_tenant(folder->path(), *tenant, files, error);
    if (error) return fault(folder->path());
  }
  if (error) return fault(folder_);
  std::erase_if(strangers_, [this](const auto& entry) { return entry.second != scans_; });
  return files;
}

// The tenant whose id or name the folder has; nullopt if no tenant has it, or several have the name.
std::optional<Guid> CalendarFiles::find_tenant_folder(const std::string& name) const {
  if (const auto id = parse_guid(name))
    if (view_.has_tenant(*id)) return id;
  std::optional<Guid> found;
  for (const directory::Tenant& tenant : view_.tenants()) {
    if (!equals_ignore_case(tenant.name, name)) continue;
    if (found) return std::nullopt;
    found = tenant.id;
  }
  return found;
}

void CalendarFiles::list_tenant(const fs::path& folder, const Guid& tenant, std::vector<CalendarFile>& files,
                                std::error_code& error) {
  fs::directory_iterator file(folder, error);
  for (const fs::directory_iterator end; !error && file != end; file.increment(error)) {
    if (file->path().extension() != ".ics") continue;
    std::error_code gone;  // if it was removed since it was listed
    if (file->is_symlink(gone)) {
      report_once(file->path(), kIsLink);
      continue;
    }
    const auto changed = file->last_write_time(gone);
    const auto size = file->file_size(gone);
    if (!gone) files.push_back({file->path(), tenant, changed, size});
  }
}

// Adds an error of the current scan, unless the scan before found the entry too.
void CalendarFiles::report_once(const fs::path& path, std::string_view what) {
  const auto [entry, is_new] = strangers_.try_emplace(path.string(), scans_);
  entry->second = scans_;
  if (is_new) wrong_.push_back(fmt::format("{}: {}", path.string(), what));
}

std::optional<state::UserKey> CalendarFiles::find_person(const CalendarFile& file) const {
  const std::string name = file.path.stem().string();
  auto user = parse_guid(name);
  if (!user) user = view_.find_user_by_upn(file.tenant, name);
  if (!user || !view_.find_user({file.tenant, *user})) return std::nullopt;
  return state::UserKey{file.tenant, *user};
}

// Reads a file if it is new, changed or due, and submits its calendar. Returns an error that was not reported yet.
std::optional<std::string> CalendarFiles::read(const CalendarFile& file, FileState& file_state, Time now,
                                               const std::stop_token& stop) {
  if (file_state.changed == file.changed && file_state.size == file.size && now < file_state.due)
    return std::nullopt;
  const auto person = find_person(file);
  if (!person) {
    // The user may be added later, so every scan tries again; it is reported once.
    return std::exchange(file_state.is_reported, true) ? std::nullopt
                                                       : std::optional("the tenant has no such user");
  }
  file_state.changed = file.changed;
  file_state.size = file.size;
  file_state.due = now + kCalendarAgeMax;
  auto bytes = read_bytes(file.path, settings_.bytes_max);
  if (!bytes) return "the file cannot be read";
  const auto tenant = view_.find_tenant(file.tenant);
  const auto zone = timezone::Zone::find(tenant ? tenant->settings.zone : "UTC").value_or(timezone::Zone());
  const auto user = view_.find_user(*person);
  auto reading =
      calendar::read_feed(std::move(*bytes), {.zone = zone,
                                              .window = {now, now + calendar::kHorizon},
                                              .owner = calendar::addresses_of(user ? user->upn : ""),
                                              .settings = settings_,
                                              .stop = stop});
  if (stop.stop_requested()) {
    file_state.due = now;  // it was not read
    return std::nullopt;
  }
  if (!reading) return reading.error();
  file_state.person = *person;
  const auto skipped = reading->calendar.skipped;
  submit_calendar(file.path.string(), *person, {std::move(reading->calendar)}, now);
  return skipped.count > 0 ? std::optional(to_text(skipped)) : std::nullopt;
}

// Submits a write, after waiting for earlier ones if too many are in flight.
void CalendarFiles::submit_calendar(const std::string& path, const state::UserKey& person,
                                    presence::SetCalendar calendar, Time now) {
  wait_for_writes(kWritesAtOnce - 1);
  {
    const MutexLock lock(mutex_);
    ++writing_;
  }
  commands_.submit(person, random_.guid(), std::move(calendar), now,
                   [this, path](const state::Outcome& outcome) {
                     const MutexLock lock(mutex_);
                     --writing_;
                     if (!outcome) failed_.insert(path);
                     written_.notify_one();
                   });
}

// Clears the calendar of users whose file this scan did not find.
void CalendarFiles::clear_removed(Time now) {
  for (const auto& [path, file_state] : file_states_)
    if (file_state.scan != scans_ && file_state.person) submit_calendar(path, *file_state.person, {}, now);
}

void CalendarFiles::wait_for_writes(std::size_t most) {
  const MutexLock lock(mutex_);
  while (writing_ > most) written_.wait(mutex_);
}

CalendarWatcher::CalendarWatcher(fs::path folder, const state::View& view, state::Commands& commands,
                                 const calendar::FeedSettings& settings, const Clock& clock)
    : files_(std::move(folder), view, commands, settings),
      clock_(clock),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void CalendarWatcher::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    for (const std::string& wrong : files_.scan(clock_.wall(), stop)) log_warning("calendar " + wrong);
    pause.wait_for(lock, stop, kCalendarScanEvery, [] { return false; });
  }
}

}  // namespace porchlight::server
