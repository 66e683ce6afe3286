// read_feed(): tables of single rules, feeds as Outlook and Google write them, error messages, limits, hostile feeds,
// and properties over random feeds.
#include "calendar/feed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "calendar/feed_text.h"
#include "calendar/lines.h"

namespace porchlight::calendar {
namespace {

using namespace std::chrono_literals;
using presence::Calendar;
using presence::Span;

TEST(Feed, ReadsOneEvent) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      // Times in UTC, floating times, and times in a zone with an IANA or Windows name.
      {"DTSTART:20300107T090000Z\nDTEND:20300107T100000Z", "2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART:20300107T090000\nDTEND:20300107T100000", "2030-01-07T08:00/2030-01-07T09:00"},
      {"DTSTART;TZID=America/New_York:20300107T090000\nDTEND;TZID=America/New_York:20300107T100000",
       "2030-01-07T14:00/2030-01-07T15:00"},
      {"DTSTART;TZID=\"Pacific Standard Time\":20300107T090000\nDTEND:20300107T180000Z",
       "2030-01-07T17:00/2030-01-07T18:00"},
      {"dtstart;x-a=\"b;c:d\";tzid=UTC:20300107T090000\nduration:PT1H", "2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART;TZID=/citadel.org/20210210_1/Europe/Berlin:20300107T090000\nDURATION:PT1H",
       "2030-01-07T08:00/2030-01-07T09:00"},
      // Lengths.
      {"DTSTART:20300107T090000Z\nDURATION:PT1H30M", "2030-01-07T09:00/2030-01-07T10:30"},
      {"DTSTART:20300330T110000\nDURATION:P1D", "2030-03-30T10:00/2030-03-31T09:00"},
      {"DTSTART:20300330T110000\nDURATION:PT24H", "2030-03-30T10:00/2030-03-31T10:00"},
      {"DTSTART:20300330T110000\nDURATION:P1W", "2030-03-30T10:00/2030-04-06T09:00"},
      {"DTSTART:20300107T090000Z", ""},
      {"DTSTART:20300107T090000Z\nDTEND:20300107T090000Z", ""},
      {"DTSTART:20300107T090000Z\nDTEND:20300107T080000Z", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT0S", ""},
      // Whole days, also of 23 and of 25 hours.
      {"DTSTART;VALUE=DATE:20300107", "2030-01-06T23:00/2030-01-07T23:00"},
      {"DTSTART;VALUE=DATE:20300107\nDTEND;VALUE=DATE:20300110", "2030-01-06T23:00/2030-01-09T23:00"},
      {"DTSTART;VALUE=DATE:20300331\nDTEND;VALUE=DATE:20300401", "2030-03-30T23:00/2030-03-31T22:00"},
      {"DTSTART;VALUE=DATE:20301027\nDURATION:P1D", "2030-10-26T22:00/2030-10-27T23:00"},
      {"DTSTART;VALUE=DATE:20300107\nDTEND;VALUE=DATE:20300107", "2030-01-06T23:00/2030-01-07T23:00"},
      // Times in a gap and in an overlap.
      {"DTSTART:20300331T023000\nDTEND:20300331T040000", "2030-03-31T01:30/2030-03-31T02:00"},
      {"DTSTART:20301027T023000\nDTEND:20301027T033000", "2030-10-27T00:30/2030-10-27T02:30"},
      // Busy, out of office, or invisible.
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nTRANSP:OPAQUE\nSTATUS:CONFIRMED",
       "2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY",
       "2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
       "+ 2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:SOMETHING",
       "2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
       "+ 2030-01-07T09:00/2030-01-07T10:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY", ""},
      // Events that lie within the window in part.
      {"DTSTART:20291231T230000Z\nDTEND:20300101T010000Z", "2030-01-01T00:00/2030-01-01T01:00"},
      {"DTSTART:20301231T230000Z\nDTEND:20310101T010000Z", "2030-12-31T23:00/2031-01-01T00:00"},
      {"DTSTART:00010101T000000Z\nDTEND:99991231T235959Z", "2030-01-01T00:00/2031-01-01T00:00"},
      {"DTSTART:20291231T230000Z\nDTEND:20300101T000000Z", ""},
      {"DTSTART:20310101T000000Z\nDTEND:20310101T010000Z", ""},
      {"SUMMARY:No time at all", "~ line 3: this event has no DTSTART"},
  };
  for (const auto& [lines, expected] : rows) EXPECT_EQ(summary(event(lines)), expected) << lines;
}

