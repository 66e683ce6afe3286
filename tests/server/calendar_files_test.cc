// Calendars from a folder: reading, reading again when due, keeping the last good one of a bad file, and clearing with
// the file.
#include "server/calendar_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "base/time_text.h"
#include "support/fake_log.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

constexpr const char* kTenantText = "c0000000-0000-4000-8000-000000000001";
constexpr const char* kAnaText = "a0000000-0000-4000-8000-00000000000a";
const Guid kTenant = *parse_guid(kTenantText);
const Guid kAna = *parse_guid(kAnaText);
const Guid kBen = *parse_guid("b0000000-0000-4000-8000-00000000000b");

Time at(std::string_view text) { return parse_date_time(text).value(); }

// A daily meeting from nine to ten.
std::string daily(std::string_view from) {
  return fmt::format(
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:{}T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY\n"
      "END:VEVENT\nEND:VCALENDAR\n",
      from);
}

class CalendarFilesTest : public testing::Test {
 protected:
  CalendarFilesTest() {
    for (auto& log : logs_) all_.push_back(&log);
    writer_ = std::make_unique<state::Writer>(view_, all_);
    files_ = std::make_unique<CalendarFiles>(temp_ / "calendars", view_, *writer_);
    std::filesystem::create_directories(temp_ / "calendars" / kTenantText);
    change(Guid{}, directory::TenantPut{"Contoso", {.zone = "Europe/Berlin", .trusts = {}}});
    change(kAna, directory::UserPut{"ana@contoso.example", "Ana"});
  }

  void change(const Guid& subject, directory::EntityChange what) {
    writer_->submit({{kTenant, subject, std::move(what)}}, now_,
                    [](const state::Outcome& outcome) { ASSERT_TRUE(outcome); });
  }
  // Sets the time of the file explicitly: two writes may fall into the resolution of the file system's clock.
  void write(const std::string& name, const std::string& text) {
    const auto path = temp_ / "calendars" / kTenantText / name;
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::last_write_time(path, std::filesystem::file_time_type() + ++writes_ * 1s);
  }
  std::vector<std::string> scan() { return files_->scan(now_); }
  // The busy spans of a user; empty without a calendar.
  std::vector<presence::Span> busy(const Guid& user = kAna) {
    std::vector<presence::Span> spans;
    view_.read({kTenant, user}, [&](const presence::Record& record) {
      if (record.extras && record.extras->calendar) spans = record.extras->calendar->busy;
    });
    return spans;
  }
  std::uint64_t events() const {
    std::uint64_t sum = 0;
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) sum += view_.position(shard).seq;
    return sum;
  }

  TempFolder temp_;
  Time now_ = at("2030-01-07T00:00:00Z");
  int writes_ = 0;
  std::array<log::FakeLog, state::kShards> logs_;
  std::vector<log::ShardLog*> all_;
  state::View view_;
  std::unique_ptr<state::Writer> writer_;
  std::unique_ptr<CalendarFiles> files_;
};

TEST_F(CalendarFilesTest, FindsUsersByIdAndName) {
  change(kBen, directory::UserPut{"ben@contoso.example", "Ben"});
  write(std::string(kAnaText) + ".ics", daily("20300107"));
  write("Ben@Contoso.example.ics", daily("20300108"));
  EXPECT_THAT(scan(), IsEmpty());
  // In the tenant's time zone, for 366 days.
  ASSERT_EQ(busy().size(), 366u);
  EXPECT_EQ(busy().front(), (presence::Span{at("2030-01-07T08:00:00Z"), at("2030-01-07T09:00:00Z")}));
  EXPECT_EQ(busy().back().from, at("2031-01-07T08:00:00Z"));
  EXPECT_EQ(busy(kBen).front().from, at("2030-01-08T08:00:00Z"));
}

// Others may write to the folder: a link would show them what only the server can read.
TEST_F(CalendarFilesTest, RefusesSymbolicLinks) {
  namespace fs = std::filesystem;
  constexpr const char* kIsLink =
      "it is a symbolic link, so it is not read; put the file or folder itself here";
  const fs::path folder = temp_ / "calendars";
  std::ofstream(temp_ / "elsewhere.ics") << daily("20300107");
  fs::create_symlink(temp_ / "elsewhere.ics", folder / kTenantText / "ana@contoso.example.ics");
  EXPECT_THAT(scan(), ElementsAre(EndsWith(std::string("ana@contoso.example.ics: ") + kIsLink)));
  EXPECT_THAT(scan(), IsEmpty()) << "said once";
  EXPECT_THAT(busy(), IsEmpty());
  // A folder as well.
  fs::remove_all(folder / kTenantText);
  fs::create_directories(temp_ / "outside");
  std::ofstream(temp_ / "outside" / "ana@contoso.example.ics") << daily("20300107");
  fs::create_directory_symlink(temp_ / "outside", folder / kTenantText);
  EXPECT_THAT(scan(), ElementsAre(EndsWith(std::string(kTenantText) + ": " + kIsLink)));
  EXPECT_THAT(busy(), IsEmpty());
}

