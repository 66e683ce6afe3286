// Durations, dates and HTTP dates as text: tables of valid and invalid spellings, and round trips.
#include "base/time_text.h"

#include <gtest/gtest.h>

#include <random>

namespace porchlight {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::sys_days;
using std::chrono::year;

const Time kMorning = sys_days(year(2030) / 1 / 7) + 9h;

TEST(Duration, ParsesValidSpellings) {
  const std::pair<std::string_view, nanoseconds> rows[] = {
      {"PT5M", 5min},
      {"PT300S", 300s},
      {"P0DT1H", 1h},
      {"P1D", 24h},
      {"P7D", 168h},
      {"P1DT2H3M4.5S", 26h + 3min + 4s + 500ms},
      {"PT4M59.999S", 5min - 1ms},
      {"PT4H0.001S", 4h + 1ms},
      {"PT4H0.0000001S", 4h + 100ns},
      {"PT4H0.0000000001S", 4h + 1ns},
      {"PT4H0.00000000000S", 4h},
      {"PT0.9999999999S", 1s},
      {"PT0S", 0s},
      {"-PT5M", -5min},
      {"-PT0.0000000001S", -1ns},
      {"PT007M", 7min},
      {"PT1H30S", 1h + 30s},
      {"PT9223372036S", 9223372036s},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(parse_duration(text), expected) << text;
}

TEST(Duration, RefusesInvalidSpellings) {
  const std::string_view rows[] = {
      "",         "P",
      "PT",       "-P",
      "P1M",      "P1Y",
      "P1W",      "5m",
      "pt5m",     "PT5m",
      "Pt5M",     "P5",
      "PT5",      "5M",
      "T5M",      "P1DT",
      "PT5M ",    " PT5M",
      "+PT5M",    "PT+5M",
      "PT-5M",    "--PT5M",
      "PT5M5H",   "PT5M5M",
      "PT1.5M",   "PT1.5H",
      "P1.5D",    "PT.5S",
      "PT5.S",    "PT5,5S",
      "PTS",      "PTM",
      "PT1H1D",   "P1H",
      "PT1D",     "P1DPT1H",
      "PT5M\n",   "PT9223372037S",
      "P106752D", "PT99999999999999999999S",
      "PT0x5M",   "PT5M0",
      "PT5M0.S",  "PT1e3S",
      "P-1D",     "\xD9\xA5",
  };
  for (const auto row : rows) EXPECT_EQ(parse_duration(row), std::nullopt) << row;
  EXPECT_EQ(parse_duration(std::string_view("PT5M\0", 5)), std::nullopt);
}

TEST(Duration, ParsesConfigurationSpellings) {
  const std::pair<std::string_view, std::optional<Duration>> rows[] = {
      {"1h", 1h},       {"30m", 30min},     {"90s", 90s},
      {"2d", 48h},      {"500ms", 500ms},   {"0s", 0s},
      {"PT15M", 15min}, {"PT0.0001S", 1ms}, {"", {}},
      {"1", {}},        {"h", {}},          {"1 h", {}},
      {"1H", {}},       {"-1h", {}},        {"1.5h", {}},
      {"1h30m", {}},    {"1w", {}},         {"99999999999999999d", {}},
      {"1us", {}},      {"PT", {}},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(parse_human_duration(text), expected) << text;
}

TEST(DateTime, ParsesValidSpellings) {
  const std::pair<std::string_view, Time> rows[] = {
      {"2030-01-07T09:00:00Z", kMorning},
      {"2030-01-07T09:00:00.0000000Z", kMorning},
      {"2030-01-07T09:00:00.5Z", kMorning + 500ms},
      {"2030-01-07T09:00:00.1239999Z", kMorning + 123ms},
      {"2030-01-07T09:00:00.000000000001Z", kMorning},
      {"2030-01-07T10:30:00+01:30", kMorning},
      {"2030-01-06T19:00:00-14:00", kMorning},
      {"2030-01-07T09:00:00-00:00", kMorning},
      {"2028-02-29T00:00:00Z", sys_days(year(2028) / 2 / 29)},
      {"1969-12-31T23:59:59.999Z", Time(-1ms)},
      {"0001-01-01T00:00:00Z", sys_days(year(1) / 1 / 1)},
      {"9999-12-31T23:59:59.999Z", sys_days(year(9999) / 12 / 31) + 24h - 1ms},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(parse_date_time(text), expected) << text;
}

// Graph writes seven digits; what a client sent comes back, with zeros behind it or without what is finer.
TEST(DateTime, RepeatsSentTimesWithSevenDigits) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"2030-01-07T09:00:00Z", "2030-01-07T09:00:00.0000000Z"},
      {"2030-01-07T09:00:00.1Z", "2030-01-07T09:00:00.1000000Z"},
      {"2030-01-07T09:00:00.123Z", "2030-01-07T09:00:00.1230000Z"},
      {"2030-01-07T09:00:00.1234Z", "2030-01-07T09:00:00.1234000Z"},
      {"2030-01-07T09:00:00.1234567Z", "2030-01-07T09:00:00.1234567Z"},
      {"2030-01-07T09:00:00.0000001Z", "2030-01-07T09:00:00.0000001Z"},
      {"2030-01-07T09:00:00.9999999Z", "2030-01-07T09:00:00.9999999Z"},
      {"2030-01-07T09:00:00.123456789Z", "2030-01-07T09:00:00.1234567Z"},
      {"2030-01-07T09:00:00.000000099999Z", "2030-01-07T09:00:00.0000000Z"},
      {"2030-01-07T10:00:00.1234567+01:00", "2030-01-07T09:00:00.1234567Z"},
      {"1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z"},
      {"9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"},
      {"0001-01-01T00:00:00.0000001Z", "0001-01-01T00:00:00.0000001Z"},
  };
  for (const auto& [text, expected] : rows) {
    const auto sent = parse_sent_time(text);
    ASSERT_TRUE(sent) << text;
    std::string written;
    append_date_time(written, sent->time, sent->ticks);
    EXPECT_EQ(written, expected) << text;
    EXPECT_EQ(parse_date_time(text), sent->time) << text;
  }
}

TEST(DateTime, RefusesInvalidSpellings) {
  const std::string_view rows[] = {
      "",
      "2030-01-07",
      "2030-01-07T09:00:00",
      "2030-01-07T09:00Z",
      "2030-01-07 09:00:00Z",
      "2030-01-07t09:00:00Z",
      "2030-01-07T09:00:00z",
      "2030-01-07T09:00:00Z ",
      " 2030-01-07T09:00:00Z",
      "2030-1-07T09:00:00Z",
      "30-01-07T09:00:00Z",
      "02030-01-07T09:00:00Z",
      "2030-00-07T09:00:00Z",
      "2030-13-07T09:00:00Z",
      "2030-02-29T09:00:00Z",
      "2030-04-31T09:00:00Z",
      "2030-01-00T09:00:00Z",
      "2030-01-07T24:00:00Z",
      "2030-01-07T09:60:00Z",
      "2030-01-07T09:00:60Z",
      "2030-01-07T09:00:00.Z",
      "2030-01-07T09:00:00,5Z",
      "2030-01-07T09:00:00.0000000000000Z",
      "2030-01-07T09:00:00+1:00",
      "2030-01-07T09:00:00+0100",
      "2030-01-07T09:00:00+14:01",
      "2030-01-07T09:00:00+10:60",
      "2030-01-07T09:00:00+01:00Z",
      "2030-01-07T-9:00:00Z",
      "0000-01-01T00:00:00Z",
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
  };
  for (const auto row : rows) EXPECT_EQ(parse_date_time(row), std::nullopt) << row;
}

TEST(LocalDateTime, ParsesValidSpellings) {
  const std::pair<std::string_view, Duration> rows[] = {
      {"2030-01-07T09:00", 0ms},
      {"2030-01-07T09:00:00", 0ms},
      {"2030-01-07T09:00:59", 59s},
      {"2030-01-07T09:00:00.1", 100ms},
      {"2030-01-07T09:00:00.0000000", 0ms},
      {"2030-01-07T09:00:00.1239999", 123ms},
  };
  for (const auto& [text, past] : rows)
    EXPECT_EQ(parse_local_date_time(text)->time, LocalTime((kMorning + past).time_since_epoch())) << text;
  EXPECT_EQ(parse_local_date_time("0001-01-01T00:00")->time, std::chrono::local_days(year(1) / 1 / 1));
  EXPECT_EQ(parse_local_date_time("9999-12-31T23:59:59.9999999")->time,
            std::chrono::local_days(year(9999) / 12 / 31) + 24h - 1ms);
}

TEST(LocalDateTime, RefusesInvalidSpellings) {
  const std::string_view rows[] = {
      "",
      "2030-01-07",
      "2030-01-07T",
      "2030-01-07T09",
      "2030-01-07T09:",
      "2030-01-07T09:00:",
      "2030-01-07T09:00:0",
      "2030-01-07T09:00:00.",
      "2030-01-07T09:00:00.12345678",
      "2030-01-07T09:00.5",
      "2030-01-07T9:00",
      "2030-01-07 09:00",
      "2030-01-07t09:00",
      "2030-01-07T09:00Z",
      "2030-01-07T09:00:00Z",
      "2030-01-07T09:00:00z",
      "2030-01-07T09:00:00.0000000Z",
      "2030-01-07T09:00+01:00",
      "2030-01-07T09:00:00+01:00",
      "2030-01-07T09:00:00-00:00",
      "2030-01-07T09:00:00.5+01:00",
      "2030-01-07T09:00:00 ",
      " 2030-01-07T09:00:00",
      "2030-01-07T24:00",
      "2030-01-07T09:60",
      "2030-01-07T09:00:60",
      "2030-02-29T09:00",
      "0000-01-01T00:00",
      "10000-01-01T00:00",
  };
  for (const auto text : rows) EXPECT_FALSE(parse_local_date_time(text)) << text;
}

TEST(DateTime, IsWrittenAsGraphWritesIt) {
  std::string out;
  append_date_time(out, kMorning + 42ms);
  out += ' ';
  append_date_time_seconds(out, kMorning + 999ms);
  out += ' ';
  append_http_date(out, kMorning);
  EXPECT_EQ(out, "2030-01-07T09:00:00.0420000Z 2030-01-07T09:00:00 Mon, 07 Jan 2030 09:00:00 GMT");
}

TEST(DateTime, ClampsTimesOutsideTheYearsOfFourDigits) {
  std::string out;
  append_date_time(out, Time(Duration::max()));
  append_date_time(out, Time(Duration::min()));
  EXPECT_EQ(out, "9999-12-31T23:59:59.9990000Z0001-01-01T00:00:00.0000000Z");
}

TEST(DateTime, ParsesWrittenTimes) {
  std::mt19937_64 random(3);
  std::uniform_int_distribution<std::int64_t> any(-62'135'596'800'000, 253'402'300'799'999);
  for (int i = 0; i < 20'000; ++i) {
    const Time time{Duration(any(random))};
    std::string out;
    append_date_time(out, time);
    ASSERT_EQ(parse_date_time(out), time) << out;
  }
}

TEST(Duration, IsWrittenInItsShortestForm) {
  const std::pair<Duration, std::string_view> rows[] = {
      {0ms, "PT0S"},
      {1ms, "PT0.001S"},
      {1500ms, "PT1.5S"},
      {20s, "PT20S"},
      {1h + 2min, "PT1H2M"},
      {24h, "P1D"},
      {30 * 24h + 3h + 5ms, "P30DT3H0.005S"},
  };
  for (const auto& [duration, text] : rows) {
    std::string out;
    append_duration(out, duration);
    EXPECT_EQ(out, text);
  }
}

TEST(Duration, ParsesWrittenDurations) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 20'000; ++i) {
    const Duration duration(random() % (std::uint64_t{1} << (1 + random() % 42)));
    std::string out;
    append_duration(out, duration);
    ASSERT_EQ(parse_duration(out), duration) << out;
  }
}

}  // namespace
}  // namespace porchlight