TEST(Feed, ReadsRecurrences) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      // The local time stays the same across a change of the clocks.
      {"DTSTART;TZID=Europe/Berlin:20300330T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2",
       "2030-03-30T08:00/2030-03-30T09:00 2030-03-31T07:00/2030-03-31T08:00"},
      // UNTIL in UTC is converted to the zone of the event.
      {"DTSTART;TZID=America/"
       "New_York:20300107T200000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20300109T010000Z",
       "2030-01-08T01:00/2030-01-08T02:00 2030-01-09T01:00/2030-01-09T02:00"},
      {"DTSTART;TZID=America/"
       "New_York:20300107T200000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20300109T005959Z",
       "2030-01-08T01:00/2030-01-08T02:00"},
      {"DTSTART;TZID=Europe/Berlin:20300107T200000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20300108",
       "2030-01-07T19:00/2030-01-07T20:00 2030-01-08T19:00/2030-01-08T20:00"},
      // Days that touch are one span.
      {"DTSTART;VALUE=DATE:20300107\nRRULE:FREQ=DAILY;UNTIL=20300109", "2030-01-06T23:00/2030-01-09T23:00"},
      {"DTSTART;VALUE=DATE:20300107\nRRULE:FREQ=WEEKLY;UNTIL=20300113T225959Z",
       "2030-01-06T23:00/2030-01-07T23:00"},
      // A rule that starts before the window.
      {"DTSTART:20291225T000000Z\nDURATION:P1W\nRRULE:FREQ=WEEKLY;COUNT=2",
       "2030-01-01T00:00/2030-01-08T00:00"},
      {"DTSTART:19000101T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1",
       "2030-05-01T09:00/2030-05-01T10:00"},
      // EXDATE in the form of the start, in UTC, as a list and as a day; EXRULE.
      {"DTSTART;TZID=Europe/Berlin:20300107T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n"
       "EXDATE;TZID=Europe/Berlin:20300108T090000",
       "2030-01-07T08:00/2030-01-07T09:00 2030-01-09T08:00/2030-01-09T09:00"},
      {"DTSTART;TZID=Europe/Berlin:20300107T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n"
       "EXDATE:20300107T080000Z,20300109T080000Z",
       "2030-01-08T08:00/2030-01-08T09:00"},
      {"DTSTART;TZID=Europe/Berlin:20300107T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n"
       "EXDATE;VALUE=DATE:20300108",
       "2030-01-07T08:00/2030-01-07T09:00"},
      {"DTSTART;VALUE=DATE:20300107\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20300107",
       "2030-01-07T23:00/2030-01-08T23:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n"
       "EXDATE:20300107T090000Z,20300108T090000Z,20300109T090000Z",
       ""},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\nEXRULE:FREQ=DAILY;INTERVAL=2",
       "2030-01-08T09:00/2030-01-08T10:00 2030-01-10T09:00/2030-01-10T10:00"},
      // RDATE: another time, a period, with and without a rule.
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nRDATE:20300109T120000Z,20300111T120000Z",
       "2030-01-07T09:00/2030-01-07T10:00 2030-01-09T12:00/2030-01-09T13:00 "
       "2030-01-11T12:00/2030-01-11T13:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:20300109T120000Z/PT3H",
       "2030-01-07T09:00/2030-01-07T10:00 2030-01-09T12:00/2030-01-09T15:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=1\n"
       "RDATE;TZID=America/New_York;VALUE=PERIOD:20300109T120000/20300109T130000",
       "2030-01-07T09:00/2030-01-07T10:00 2030-01-09T17:00/2030-01-09T18:00"},
      {"DTSTART;VALUE=DATE:20300107\nRDATE;VALUE=DATE:20300108", "2030-01-06T23:00/2030-01-08T23:00"},
      {"DTSTART:20300107T090000Z\nDURATION:PT1H\nRDATE:20300109T120000Z\nEXDATE:20300109T120000Z",
       "2030-01-07T09:00/2030-01-07T10:00"},
      // Occurrences that overlap are one span.
      {"DTSTART:20300107T090000Z\nDURATION:PT25H\nRRULE:FREQ=DAILY;COUNT=3",
       "2030-01-07T09:00/2030-01-10T10:00"},
  };
  for (const auto& [lines, expected] : rows) EXPECT_EQ(summary(event(lines)), expected) << lines;
}

// A weekly meeting with four occurrences, the second of which an event with these lines overrides.
std::string overridden(std::string_view id, std::string_view lines) {
  return calendar_of(
      fmt::format("BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/"
                  "Berlin:20300107T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\n"
                  "END:VEVENT\nBEGIN:VEVENT\nUID:1\n{}\n{}\nEND:VEVENT\n",
                  id, lines));
}

TEST(Feed, ReadsOverrides) {
  constexpr std::string_view kFirst = "2030-01-07T08:00/2030-01-07T09:00";
  constexpr std::string_view kSecond = "2030-01-14T08:00/2030-01-14T09:00";
  constexpr std::string_view kThird = "2030-01-21T08:00/2030-01-21T09:00";
  const struct {
    std::string_view id, lines;
    std::string expected;
  } rows[] = {
      {"RECURRENCE-ID;TZID=Europe/Berlin:20300114T090000", "DTSTART:20300115T120000Z\nDURATION:PT2H",
       fmt::format("{} 2030-01-15T12:00/2030-01-15T14:00 {}", kFirst, kThird)},
      {"RECURRENCE-ID:20300114T080000Z", "DTSTART:20300115T120000Z\nDURATION:PT2H",
       fmt::format("{} 2030-01-15T12:00/2030-01-15T14:00 {}", kFirst, kThird)},
      {"RECURRENCE-ID;VALUE=DATE:20300114", "DTSTART:20300115T120000Z\nDURATION:PT2H",
       fmt::format("{} 2030-01-15T12:00/2030-01-15T14:00 {}", kFirst, kThird)},
      {"RECURRENCE-ID:20300114T080000Z", "DTSTART:20300114T080000Z\nSTATUS:CANCELLED",
       fmt::format("{} {}", kFirst, kThird)},
      {"RECURRENCE-ID:20300114T080000Z", "DTSTART:20300114T080000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT",
       fmt::format("{} {}", kFirst, kThird)},
      {"RECURRENCE-ID:20300114T080000Z",
       "DTSTART:20300114T080000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
       fmt::format("{} {}+ {}", kFirst, kThird, kSecond)},
      // An override that matches no occurrence is an event of its own.
      {"RECURRENCE-ID:20300114T090000Z", "DTSTART:20300115T120000Z\nDURATION:PT2H",
       fmt::format("{} {} 2030-01-15T12:00/2030-01-15T14:00 {}", kFirst, kSecond, kThird)},
      {"RECURRENCE-ID;RANGE=THISANDFUTURE:20300114T080000Z", "DTSTART:20300115T120000Z",
       fmt::format("{} {} {} ~ line 11: RECURRENCE-ID has a RANGE, which is not read", kFirst, kSecond,
                   kThird)},
      {"RECURRENCE-ID:soon", "DTSTART:20300115T120000Z",
       fmt::format("{} {} {} ~ line 11: RECURRENCE-ID is not a date or a time", kFirst, kSecond, kThird)},
  };
  for (const auto& row : rows) EXPECT_EQ(summary(overridden(row.id, row.lines)), row.expected) << row.id;
}

