// Time zones: lookup by name, tables of conversions at gaps and overlaps, and properties over several zones.
#include "timezone/zone.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "base/time_text.h"
#include "support/rounds.h"

namespace porchlight::timezone {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::sys_days;
using std::chrono::year;

Time at(std::string_view text) {
  const auto time = parse_date_time(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(Time());
}

LocalTime local(std::string_view text) {
  const auto time = parse_local_date_time(text);
  EXPECT_TRUE(time) << text;
  return time.value_or(SentLocalTime()).time;
}

Zone zone(std::string_view name) {
  const auto found = Zone::find(name);
  EXPECT_TRUE(found) << name;
  return found.value_or(Zone());
}

TEST(ZoneName, FindsIanaAndWindowsNames) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"UTC", "UTC"},
      {"utc", "UTC"},
      {"Europe/Berlin", "Europe/Berlin"},
      {"europe/berlin", "Europe/Berlin"},
      {"America/Argentina/ComodRivadavia", "America/Argentina/ComodRivadavia"},
      {"Etc/GMT+5", "Etc/GMT+5"},
      {"GMT+0", "GMT+0"},
      {"Asia/Calcutta", "Asia/Calcutta"},
      {"US/Pacific", "US/Pacific"},
      {"Pacific Standard Time", "America/Los_Angeles"},
      {"PACIFIC STANDARD TIME", "America/Los_Angeles"},
      {"pacific standard time", "America/Los_Angeles"},
      {"W. Europe Standard Time", "Europe/Berlin"},
      {"GMT Standard Time", "Europe/London"},
      {"Lord Howe Standard Time", "Australia/Lord_Howe"},
      {"Central Standard Time (Mexico)", "America/Mexico_City"},
      {"Turks And Caicos Standard Time", "America/Grand_Turk"},
      {"UTC-11", "Etc/GMT+11"},
  };
  for (const auto& [name, id] : rows) {
    const auto found = Zone::find(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->name(), id) << name;
  }
  EXPECT_EQ(zone("india standard time").to_local(at("2030-01-07T00:00:00Z")), local("2030-01-07T05:30:00"));
}

TEST(ZoneName, RefusesUnknownNames) {
  using namespace std::string_view_literals;
  const std::string_view rows[] = {"",
                                   " ",
                                   "Nowhere",
                                   "Europe",
                                   "Europe/",
                                   "/Europe/Berlin",
                                   "Europe/Berlin ",
                                   "Europe/Berlin\0"sv,
                                   "Europe//Berlin",
                                   "Europe/../Europe/Berlin",
                                   "Pacific  Standard Time",
                                   "Pacific Standard",
                                   "GMT+5",
                                   "GMT+05:30",
                                   "UTC+05:30",
                                   "Fixed/UTC+05:30:00",
                                   "+05:30",
                                   "Z",
                                   "BST",
                                   "EST5",
                                   "localtime",
                                   "libc:localtime",
                                   "posix/Europe/Berlin",
                                   "right/Europe/Berlin",
                                   "posixrules",
                                   "tzdata.zi",
                                   "/etc/localtime",
                                   "../../../etc/localtime",
                                   "Etc/Unknown"};
  for (const auto name : rows) EXPECT_FALSE(Zone::find(name)) << name;
}

TEST(ZoneName, RefusesLongNames) {
  EXPECT_FALSE(Zone::find(std::string(kZoneNameMax, 'A')));
  EXPECT_FALSE(Zone::find(std::string(kZoneNameMax + 1, 'A')));
  EXPECT_FALSE(Zone::find(std::string(1'000'000, 'A')));
}

TEST(Zone, ComparesByTheZoneAndNotByTheName) {
  EXPECT_EQ(Zone(), zone("UTC"));
  EXPECT_EQ(zone("Europe/Berlin"), zone("W. Europe Standard Time"));
  EXPECT_NE(zone("Europe/Berlin"), zone("Europe/Paris"));
}