TEST_F(CalendarFilesTest, ReadsAgainAfterAChangeAndAfterADay) {
  write("ana@contoso.example.ics", daily("20300107"));
  scan();
  const auto before = events();
  now_ += kCalendarAgeMax - 1ms;
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(events(), before);
  now_ += 1ms;
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(events(), before + 1);
  EXPECT_EQ(busy().front().from, at("2030-01-08T08:00:00Z"));
  EXPECT_EQ(busy().back().from, at("2031-01-08T08:00:00Z"));
  write("ana@contoso.example.ics", daily("20300301"));
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(busy().front().from, at("2030-03-01T08:00:00Z"));
}

TEST_F(CalendarFilesTest, BadFileKeepsTheLastCalendarAndIsReportedOnce) {
  write("ana@contoso.example.ics", daily("20300107"));
  scan();
  const auto good = busy();
  write("ana@contoso.example.ics", "<html>Sign in</html>");
  EXPECT_THAT(scan(), ElementsAre(EndsWith("/ana@contoso.example.ics: there is no VCALENDAR in it")));
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(busy(), good);
  write("ana@contoso.example.ics", std::string(calendar::kFeedBytesDefault + 1, 'x'));
  EXPECT_THAT(scan(),
              ElementsAre(EndsWith(": it is larger than 8388608 bytes, the setting calendar.feed_bytes")));
  now_ += kCalendarAgeMax;
  EXPECT_THAT(scan(),
              ElementsAre(EndsWith(": it is larger than 8388608 bytes, the setting calendar.feed_bytes")));
  EXPECT_EQ(busy(), good);
}

TEST_F(CalendarFilesTest, ReportsWhatItSkippedWhenAFileIsRead) {
  std::string odd = daily("20300107");
  const std::string_view bad = "BEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\n";
  odd.insert(odd.find("END:VCALENDAR"), std::string(bad) + std::string(bad));
  write("ana@contoso.example.ics", odd);
  EXPECT_THAT(scan(), ElementsAre(EndsWith(
                          "/ana@contoso.example.ics: 2 events skipped: line 9: DTSTART is not a date or "
                          "a time; line 12: DTSTART is not a date or a time")));
  EXPECT_EQ(busy().size(), 366u);
  EXPECT_THAT(scan(), IsEmpty());
  write("ana@contoso.example.ics", daily("20300107"));
  EXPECT_THAT(scan(), IsEmpty());
}

TEST_F(CalendarFilesTest, TakesTheOwnersAnswersAndTheSettings) {
  files_ =
      std::make_unique<CalendarFiles>(temp_ / "calendars", view_, *writer_,
                                      calendar::FeedSettings{.bytes_max = 1024, .tentative_is_busy = true});
  std::string feed = daily("20300107");
  feed.insert(feed.find("RRULE"), "STATUS:TENTATIVE\n");
  write("ana@contoso.example.ics", feed);
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(busy().size(), 366u);
  feed.insert(feed.find("RRULE"), "ATTENDEE;PARTSTAT=DECLINED:mailto:ANA@contoso.example\n");
  write(std::string(kAnaText) + ".ics", feed);
  std::filesystem::remove(temp_ / "calendars" / kTenantText / "ana@contoso.example.ics");
  scan();
  EXPECT_TRUE(busy().empty());
  write(std::string(kAnaText) + ".ics", feed + std::string(1024, '\n'));
  EXPECT_THAT(scan(), ElementsAre(EndsWith("it is larger than 1024 bytes, the setting calendar.feed_bytes")));
}