TEST(Feed, MatchesOverridesByUidWithinACalendar) {
  const std::string one = overridden("RECURRENCE-ID:20300114T080000Z", "STATUS:CANCELLED");
  const std::string other = event("DTSTART:20300114T080000Z\nDURATION:PT1H");
  EXPECT_EQ(summary(one + other),
            "2030-01-07T08:00/2030-01-07T09:00 2030-01-14T08:00/2030-01-14T09:00 "
            "2030-01-21T08:00/2030-01-21T09:00");
}

TEST(Feed, ReadsFreeBusy) {
  EXPECT_EQ(
      summary(calendar_of("BEGIN:VFREEBUSY\n"
                          "DTSTART:20300101T000000Z\nDTEND:20310101T000000Z\n"
                          "FREEBUSY:20300107T090000Z/20300107T100000Z\n"
                          "FREEBUSY;FBTYPE=BUSY:20300108T090000Z/PT1H,20300108T100000Z/PT30M\n"
                          "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20300109T090000Z/P1D\n"
                          "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20300110T090000Z/PT1H\n"
                          "FREEBUSY;FBTYPE=FREE:20300111T090000Z/PT1H\n"
                          "FREEBUSY;FBTYPE=X-OTHER:20300112T090000Z/PT1H\n"
                          "END:VFREEBUSY\n")),
      "2030-01-07T09:00/2030-01-07T10:00 2030-01-08T09:00/2030-01-08T10:30 2030-01-12T09:00/2030-01-12T10:00"
      "+ 2030-01-09T09:00/2030-01-10T09:00");
}

constexpr std::string_view kOutlook =
    "BEGIN:VCALENDAR\r\n"
    "PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\n"
    "VERSION:2.0\r\n"
    "METHOD:PUBLISH\r\n"
    "X-CALSTART:20291231T230000Z\r\n"
    "X-WR-RELCALID:{0000002E-9A2B-7C4D-8E5F-1A2B3C4D5E6F}\r\n"
    "X-WR-CALNAME:Kalender\r\n"
    "BEGIN:VTIMEZONE\r\n"
    "TZID:Customized Time Zone\r\n"
    "BEGIN:STANDARD\r\n"
    "DTSTART:16011028T030000\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n"
    "TZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\n"
    "END:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\n"
    "DTSTART:16010325T020000\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\n"
    "TZOFFSETFROM:+0100\r\n"
    "TZOFFSETTO:+0200\r\n"
    "END:DAYLIGHT\r\n"
    "END:VTIMEZONE\r\n"
    "BEGIN:VEVENT\r\n"
    "CLASS:PUBLIC\r\n"
    "DTEND;TZID=\"Customized Time Zone\":20300325T100000\r\n"
    "DTSTAMP:20300102T101112Z\r\n"
    "DTSTART;TZID=\"Customized Time Zone\":20300325T090000\r\n"
    "DESCRIPTION:A text that is so long that it has been folded\\, with 09:00 in i\r\n"
    " t and a line break\\n and more\r\n"
    "LAST-MODIFIED:20300102T101112Z\r\n"
    "PRIORITY:5\r\n"
    "RRULE:FREQ=WEEKLY;COUNT=3;BY\r\n"
    "\tDAY=MO\r\n"
    "SEQUENCE:0\r\n"
    "SUMMARY;LANGUAGE=de:Wochenplanung\r\n"
    "TRANSP:OPAQUE\r\n"
    "UID:040000008200E00074C5B7101A82E00800000000\r\n"
    "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n"
    "X-MICROSOFT-CDO-IMPORTANCE:1\r\n"
    "BEGIN:VALARM\r\n"
    "TRIGGER:-PT15M\r\n"
    "ACTION:DISPLAY\r\n"
    "DURATION:PT5M\r\n"
    "DESCRIPTION:Reminder\r\n"
    "END:VALARM\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\n"
    "CLASS:PUBLIC\r\n"
    "DTEND;TZID=\"Customized Time Zone\":20300402T120000\r\n"
    "DTSTART;TZID=\"Customized Time Zone\":20300402T110000\r\n"
    "RECURRENCE-ID;TZID=\"Customized Time Zone\":20300401T090000\r\n"
    "SUMMARY;LANGUAGE=de:Wochenplanung (verschoben)\r\n"
    "TRANSP:OPAQUE\r\n"
    "UID:040000008200E00074C5B7101A82E00800000000\r\n"
    "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\n"
    "DTEND;VALUE=DATE:20300720\r\n"
    "DTSTART;VALUE=DATE:20300706\r\n"
    "SUMMARY;LANGUAGE=de:Urlaub\r\n"
    "TRANSP:OPAQUE\r\n"
    "UID:040000008200E00074C5B7101A82E00800000001\r\n"
    "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n"
    "X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n"
    "END:VEVENT\r\n"
    "BEGIN:VEVENT\r\n"
    "DTEND;VALUE=DATE:20300504\r\n"
    "DTSTART;VALUE=DATE:20300503\r\n"
    "SUMMARY;LANGUAGE=de:Geburtstag\r\n"
    "TRANSP:TRANSPARENT\r\n"
    "UID:040000008200E00074C5B7101A82E00800000002\r\n"
    "RRULE:FREQ=YEARLY;BYMONTHDAY=3;BYMONTH=5\r\n"
    "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE\r\n"
    "X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n"
    "END:VEVENT\r\n"
    "END:VCALENDAR\r\n";