TEST(Zone, ConvertsLocalTimeToTime) {
  const struct {
    std::string_view zone, local, time;
  } rows[] = {
      {"UTC", "2030-01-07T09:00:00.123", "2030-01-07T09:00:00.123Z"},
      {"Asia/Kolkata", "2030-01-07T09:00:00.999", "2030-01-07T03:30:00.999Z"},
      {"Europe/Berlin", "2030-01-07T09:00", "2030-01-07T08:00:00Z"},
      {"Europe/Berlin", "2030-07-07T09:00", "2030-07-07T07:00:00Z"},
      // The gap from 02:00 to 03:00 in spring, and the overlap from 02:00 to 03:00 in autumn.
      {"Europe/Berlin", "2030-03-31T01:59:59.999", "2030-03-31T00:59:59.999Z"},
      {"Europe/Berlin", "2030-03-31T02:00", "2030-03-31T01:00:00Z"},
      {"Europe/Berlin", "2030-03-31T02:30:00.500", "2030-03-31T01:30:00.500Z"},
      {"Europe/Berlin", "2030-03-31T02:59:59.999", "2030-03-31T01:59:59.999Z"},
      {"Europe/Berlin", "2030-03-31T03:00", "2030-03-31T01:00:00Z"},
      {"Europe/Berlin", "2030-10-27T01:59:59.999", "2030-10-26T23:59:59.999Z"},
      {"Europe/Berlin", "2030-10-27T02:00", "2030-10-27T00:00:00Z"},
      {"Europe/Berlin", "2030-10-27T02:59:59.999", "2030-10-27T00:59:59.999Z"},
      {"Europe/Berlin", "2030-10-27T03:00", "2030-10-27T02:00:00Z"},
      {"Pacific Standard Time", "2030-01-07T17:00", "2030-01-08T01:00:00Z"},
      {"America/New_York", "2030-03-10T02:30", "2030-03-10T07:30:00Z"},
      {"America/New_York", "2030-11-03T01:30", "2030-11-03T05:30:00Z"},
      // A change of half an hour in the southern hemisphere: the gap 02:00 to 02:30, the overlap 01:30 to 02:00.
      {"Australia/Lord_Howe", "2030-10-06T02:15", "2030-10-05T15:45:00Z"},
      {"Australia/Lord_Howe", "2030-04-07T01:45", "2030-04-06T14:45:00Z"},
      {"Australia/Lord_Howe", "2030-04-07T02:00", "2030-04-06T15:30:00Z"},
      {"Australia/Sydney", "2030-01-07T09:00", "2030-01-06T22:00:00Z"},
      {"Australia/Sydney", "2030-10-06T02:30", "2030-10-05T16:30:00Z"},
      {"Pacific/Auckland", "2030-07-07T09:00", "2030-07-06T21:00:00Z"},
      // A day that was skipped.
      {"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"},
      // A rule that changed in 2022: Mexico has no summer time any more.
      {"America/Mexico_City", "2030-07-07T09:00", "2030-07-07T15:00:00Z"},
      {"Europe/Berlin", "0001-01-01T00:53:28", "0001-01-01T00:00:00Z"},
      {"UTC", "9999-12-30T23:00:00", "9999-12-30T23:00:00Z"},
      {"Europe/Berlin", "9999-12-30T23:00:00", "9999-12-30T22:00:00Z"},
      {"Europe/Berlin", "9999-07-30T23:00:00", "9999-07-30T21:00:00Z"},
      {"Australia/Lord_Howe", "9999-12-31T23:59:59.999", "9999-12-31T12:59:59.999Z"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(zone(row.zone).to_time(local(row.local)), at(row.time)) << row.zone << ' ' << row.local;
  EXPECT_EQ(zone("America/Los_Angeles").to_time(local("9999-12-31T23:59:59")),
            at("9999-12-31T23:59:59Z") + 8h);  // beyond the times that have a text
}

TEST(Zone, ConvertsTimeToLocalTime) {
  const struct {
    std::string_view zone, time, local;
  } rows[] = {
      {"UTC", "2030-01-07T09:00:00.123Z", "2030-01-07T09:00:00.123"},
      {"Europe/Berlin", "2030-03-31T00:59:59.999Z", "2030-03-31T01:59:59.999"},
      {"Europe/Berlin", "2030-03-31T01:00:00Z", "2030-03-31T03:00"},
      {"Europe/Berlin", "2030-10-27T00:30:00Z", "2030-10-27T02:30"},
      {"Europe/Berlin", "2030-10-27T01:30:00Z", "2030-10-27T02:30"},
      {"Europe/Berlin", "1969-12-31T23:59:59.999Z", "1970-01-01T00:59:59.999"},
      {"Australia/Lord_Howe", "2030-10-05T15:30:00Z", "2030-10-06T02:30"},
      {"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(zone(row.zone).to_local(at(row.time)), local(row.local)) << row.zone << ' ' << row.time;
}

TEST(Zone, FindsTheNextMidnight) {
  const struct {
    std::string_view zone, time, midnight;
  } rows[] = {
      {"UTC", "2030-01-07T09:00:00Z", "2030-01-08T00:00:00Z"},
      {"UTC", "2030-01-07T23:59:59.999Z", "2030-01-08T00:00:00Z"},
      {"UTC", "2030-01-08T00:00:00Z", "2030-01-09T00:00:00Z"},
      {"Europe/Berlin", "2030-03-30T22:59:59.999Z", "2030-03-30T23:00:00Z"},
      {"Europe/Berlin", "2030-03-30T23:00:00Z", "2030-03-31T22:00:00Z"},  // 23 hours
      {"Europe/Berlin", "2030-10-26T22:00:00Z", "2030-10-27T23:00:00Z"},  // 25 hours
      {"Asia/Kolkata", "2030-01-07T18:29:59Z", "2030-01-07T18:30:00Z"},
      {"Asia/Kolkata", "2030-01-07T18:30:00Z", "2030-01-08T18:30:00Z"},
      // A gap of an hour from midnight: the day begins at 01:00.
      {"America/Sao_Paulo", "2018-11-04T02:59:59Z", "2018-11-04T03:00:00Z"},
      {"America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
      {"Africa/Cairo", "2014-05-15T12:00:00Z", "2014-05-15T22:00:00Z"},
      {"Africa/Cairo", "2030-04-25T12:00:00Z", "2030-04-25T22:00:00Z"},
      // A gap from 23:30 to 00:30: the day begins at the change.
      {"America/Toronto", "1919-03-31T04:00:00Z", "1919-03-31T04:30:00Z"},
      // At midnight the clocks are set back to 23:00, so the day ends an hour later.
      {"America/Sao_Paulo", "2018-02-18T01:30:00Z", "2018-02-18T03:00:00Z"},
      {"America/Sao_Paulo", "2018-02-18T02:00:00Z", "2018-02-18T03:00:00Z"},  // as the clocks are set back
      {"America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-18T03:00:00Z"},
      // A minute after midnight the clocks are set back to 23:01: there is a second midnight.
      {"America/St_Johns", "2006-10-29T02:00:00Z", "2006-10-29T02:30:00Z"},
      {"America/St_Johns", "2006-10-29T02:31:00Z", "2006-10-29T03:30:00Z"},
      {"America/St_Johns", "2006-10-29T03:30:00Z", "2006-10-30T03:30:00Z"},
      // At 01:00 the clocks are set back to 00:00: clocks show midnight twice, but the day has one start.
      {"America/Havana", "2030-11-03T03:00:00Z", "2030-11-03T04:00:00Z"},
      {"America/Havana", "2030-11-03T04:30:00Z", "2030-11-04T05:00:00Z"},
      // The 30th did not exist.
      {"Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-30T10:00:00Z"},
      {"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
      {"Pacific/Kiritimati", "9999-12-30T00:00:00Z", "9999-12-30T10:00:00Z"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(zone(row.zone).next_midnight(at(row.time)), at(row.midnight)) << row.zone << ' ' << row.time;
}

TEST(Zone, FindsTheStartOfADay) {
  EXPECT_EQ(zone("Europe/Berlin").start_of_day(local_days(year(2030) / 7 / 7)), at("2030-07-06T22:00:00Z"));
  EXPECT_EQ(zone("America/Sao_Paulo").start_of_day(local_days(year(2018) / 11 / 4)),
            at("2018-11-04T03:00:00Z"));
  EXPECT_EQ(zone("America/Havana").start_of_day(local_days(year(2030) / 11 / 3)), at("2030-11-03T04:00:00Z"));
}

const std::string_view kPlaces[] = {"UTC",
                                    "Europe/Berlin",
                                    "America/New_York",
                                    "America/St_Johns",
                                    "America/Sao_Paulo",
                                    "America/Havana",
                                    "Australia/Lord_Howe",
                                    "Asia/Kolkata",
                                    "Africa/Cairo",
                                    "Africa/Casablanca",
                                    "Pacific/Apia",
                                    "Antarctica/Troll"};

// A slow Zone::to_time() for comparison: looks at the local time of every quarter of an hour in question. In a gap it
// uses the offset before the gap.
Time to_time_slowly(const Zone& place, LocalTime local) {
  const Time middle(local.time_since_epoch());
  for (Time time = middle - 26h; time <= middle + 26h; time += 15min)
    if (place.to_local(time) == local) return time;
  const auto offset = place.to_local(middle - 26h).time_since_epoch() - (middle - 26h).time_since_epoch();
  return middle - offset;
}

TEST(Zone, AgreesWithASlowSearch) {
  std::mt19937 random(7);
  const LocalTime first =
      local_days(year(1985) / 1 / 1);  // since then all offsets are whole quarters of an hour
  std::uniform_int_distribution<int> quarter(0, 60 * 365 * 24 * 4);
  for (const auto name : kPlaces) {
    const Zone place = zone(name);
    std::vector<LocalTime> times;
    for (int i = 0; i < 200; ++i) times.push_back(first + 15min * quarter(random));
    // Times around each change of the clocks in three years.
    for (Time time = sys_days(year(2009) / 1 / 1); time < sys_days(year(2012) / 1 / 2); time += 15min)
      if (place.to_local(time) - place.to_local(time - 15min) != 15min)
        for (Duration near = -2h; near <= 2h; near += 15min) times.push_back(place.to_local(time) + near);
    for (const LocalTime local : times)
      ASSERT_EQ(place.to_time(local), to_time_slowly(place, local))
          << name << ' ' << local.time_since_epoch();
  }
}

TEST(Zone, TheLocalDateChangesAtTheNextMidnight) {
  std::mt19937 random(8);
  std::uniform_int_distribution<std::int64_t> minute(-30LL * 365 * 24 * 60, 90LL * 365 * 24 * 60);
  for (const auto name : kPlaces) {
    const Zone place = zone(name);
    for (int i = 0; i < 500; ++i) {
      const Time time = Time() + 1min * minute(random);
      const Time midnight = place.next_midnight(time);
      ASSERT_GT(midnight, time) << name;
      ASSERT_GT(floor<days>(place.to_local(midnight)), floor<days>(place.to_local(midnight - 1ms))) << name;
      for (Time before = time; before < midnight; before += 10min)
        ASSERT_EQ(floor<days>(place.to_local(before)), floor<days>(place.to_local(time))) << name;
    }
  }
}

TEST(Zone, ThreadsFindTheSameZones) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (const auto name : kPlaces) EXPECT_EQ(zone(name).name(), name);
    });
  for (auto& thread : threads) thread.join();
}

// The table agrees with the zone at each half hour of years with and without changes, in both directions.
TEST(ZoneOffsetsTable, AgreesWithTheZone) {
  const auto step = 30min * (kSanitized ? 7 : 1);
  for (const char* name : {"UTC", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe",
                           "Asia/Kolkata", "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia",
                           "Antarctica/Troll", "America/Caracas", "Europe/Moscow", "Asia/Gaza"}) {
    const Zone one = zone(name);
    const auto table = one.offsets();
    EXPECT_EQ(table.get(), zone(name).offsets().get()) << "one table for all copies";
    for (const int first : {1970, 1991, 2009, 2030, 2098}) {
      const Time end = Time(sys_days{year(first + 2) / 1 / 1});
      for (Time now = Time(sys_days{year(first) / 1 / 1}); now < end; now += step) {
        ASSERT_EQ(table->to_local(now), one.to_local(now)) << name << " " << now.time_since_epoch().count();
        const LocalTime shown(now.time_since_epoch());
        ASSERT_EQ(table->to_time(shown), one.to_time(shown)) << name << " " << now.time_since_epoch().count();
      }
    }
  }
}

}  // namespace
}  // namespace porchlight::timezone