TEST_F(CalendarFilesTest, FindsTheTenantByItsName) {
  auto rename_to = [this, last = temp_ / "calendars" / kTenantText](std::string_view name) mutable {
    std::filesystem::rename(last, temp_ / "calendars" / name);
    last = temp_ / "calendars" / name;
  };
  write("ana@contoso.example.ics", daily("20300107"));
  rename_to("contoso");
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(busy().size(), 366u);
  rename_to("Contosso");
  EXPECT_THAT(scan(),
              ElementsAre(EndsWith(
                  "/Contosso: no tenant or more than one has this id or name, so its files are not read")));
  EXPECT_TRUE(busy().empty());
  EXPECT_THAT(scan(), IsEmpty());
  rename_to("c0000000-0000-4000-8000-0000000000ff");
  EXPECT_THAT(scan(), ElementsAre(EndsWith("so its files are not read")));
  rename_to("CONTOSO");
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(busy().size(), 366u);
  // Two tenants of one name: the folder needs the id.
  const Guid other = *parse_guid("c0000000-0000-4000-8000-000000000002");
  writer_->submit({{other, Guid{}, directory::TenantPut{"Contoso", {.zone = "UTC", .trusts = {}}}}}, now_,
                  [](const state::Outcome& outcome) { ASSERT_TRUE(outcome); });
  EXPECT_THAT(scan(), ElementsAre(EndsWith("so its files are not read")));
  rename_to(kTenantText);
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_EQ(busy().size(), 366u);
  std::ofstream(temp_ / "calendars" / "ana@contoso.example.ics") << daily("20300107");
  std::ofstream(temp_ / "calendars" / "README.txt") << "notes";
  EXPECT_THAT(scan(),
              ElementsAre(EndsWith(
                  "/ana@contoso.example.ics: the file is not in the folder of a tenant, so it is not read")));
  EXPECT_THAT(scan(), IsEmpty());
}

TEST_F(CalendarFilesTest, ClearsTheCalendarOfARemovedFile) {
  write("ana@contoso.example.ics", daily("20300107"));
  scan();
  EXPECT_FALSE(busy().empty());
  std::filesystem::remove(temp_ / "calendars" / kTenantText / "ana@contoso.example.ics");
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_TRUE(busy().empty());
}

TEST_F(CalendarFilesTest, KeepsCalendarsWhileTheFolderIsUnreadable) {
  write("ana@contoso.example.ics", daily("20300107"));
  scan();
  std::filesystem::rename(temp_ / "calendars", temp_ / "elsewhere");
  EXPECT_THAT(scan(), ElementsAre(EndsWith("/calendars: No such file or directory")));
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_FALSE(busy().empty());
  std::filesystem::rename(temp_ / "elsewhere", temp_ / "calendars");
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_FALSE(busy().empty());
}

TEST_F(CalendarFilesTest, UnknownUserIsReportedOnceAndReadWhenAdded) {
  write("ben@contoso.example.ics", daily("20300107"));
  write("notes.txt", "of no interest");
  EXPECT_THAT(scan(), ElementsAre(EndsWith("/ben@contoso.example.ics: the tenant has no such user")));
  EXPECT_THAT(scan(), IsEmpty());
  change(kBen, directory::UserPut{"ben@contoso.example", "Ben"});
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_FALSE(busy(kBen).empty());
}

TEST_F(CalendarFilesTest, TriesAgainAfterALogFailure) {
  write("ana@contoso.example.ics", daily("20300107"));
  for (auto& log : logs_) log.set_plan([] { return log::FakeLog::Fate::kUnknownUnwritten; });
  EXPECT_THAT(scan(), ElementsAre("1 calendars could not be written; the next scan tries again"));
  EXPECT_TRUE(busy().empty());
  for (auto& log : logs_) log.set_plan({});
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_FALSE(busy().empty());
  // The same for a removed file.
  std::filesystem::remove(temp_ / "calendars" / kTenantText / "ana@contoso.example.ics");
  for (auto& log : logs_) log.set_plan([] { return log::FakeLog::Fate::kUnknownUnwritten; });
  scan();
  EXPECT_FALSE(busy().empty());
  for (auto& log : logs_) log.set_plan({});
  scan();
  EXPECT_TRUE(busy().empty());
}

TEST_F(CalendarFilesTest, ReadsManyFiles) {
  constexpr int kPeople = 300;
  for (int i = 0; i < kPeople; ++i) {
    const Guid user = guid_from_name(fmt::format("person {}", i));
    change(user, directory::UserPut{fmt::format("p{}@contoso.example", i), "P"});
    write(to_string(user) + ".ics", daily("20300107"));
  }
  EXPECT_THAT(scan(), IsEmpty());
  for (int i = 0; i < kPeople; ++i) EXPECT_EQ(busy(guid_from_name(fmt::format("person {}", i))).size(), 366u);
}

TEST_F(CalendarFilesTest, StopsEarly) {
  write("ana@contoso.example.ics", daily("20300107"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT(files_->scan(now_, stop.get_token()), IsEmpty());
  EXPECT_TRUE(busy().empty());
  EXPECT_THAT(scan(), IsEmpty());
  EXPECT_FALSE(busy().empty());
}

}  // namespace
}  // namespace porchlight::server