TEST(Feed, ReadsOutlook) {
  EXPECT_EQ(
      summary(kOutlook),
      "2030-03-25T08:00/2030-03-25T09:00 2030-04-02T09:00/2030-04-02T10:00 2030-04-08T07:00/2030-04-08T08:00"
      "+ 2030-07-05T22:00/2030-07-19T22:00");
}

constexpr std::string_view kGoogle =
    "BEGIN:VCALENDAR\n"
    "PRODID:-//Google Inc//Google Calendar 70.9054//EN\n"
    "VERSION:2.0\n"
    "CALSCALE:GREGORIAN\n"
    "METHOD:PUBLISH\n"
    "X-WR-CALNAME:adele@contoso.example\n"
    "X-WR-TIMEZONE:America/New_York\n"
    "BEGIN:VTIMEZONE\n"
    "TZID:America/New_York\n"
    "X-LIC-LOCATION:America/New_York\n"
    "BEGIN:DAYLIGHT\n"
    "TZOFFSETFROM:-0500\n"
    "TZOFFSETTO:-0400\n"
    "TZNAME:EDT\n"
    "DTSTART:19700308T020000\n"
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\n"
    "END:DAYLIGHT\n"
    "BEGIN:STANDARD\n"
    "TZOFFSETFROM:-0400\n"
    "TZOFFSETTO:-0500\n"
    "TZNAME:EST\n"
    "DTSTART:19701101T020000\n"
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\n"
    "END:STANDARD\n"
    "END:VTIMEZONE\n"
    "BEGIN:VEVENT\n"
    "DTSTART;TZID=America/New_York:20300304T093000\n"
    "DTEND;TZID=America/New_York:20300304T100000\n"
    "RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=20300315T035959Z;BYDAY=MO,TH\n"
    "EXDATE;TZID=America/New_York:20300307T093000\n"
    "DTSTAMP:20300102T101112Z\n"
    "ORGANIZER;CN=Adele Vance:mailto:adele@contoso.example\n"
    "UID:6h2k4j5l6k7j8h9g@google.com\n"
    "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Vance: A\n"
    " dele\";X-NUM-GUESTS=0:mailto:adele@contoso.example\n"
    "CREATED:20300101T101112Z\n"
    "SEQUENCE:1\n"
    "STATUS:CONFIRMED\n"
    "SUMMARY:Stand-up\n"
    "TRANSP:OPAQUE\n"
    "END:VEVENT\n"
    "BEGIN:VEVENT\n"
    "DTSTART;VALUE=DATE:20300704\n"
    "DTEND;VALUE=DATE:20300705\n"
    "UID:holiday@google.com\n"
    "STATUS:CONFIRMED\n"
    "SUMMARY:Independence Day\n"
    "TRANSP:TRANSPARENT\n"
    "END:VEVENT\n"
    "BEGIN:VEVENT\n"
    "DTSTART:20300305T150000Z\n"
    "DTEND:20300305T160000Z\n"
    "UID:one@google.com\n"
    "STATUS:CONFIRMED\n"
    "SUMMARY:Interview\n"
    "END:VEVENT\n"
    "END:VCALENDAR\n";

TEST(Feed, ReadsGoogle) {
  EXPECT_EQ(
      summary(kGoogle),
      "2030-03-04T14:30/2030-03-04T15:00 2030-03-05T15:00/2030-03-05T16:00 2030-03-11T13:30/2030-03-11T14:00 "
      "2030-03-14T13:30/2030-03-14T14:00");
}

// An event at nine o'clock in a zone that the feed defines by these lines.
std::string described(std::string_view zone, std::string_view day) {
  return calendar_of(
      fmt::format("BEGIN:VTIMEZONE\nTZID:Here\n{}\nEND:VTIMEZONE\n"
                  "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Here:{}T090000\nDURATION:PT1H\nEND:VEVENT\n",
                  zone, day));
}

TEST(Feed, ReadsTimeZonesOfTheFeed) {
  const std::string_view summer =
      "BEGIN:STANDARD\nDTSTART:20201025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
      "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\n"
      "BEGIN:DAYLIGHT\nDTSTART:20210328T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
      "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT";
  const std::string_view fixed =
      "BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+053020\nTZOFFSETTO:+053020\nEND:STANDARD";
  const std::string_view ended =
      "BEGIN:STANDARD\nDTSTART:20201025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n"
      "RRULE:FREQ=YEARLY;UNTIL=20211031T010000Z;BYMONTH=10;BYDAY=-1SU\nRDATE:20300601T030000\nEND:STANDARD\n"
      "BEGIN:DAYLIGHT\nDTSTART:20210328T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n"
      "BEGIN:DAYLIGHT\nDTSTART:20300501T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT";
  const struct {
    std::string_view zone, day, expected;  // what is wrong with the zone, or the span
  } rows[] = {
      {summer, "20300107", "2030-01-07T08:00/2030-01-07T09:00"},
      {summer, "20300707", "2030-07-07T07:00/2030-07-07T08:00"},
      {summer, "20300330", "2030-03-30T08:00/2030-03-30T09:00"},
      {summer, "20300331", "2030-03-31T07:00/2030-03-31T08:00"},
      {fixed, "20300707", "2030-07-07T03:29/2030-07-07T04:29"},
      {ended, "20300107", "2030-01-07T08:00/2030-01-07T09:00"},
      {ended, "20300507", "2030-05-07T07:00/2030-05-07T08:00"},
      {ended, "20300607", "2030-06-07T08:00/2030-06-07T09:00"},
      {"", "20300107", "line 3: this time zone says nothing of its offset"},
      {"BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETTO:+0100\nEND:STANDARD", "20300107",
       "line 5: this part of a time zone lacks a good DTSTART, TZOFFSETFROM or TZOFFSETTO"},
      {"BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+1\nTZOFFSETTO:+0100\nEND:STANDARD", "20300107",
       "line 5: this part of a time zone lacks a good DTSTART, TZOFFSETFROM or TZOFFSETTO"},
      {"BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nRRULE:NO\nEND:"
       "STANDARD",
       "20300107", "line 9: RRULE cannot be read"},
      {"BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nRDATE:NO\nEND:"
       "STANDARD",
       "20300107", "line 9: RDATE is not one date and time"},
      {"BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\n"
       "RRULE:FREQ=SECONDLY\nEND:STANDARD",
       "20300107", "line 9: RRULE makes the recurrences too much work"},
  };
  for (const auto& row : rows) {
    std::string expected(row.expected);
    if (expected.starts_with("line"))
      expected = fmt::format("{} line {}: DTSTART has a TZID whose VTIMEZONE cannot be read: {}",
                             expected.ends_with("work") ? '!' : '~', 9 + std::ranges::count(row.zone, '\n'),
                             row.expected);
    EXPECT_EQ(summary(described(row.zone, row.day)), expected) << row.zone << row.day;
  }
  // Times in the gap from 02:00 to 03:00 and in the overlap.
  const auto hour = [&](std::string_view start) {
    std::string feed = described(summer, "20300107");
    feed.replace(feed.find("20300107T090000"), 15, start);
    return summary(feed);
  };
  EXPECT_EQ(hour("20300331T023000"), "2030-03-31T01:30/2030-03-31T02:30");
  EXPECT_EQ(hour("20301027T023000"), "2030-10-27T00:30/2030-10-27T01:30");
}

TEST(Feed, ReportsErrorsWithTheirLine) {
  const std::pair<std::string, std::string_view> rows[] = {
      {"", "! there is no VCALENDAR in it"},
      {"<!doctype html>\n<html>Sign in: here</html>", "! there is no VCALENDAR in it"},
      {"BEGIN:VEVENT\nEND:VEVENT\n", "! there is no VCALENDAR in it"},
      {"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "! line 2: this component has no END"},
      {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", "~ line 2: this component has no END"},
      {event("DTSTART:tomorrow"), "~ line 5: DTSTART is not a date or a time"},
      {event("DTSTART:20300230"), "~ line 5: DTSTART is not a date or a time"},
      {event("DTSTART:20300107T250000Z"), "~ line 5: DTSTART is not a date or a time"},
      {event("DTSTART:00000101T000000Z"), "~ line 5: DTSTART is not a date or a time"},
      {event("DTSTART;TZID=Nowhere:20300107T090000"),
       "~ line 5: DTSTART has a TZID that is not known and not described"},
      {event("DTSTART:20300107T090000Z\nDTEND:20300108"),
       "~ line 6: DTEND is not a date or a time as DTSTART is"},
      {event("DTSTART:20300107T090000Z\nDTEND;TZID=Nowhere:20300108T090000"),
       "~ line 6: DTEND has a TZID that is not known and not described"},
      {event("DTSTART:20300107T090000Z\nDURATION:1h"), "~ line 6: DURATION is not a length of time"},
      {event("DTSTART:20300107T090000Z\nDURATION:-PT1H"), "~ line 6: DURATION is not a length of time"},
      {event("DTSTART:20300107T090000Z\nRRULE:FREQ=NEVER"),
       "~ line 6: RRULE is not a recurrence that can be read"},
      {event("DTSTART:20300107T090000Z\nEXDATE:20300107T090000Z,never"),
       "~ line 6: EXDATE is not a date or a time"},
      {event("DTSTART:20300107T090000Z\nEXDATE:"), "~ line 6: EXDATE is not a date or a time"},
      {event("DTSTART:20300107T090000Z\nRDATE:now"), "~ line 6: RDATE is not a date or a time"},
      {event("DTSTART:20300107T090000Z\nRDATE;VALUE=PERIOD:20300107T090000Z/soon"),
       "~ line 6: RDATE is not a period of time"},
      {calendar_of("BEGIN:VFREEBUSY\nFREEBUSY:20300107/P1D\nEND:VFREEBUSY\n"),
       "~ line 4: FREEBUSY is not a period of time"},
      {calendar_of("BEGIN:VFREEBUSY\nFREEBUSY:20300107T090000Z\nEND:VFREEBUSY\n"),
       "~ line 4: FREEBUSY is not a period of time"},
  };
  for (const auto& [feed, expected] : rows) EXPECT_EQ(summary(feed), expected) << feed;
}

TEST(Feed, SkipsWhatItDoesNotRead) {
  EXPECT_EQ(summary("\xef\xbb\xbf" + event("DTSTART:20300107T090000Z\nDURATION:PT1H\n\nno content line\n"
                                           "GEO:nowhere\nSUMMARY:\xff\xfe\nATTACH;VALUE=BINARY:!!!")),
            "2030-01-07T09:00/2030-01-07T10:00");
  EXPECT_EQ(summary(calendar_of(
                "BEGIN:VTODO\nDTSTART:wrong\nEND:VTODO\nBEGIN:X-THING\nBEGIN:VEVENT\nDTSTART:wrong\n"
                "END:VEVENT\nEND:X-THING\n")),
            "");
  EXPECT_EQ(summary(event("DTSTART:wrong\nSTATUS:CANCELLED")), "");
}

// --- limits ---

TEST(FeedLimit, Bytes) {
  std::string feed = event("DTSTART:20300107T090000Z\nDURATION:PT1H");
  feed += std::string(kFeedBytesDefault - feed.size(), '\n');
  EXPECT_EQ(summary(feed), "2030-01-07T09:00/2030-01-07T10:00");
  EXPECT_EQ(summary(feed + '\n'), "! it is larger than 8388608 bytes, the setting calendar.feed_bytes");
  const FeedOptions small{.zone = kBerlin, .window = kYear, .owner = {}, .settings = {.bytes_max = 2000}};
  EXPECT_TRUE(read_feed(feed.substr(0, 2000), small));
  EXPECT_EQ(read_feed(feed.substr(0, 2001), small).error(),
            "it is larger than 2000 bytes, the setting calendar.feed_bytes");
}

TEST(FeedLimit, Parameters) {
  const auto with = [](std::size_t bytes) {
    return summary(event("DTSTART;X-A=" + std::string(bytes - 4, 'b') + ":20300107T090000Z\nDURATION:PT1H"));
  };
  EXPECT_EQ(with(kParametersBytesMax), "2030-01-07T09:00/2030-01-07T10:00");
  EXPECT_EQ(with(kParametersBytesMax + 1),
            "~ line 5: DTSTART has too many parameters, in bytes more than 1024");
}

// What is past, and components that are not read, count for nothing.
TEST(FeedLimit, SevenYearsOfThePast) {
  std::string inside;
  for (int i = 0; i < 7'000; ++i)
    inside += fmt::format(
        "BEGIN:VEVENT\nUID:{}\nDTSTART:2024{:02}{:02}T090000Z\nDTEND:2024{:02}{:02}T093000Z\n"
        "DESCRIPTION:{}\nBEGIN:VALARM\nTRIGGER:-PT10M\nACTION:DISPLAY\nEND:VALARM\nEND:VEVENT\n"
        "BEGIN:VTODO\nDUE:20240101T000000Z\nEND:VTODO\n",
        i, i % 12 + 1, i % 28 + 1, i % 12 + 1, i % 28 + 1, std::string(300, 'd'));
  inside += "BEGIN:VEVENT\nUID:next\nDTSTART:20300107T090000Z\nDTEND:20300107T093000Z\nEND:VEVENT\n";
  EXPECT_GT(inside.size(), 3u << 20);
  EXPECT_EQ(summary(calendar_of(inside)), "2030-01-07T09:00/2030-01-07T09:30");
}

TEST(FeedLimit, BirthdaysOfThousandsOfPeople) {
  std::string inside;
  for (int i = 0; i < 4'000; ++i)
    inside += fmt::format(
        "BEGIN:VEVENT\nDTSTART:19{:02}{:02}{:02}T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY\nEND:VEVENT\n",
        i % 100, i % 12 + 1, i % 28 + 1);
  EXPECT_TRUE(read(calendar_of(inside)));
}

TEST(FeedLimit, Depth) {
  const auto nested = [](std::size_t depth) {
    std::string inside;
    for (std::size_t i = 2; i <= depth; ++i) inside += "BEGIN:X-A\n";
    for (std::size_t i = 2; i <= depth; ++i) inside += "END:X-A\n";
    return summary(calendar_of(inside));
  };
  EXPECT_EQ(nested(kDepthMax), "");
  EXPECT_EQ(nested(kDepthMax + 1), "! line 10: components are nested deeper than 8");
  EXPECT_EQ(nested(40'000), "! line 10: components are nested deeper than 8");
}

TEST(FeedLimit, Occurrences) {
  const auto minutes = [](std::size_t count) {
    return event(
        fmt::format("DTSTART:20300107T090000Z\nDURATION:PT30S\nRRULE:FREQ=MINUTELY;COUNT={}", count));
  };
  EXPECT_EQ(read(minutes(kOccurrencesMax))->calendar.busy.size(), kOccurrencesMax);
  EXPECT_EQ(summary(minutes(kOccurrencesMax + 1)),
            "! line 5: DTSTART makes too many occurrences, more than 10000");
}

TEST(FeedLimit, WorkBudget) {
  const auto before = [](std::int64_t count) {
    return event(
        fmt::format("DTSTART:20260101T090000Z\nDURATION:PT30S\nRRULE:FREQ=MINUTELY;COUNT={}", count));
  };
  EXPECT_EQ(summary(before(kWorkMax / 2)), "");
  EXPECT_EQ(summary(before(kWorkMax / 2 + 1)), "! line 7: RRULE makes the recurrences too much work");
}

TEST(FeedLimit, AStopEndsTheReadingWithinALine) {
  std::string text = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 100'000; ++i) text += "X-LINE:1\n";
  text += "END:VCALENDAR\n";
  std::stop_source stop;
  stop.request_stop();
  WorkBudget work(stop.get_token());
  std::string joined;
  SkipReport skipped;
  EXPECT_FALSE(parse_components(text, joined, work, skipped));
  EXPECT_LE(work.bytes(), std::string_view("BEGIN:VCALENDAR").size());
  FeedOptions options;
  EXPECT_TRUE(read_feed(text, options));
  options.stop = stop.get_token();
  EXPECT_FALSE(read_feed(text, options));
}

// The properties that are lists, and everything else that a feed can repeat: twice the feed costs at most 2.2 times the
// work. Counted, not timed.
TEST(FeedLimit, WorkIsLinearInTheSizeOfTheFeed) {
  const auto many = [](std::size_t count, const auto& line) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += line(i);
    return text;
  };
  const std::string start = "DTSTART:20290107T090000Z\nDURATION:PT1H\n";
  const std::string zone = "TZID=America/New_York" + std::string(900, ' ');
  const std::string described =
      "BEGIN:VTIMEZONE\nTZID:Here\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0530\n"
      "TZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE\n";
  const std::pair<std::string_view, std::function<std::string(std::size_t)>> rows[] = {
      {"EXDATE in one line",
       [&](std::size_t n) {
         return event(fmt::format("{}EXDATE;{}:{}20290107T090000", start, zone,
                                  many(n, [](auto) { return "20290107T090000,"; })));
       }},
      {"RDATE in one line",
       [&](std::size_t n) {
         return event(fmt::format("{}RDATE;{}:{}20290107T090000", start, zone,
                                  many(n, [](auto) { return "20290107T090000,"; })));
       }},
      {"periods of RDATE",
       [&](std::size_t n) {
         return event(fmt::format("{}RDATE;VALUE=PERIOD;{}:{}20290107T090000/PT1H", start, zone,
                                  many(n, [](auto) { return "20290107T090000/PT1H,"; })));
       }},
      {"FREEBUSY in one line",
       [&](std::size_t n) {
         return calendar_of(
             fmt::format("BEGIN:VFREEBUSY\nFREEBUSY;{}:{}20290107T090000/PT1H\nEND:VFREEBUSY\n", zone,
                         many(n, [](auto) { return "20290107T090000/PT1H,"; })));
       }},
      {"EXDATE in many lines",
       [&](std::size_t n) {
         return event(start + many(n, [](auto) { return "EXDATE;TZID=Europe/Paris:20290107T090000\n"; }));
       }},
      {"parameters",
       [&](std::size_t n) {
         return event("DTSTART" + many(n, [](auto) { return ";A=\"b\""; }) + ":20300107T090000");
       }},
      {"ATTENDEE",
       [&](std::size_t n) {
         return event(start +
                      many(n, [](auto i) { return fmt::format("ATTENDEE;CN=x:mailto:p{}@a.org\n", i); }));
       }},
      {"zones of the feed by many names",
       [&](std::size_t n) {
         return calendar_of(described + many(n, [](auto i) {
                              return fmt::format(
                                  "BEGIN:VEVENT\nDTSTART;TZID=Here{}:20290107T090000\nEND:VEVENT\n", i);
                            }));
       }},
      {"one zone of the feed",
       [&](std::size_t n) {
         return calendar_of(described + many(n, [](auto) {
                              return "BEGIN:VEVENT\nDTSTART;TZID=hERE:20290107T090000\nEND:VEVENT\n";
                            }));
       }},
      {"a broken zone of the feed",
       [&](std::size_t n) {
         return calendar_of(
             "BEGIN:VTIMEZONE\nTZID:Here\nBEGIN:STANDARD\nDTSTART:16010101T000000\n" +
             many(n, [](auto) { return "RDATE:20290107T090000\n"; }) +
             "TZOFFSETFROM:+0530\nTZOFFSETTO:+0530\nRRULE:NO\nEND:STANDARD\nEND:VTIMEZONE\n" +
             many(n, [](auto) { return "BEGIN:VEVENT\nDTSTART;TZID=Here:20290107T090000\nEND:VEVENT\n"; }));
       }},
      {"overrides",
       [&](std::size_t n) {
         return calendar_of(many(n, [](auto i) {
           return fmt::format(
               "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20290107T{:02}0000Z\nSTATUS:CANCELLED\nEND:VEVENT\n",
               i % 24);
         }));
       }},
      {"components without an END",
       [&](std::size_t n) { return calendar_of(many(n, [](auto) { return "BEGIN:VEVENT\nDTSTART:1\n"; })); }},
      {"folded lines",
       [&](std::size_t n) {
         return event(fmt::format("{}UID:{}", start, many(n, [](auto) { return "\n x"; })));
       }},
      {"recurrences",
       [&](std::size_t n) {
         return calendar_of(many(n / 8, [](auto) {
           return "BEGIN:VEVENT\nDTSTART:20290107T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY\nEND:VEVENT\n";
         }));
       }},
  };
  for (const auto& [name, feed] : rows) {
    const auto once = read(feed(4'000)), twice = read(feed(8'000));
    ASSERT_TRUE(once && twice) << name << (once ? "" : once.error()) << (twice ? "" : twice.error());
    EXPECT_GT(once->work.bytes(), 4'000u) << name;
    EXPECT_LE(10 * twice->work.bytes(), 22 * once->work.bytes()) << name;
    EXPECT_LE(10 * twice->work.steps(), 22 * once->work.steps()) << name;
  }
}

// Feeds that were slow once: each is read or refused within the budget of steps, and examined a few times at most.
TEST(FeedLimit, BoundsTheWorkOfHostileFeeds) {
  const auto many = [](std::string_view lines) {
    const std::string one = fmt::format("BEGIN:VEVENT\nUID:1\n{}\nEND:VEVENT\n", lines);
    std::string inside;
    for (std::size_t i = 0; i < 900'000 / one.size(); ++i) inside += one;
    return calendar_of(inside);
  };
  const std::string rows[] = {
      event("DTSTART:00010101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY"),
      event("DTSTART:00010101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;COUNT=2147483647"),
      event("DTSTART:20300101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
      event("DTSTART:00010101T000000Z\nDURATION:P9999999W\nRRULE:FREQ=DAILY"),
      many("DTSTART:00010101T000000Z\nDURATION:P9999999W\nRRULE:FREQ=DAILY"),
      many("DTSTART:20300101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"),
      many("DTSTART:20300101T000000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;COUNT=2000000000;BYMONTH=2;BYMONTHDAY="
           "30"),
      many("DTSTART:20300101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;INTERVAL=12;BYMONTH=3"),
      many("RECURRENCE-ID:20300107T090000Z\nDTSTART:20300101T000000Z"),
      many("DTSTART;TZID=X:20300101T000000\nSTATUS:CANCELLED"),
      calendar_of(std::string(900'000, ':')),
      calendar_of(std::string(900'000, '"')),
      calendar_of("DTSTART" + std::string(900'000, ';') + ":\n"),
      event("DTSTART" + std::string(900'000, ';') + ":20300107T090000"),
      event("DTSTART:20300107T090000Z\nEXDATE:" + std::string(900'000, ',')),
      event("RRULE:" + std::string(900'000, ';')),
      std::string(900'000, '\r'),
  };
  for (const std::string& feed : rows) {
    const auto reading = read(feed);
    if (reading) {
      EXPECT_LE(reading->work.bytes(), 4 * feed.size()) << feed.substr(0, 200);
      EXPECT_LE(reading->work.steps(), kWorkMax) << feed.substr(0, 200);
    }
    if (std::getenv("SHOW")) {
      const auto begin = std::chrono::steady_clock::now();
      const std::string text = summary(feed);
      fmt::print("{} ms {:.150}\n", (std::chrono::steady_clock::now() - begin) / 1ms, text);
    }
  }
}

// --- properties ---

// A random feed with events of several kinds from 2028 to 2030.
std::string random_feed(std::mt19937& random) {
  const auto roll = [&random](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  static constexpr std::string_view kRules[] = {
      "RRULE:FREQ=DAILY\n",
      "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=40\n",
      "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,SU\n",
      "RRULE:FREQ=MONTHLY;BYDAY=-1FR\n",
      "RRULE:FREQ=MONTHLY;BYMONTHDAY=31\n",
      "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\n",
      "RRULE:FREQ=HOURLY;INTERVAL=7;UNTIL=20300401T000000Z\n",
      "RDATE:20300331T023000,20301027T023000\n",
      "",
  };
  static constexpr std::string_view kKinds[] = {
      "", "TRANSP:TRANSPARENT\n", "X-MICROSOFT-CDO-BUSYSTATUS:OOF\n", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\n"};
  static constexpr std::string_view kZones[] = {"", ";TZID=America/New_York", ";TZID=Australia/Lord_Howe"};
  std::string inside;
  for (int i = roll(1, 6); i > 0; --i) {
    const auto day = fmt::format("20{:02}{:02}{:02}", roll(28, 30), roll(1, 12), roll(1, 28));
    const bool whole = roll(0, 3) == 0;
    const std::string start =
        whole ? fmt::format("DTSTART;VALUE=DATE:{}\n", day)
              : fmt::format("DTSTART{}:{}T{:02}3000\n", kZones[roll(0, 2)], day, roll(0, 23));
    const std::string length =
        whole ? fmt::format("DURATION:P{}D\n", roll(1, 9)) : fmt::format("DURATION:PT{}H\n", roll(1, 60));
    inside += fmt::format("BEGIN:VEVENT\nUID:{}\n{}{}{}{}END:VEVENT\n", i, start, length, kKinds[roll(0, 3)],
                          kRules[roll(0, static_cast<int>(std::size(kRules)) - 1)]);
  }
  return calendar_of(inside);
}

// The spans of two adjacent windows as those of one window.
std::vector<Span> joined(std::vector<Span> first, const std::vector<Span>& second) {
  for (const Span& span : second) {
    if (!first.empty() && first.back().until == span.from)
      first.back().until = span.until;
    else
      first.push_back(span);
  }
  return first;
}

TEST(FeedProperty, TwoAdjacentWindowsGiveTheSpansOfOne) {
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    const std::string feed = random_feed(random);
    const Time middle = kYear.from + std::uniform_int_distribution<int>(0, 365 * 24 * 4)(random) * 15min;
    const auto all = read(feed), before = read(feed, {kYear.from, middle}),
               after = read(feed, {middle, kYear.until});
    ASSERT_TRUE(all && before && after) << feed << (all ? "" : all.error());
    const Calendar *whole = &all->calendar, *first = &before->calendar, *second = &after->calendar;
    ASSERT_EQ(to_text(joined(first->busy, second->busy)), to_text(whole->busy)) << to_text(middle) << feed;
    ASSERT_EQ(to_text(joined(first->out_of_office, second->out_of_office)), to_text(whole->out_of_office))
        << feed;
  }
}

TEST(FeedProperty, SpansAreSortedDisjointAndWithinTheWindow) {
  std::mt19937 random(6);
  for (int i = 0; i < 300; ++i) {
    const std::string feed = random_feed(random);
    const auto reading = read(feed);
    ASSERT_TRUE(reading);
    for (const auto* spans : {&reading->calendar.busy, &reading->calendar.out_of_office}) {
      Time last = kYear.from - 1ms;
      for (const Span& span : *spans) {
        ASSERT_LT(last, span.from) << feed;
        ASSERT_LT(span.from, span.until) << feed;
        last = span.until;
      }
      ASSERT_LE(last, kYear.until) << feed;
    }
  }
}

// Lines may be folded at any byte, also within a character, and end with LF or CR LF.
TEST(FeedProperty, FoldingChangesNothing) {
  for (const std::string_view feed : {kOutlook, kGoogle}) {
    for (const std::size_t width : {1u, 7u, 40u}) {
      for (const std::string_view fold : {"\r\n ", "\n\t"}) {
        std::string folded;
        std::size_t column = 0;
        for (const char c : feed) {
          if (c != '\r' && c != '\n' && column++ == width) folded += fold, column = 1;
          if (c == '\n') column = 0;
          folded += c;
        }
        EXPECT_EQ(summary(folded), summary(feed)) << width;
      }
    }
  }
}

TEST(FeedProperty, ThreadsReadTheSame) {
  const std::string expected = summary(kOutlook);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&expected] {
      for (int turn = 0; turn < 20; ++turn) EXPECT_EQ(summary(kOutlook), expected);
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace porchlight::calendar
