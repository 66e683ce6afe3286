// Feeds as real producers write them: what is read although it is not as in the RFC, what is skipped, and what is
// refused as a whole.
#include <gtest/gtest.h>

#include "calendar/feed_text.h"
#include "calendar/zone_names.h"

namespace porchlight::calendar {
namespace {

constexpr std::string_view kNine = "2030-01-07T09:00/2030-01-07T10:00";

// A good event at nine before and one at eleven after the odd one, whose first line is line 8.
std::string among_good(std::string_view odd) {
  return calendar_of(
      fmt::format("BEGIN:VEVENT\nUID:g1\nDTSTART:20300107T090000Z\nDURATION:PT1H\nEND:VEVENT\n{}"
                  "BEGIN:VEVENT\nUID:g2\nDTSTART:20300107T110000Z\nDURATION:PT1H\nEND:VEVENT\n",
                  odd));
}

constexpr std::string_view kGood = "2030-01-07T09:00/2030-01-07T10:00 2030-01-07T11:00/2030-01-07T12:00";

TEST(OddFeeds, OneBadComponentNeverTakesTheGoodOnes) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      // The lines of an event that cannot be read, and why.
      {"DTSTART;TZID=Customized Time Zone:20240426T140000",
       "9: DTSTART has a TZID that is not known and not described"},
      {"DTSTART;TZID=GMT Standard Time 1:20300426T140000",
       "9: DTSTART has a TZID that is not known and not described"},
      {"DTSTART:20300107T130000Z\nDTEND;TZID=Nowhere:20300107T140000",
       "10: DTEND has a TZID that is not known and not described"},
      {"DTSTART:00000101T000000Z", "9: DTSTART is not a date or a time"},
      {"DTSTART:20300230", "9: DTSTART is not a date or a time"},
      {"DTSTART:", "9: DTSTART is not a date or a time"},
      {"DTSTART", "8: this event has no DTSTART"},
      {"SUMMARY:nothing else", "8: this event has no DTSTART"},
      {"DTSTART;VALUE=DATE:20300107\nDTEND:20300107T140000Z",
       "10: DTEND is not a date or a time as DTSTART is"},
      {"DTSTART:20300107T130000Z\nDTEND;VALUE=DATE:20300108",
       "10: DTEND is not a date or a time as DTSTART is"},
      {"DTSTART:20300107T130000Z\nDTEND:later", "10: DTEND is not a date or a time"},
      {"DTSTART:20300107T130000Z\nDURATION:1 hour", "10: DURATION is not a length of time"},
      {"DTSTART:20300107T130000Z\nDURATION:-PT1H", "10: DURATION is not a length of time"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRRULE:FREQ=SOMETIMES",
       "11: RRULE is not a recurrence that can be read"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRRULE:", "11: RRULE is not a recurrence that can be read"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXRULE:FREQ=",
       "12: EXRULE is not a recurrence that can be read"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRRULE:RSCALE=CHINESE;FREQ=YEARLY",
       "11: RRULE is not a recurrence that can be read"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:20300108T130000Z,soon",
       "12: EXDATE is not a date or a time"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE;TZID=Nowhere:20300108T130000",
       "12: EXDATE has a TZID that is not known and not described"},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRDATE:20300109", ""},
      {"DTSTART:20300107T130000Z\nDURATION:PT1H\nRDATE:20300109T130000Z/x",
       "11: RDATE is not a period of time"},
      {"RECURRENCE-ID;RANGE=THISANDFUTURE:20300107T130000Z\nDTSTART:20300107T130000Z\nDURATION:PT1H",
       "9: RECURRENCE-ID has a RANGE, which is not read"},
      {"RECURRENCE-ID;TZID=Nowhere:20300107T130000\nSTATUS:CANCELLED",
       "9: RECURRENCE-ID has a TZID that is not known and not described"},
      {"DTSTART:2030\xff", "9: DTSTART is not a date or a time"},
  };
  for (const auto& [lines, reason] : rows) {
    if (reason.empty()) continue;
    EXPECT_EQ(summary(among_good(fmt::format("BEGIN:VEVENT\n{}\nEND:VEVENT\n", lines))),
              fmt::format("{} ~ line {}", kGood, reason))
        << lines;
  }
  // What shows nothing is not examined, so it is no fault.
  for (const std::string_view mark :
       {"STATUS:CANCELLED", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE"})
    EXPECT_EQ(
        summary(among_good(fmt::format("BEGIN:VEVENT\nDTSTART;TZID=Nowhere:1\n{}\nEND:VEVENT\n", mark))),
        kGood);
}

TEST(OddFeeds, AnUnreadOverrideLeavesTheSeriesAsItIs) {
  const auto with = [](std::string_view lines) {
    return summary(calendar_of(
        fmt::format("BEGIN:VEVENT\nUID:1\nDTSTART:20300107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n"
                    "END:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20300107T090000Z\n{}\nEND:VEVENT\n",
                    lines)));
  };
  const std::string both = std::string(kNine) + " 2030-01-08T09:00/2030-01-08T10:00";
  EXPECT_EQ(with("DTSTART:soon"), both + " ~ line 12: DTSTART is not a date or a time");
  EXPECT_EQ(with("DTSTART:20300107T100000Z\nDTEND:x"), both + " ~ line 13: DTEND is not a date or a time");
  EXPECT_EQ(with("DTSTART:soon\nSTATUS:CANCELLED"), "2030-01-08T09:00/2030-01-08T10:00");
}

TEST(OddFeeds, CountsAllAndShowsTheFirstTen) {
  std::string inside = "BEGIN:VEVENT\nDTSTART:20300107T090000Z\nDURATION:PT1H\nEND:VEVENT\n";
  for (int i = 0; i < 1'000; ++i) inside += "BEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\n";
  // Overrides are read first, and reported in their place all the same.
  inside += "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:x\nEND:VEVENT\n";
  const auto calendar = read(calendar_of(inside))->calendar;
  EXPECT_EQ(calendar.busy.size(), 1u);
  EXPECT_EQ(calendar.skipped.count, 1'001u);
  ASSERT_EQ(calendar.skipped.first.size(), 10u);
  EXPECT_EQ(calendar.skipped.first.front(), (presence::SkippedItem{8, "DTSTART is not a date or a time"}));
  EXPECT_EQ(calendar.skipped.first.back().line, 8u + 9 * 3);
}

TEST(OddFeeds, ReadsZoneNames) {
  // What stands after `TZID=` or `TZID:` of the description, and in the line; the zone described is at +05:30.
  const struct {
    std::string_view property, parameter;
  } described[] = {
      {"(UTC+05:30) Chennai\\, Kolkata\\, Mumbai", "\"(UTC+05:30) Chennai, Kolkata, Mumbai\""},
      {"(UTC+05:30) Chennai, Kolkata, Mumbai", "\"(UTC+05:30) Chennai, Kolkata, Mumbai\""},
      {"\"(UTC+05:30) Chennai, Kolkata\"", "\"(UTC+05:30) Chennai, Kolkata\""},
      {"(UTC+05:30) Chennai\\, Kolkata", "(UTC+05:30) Chennai, Kolkata"},
      {"(UTC+05:30) Chennai\\, Kolkata", "(UTC+05:30) Chennai\\, Kolkata"},
      {"A\\;B", "\"A;B\""},
      {"A\\;B", "A\\;B"},
      {"A\\\\B", "A\\\\B"},
      {"A\\\\B", "A\\B"},
      {"A\\nB", "A^nB"},
      {"A^B", "A^^B"},
      {"A\"B", "A^'B"},
      {"Office Time", "office TIME"},
      {"  Office Time ", "Office Time"},
      {"Office Time", "\"Office Time"},
      {"Customized Time Zone", "Customized Time Zone"},
      {"GMT+0200", "GMT+0200"},
      {"Kalkutta \xc3\xa4", "Kalkutta \xc3\xa4"},
      {"Off\n ice", "O\n\tffice"},
  };
  for (const auto& row : described) {
    const std::string feed = calendar_of(fmt::format(
        "BEGIN:VTIMEZONE\nTZID:{}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0530\n"
        "TZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE\n"
        "BEGIN:VEVENT\nDTSTART;TZID={}:20300107T143000\nDTEND;TZID={}:20300107T153000\nEND:VEVENT\n",
        row.property, row.parameter, row.parameter));
    EXPECT_EQ(summary(feed), kNine) << row.property << " | " << row.parameter;
  }
  const std::pair<std::string_view, std::string_view> known[] = {
      {"Europe/Berlin", "10"},
      {"europe/BERLIN", "10"},
      {"W. Europe Standard Time", "10"},
      {"w. europe standard time", "10"},
      {"W. Europe", "10"},
      {"W. Europe Daylight Time", "10"},
      {"Eastern", "04"},
      {"Eastern Daylight Time", "04"},
      {"Malay Peninsula Standard Time", "17"},
      {"Mexico Standard Time", "03"},
      {"Prague Bratislava", "10"},
      {"tzone://Microsoft/Utc", "09"},
      {"/example.org/2030/Europe/Berlin", "10"},
      {"GMT+0200", "11"},
      {"GMT+02:00", "11"},
      {"UTC-5", "04"},
      {"UTC +02:00", "11"},
      {"+01:00", "10"},
      {"-0500", "04"},
      {"0100", "10"},
      {"+0100", "10"},
      {"Z", "09"},
  };
  for (const auto& [name, hour] : known)
    EXPECT_EQ(summary(event(fmt::format("DTSTART;TZID={}:20300107T{}0000\nDURATION:PT1H", name, hour))),
              kNine)
        << name;
  EXPECT_EQ(summary(event("DTSTART;TZID=GMT+05:30:20300107T143000\nDURATION:PT1H")), kNine) << "a bare colon";
  for (const std::string_view name : {"Nowhere", "GMT Standard Time 1", "(UTC+01:00) Amsterdam\\, Berlin",
                                      "GMT+25", "GMT+2:60", "+100", "GMT0200", "100", "+", "GMT+", "+01:00:",
                                      "+-01:00", "Customized Time Zone", "tzone://Microsoft/Custom"})
    EXPECT_EQ(summary(event(fmt::format("DTSTART;TZID={}:20300107T090000\nDURATION:PT1H", name))),
              "~ line 5: DTSTART has a TZID that is not known and not described")
        << name;
}

TEST(OddFeeds, CustomZonesAreTheCalendarsOwn) {
  const auto with = [](std::string_view own, std::string_view name) {
    return summary(calendar_of(fmt::format(
        "{}BEGIN:VEVENT\nDTSTART;TZID={}:20300107T040000\nDURATION:PT1H\nEND:VEVENT\n", own, name)));
  };
  EXPECT_EQ(with("X-WR-TIMEZONE:America/New_York\n", "Customized Time Zone"), kNine);
  EXPECT_EQ(with("X-WR-TIMEZONE:Eastern Standard Time\n", "\"customized time zone\""), kNine);
  EXPECT_EQ(with("X-WR-TIMEZONE:\"America/New_York\"\n", "tzone://Microsoft/Custom"), kNine);
  EXPECT_EQ(with("X-WR-TIMEZONE:GMT-0500\n", "Customized Time Zone"), kNine);
  constexpr std::string_view kUnknown = ": DTSTART has a TZID that is not known and not described";
  EXPECT_EQ(with("", "Customized Time Zone"), fmt::format("~ line 4{}", kUnknown));
  EXPECT_EQ(with("X-WR-TIMEZONE:Nowhere\n", "Customized Time Zone"), fmt::format("~ line 5{}", kUnknown));
  EXPECT_EQ(with("X-WR-TIMEZONE:Customized Time Zone\n", "Customized Time Zone"),
            fmt::format("~ line 5{}", kUnknown));
  EXPECT_EQ(with("X-WR-TIMEZONE:America/New_York\n", "Nowhere"), fmt::format("~ line 5{}", kUnknown));
}

// The text in UTF-16 of ASCII characters.
std::string utf16(std::string_view text, bool big_endian) {
  std::string out;
  for (const char c : text) (out += big_endian ? '\0' : c) += big_endian ? c : '\0';
  return out;
}

std::string with_line_ends(std::string text, std::string_view end) {
  std::erase(text, '\r');
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += end.size())
    text.replace(at, 1, end);
  return text;
}

TEST(OddFeeds, ReadsEncodingsAndLineEnds) {
  const std::string feed = event("SUMMARY:folded\n  text\nDTSTART:20300107T09\n 0000Z\nDURATION:PT1H");
  const std::pair<std::string_view, std::string> rows[] = {
      {"LF", with_line_ends(feed, "\n")},
      {"CR LF", with_line_ends(feed, "\r\n")},
      {"CR", with_line_ends(feed, "\r")},
      {"CR CR LF", with_line_ends(feed, "\r\r\n")},
      {"LF LF", with_line_ends(event("DTSTART:20300107T090000Z\nDURATION:PT1H"), "\n\n")},
      {"no end of the last line", feed.substr(0, feed.size() - 2)},
      {"byte order mark", "\xef\xbb\xbf" + feed},
      {"UTF-16LE with mark", "\xff\xfe" + utf16(feed, false)},
      {"UTF-16BE with mark", "\xfe\xff" + utf16(feed, true)},
      {"UTF-16LE", utf16(feed, false)},
      {"UTF-16BE", utf16(feed, true)},
      {"Latin-1", event("SUMMARY:B\xfc"
                        "ro\nDTSTART:20300107T090000Z\nDURATION:PT1H")},
      {"UTF-8", event("SUMMARY:B\xc3\xbcro\nDTSTART:20300107T090000Z\nDURATION:PT1H")},
      {"trailing NULs", feed + std::string(700, '\0')},
      {"a NUL in a text",
       event(std::string("SUMMARY:a\0b\n", 12) + "DTSTART:20300107T090000Z\nDURATION:PT1H")},
      {"text before and after", "warning: old\n" + feed + "</html>\n"},
  };
  for (const auto& [name, text] : rows) EXPECT_EQ(summary(text), kNine) << name;
  EXPECT_EQ(summary(event(std::string("DTSTART:20300107T090000Z\0", 25))),
            "~ line 5: DTSTART is not a date or a time");
  EXPECT_EQ(summary(with_line_ends(event("DTSTART:x"), "\r")), "~ line 5: DTSTART is not a date or a time");
  EXPECT_EQ(summary(with_line_ends(event("DTSTART:x"), "\r\r\n")),
            "~ line 5: DTSTART is not a date or a time");
}

TEST(OddFeeds, ReadsStrayBlanks) {
  for (const std::string_view lines : {
           "DTSTART:20300107T090000Z \nDURATION:PT1H\t",
           "DTSTART: 20300107T090000Z\nDURATION: PT1H",
           "DTSTART :20300107T090000Z\nDURATION :PT1H",
           "DTSTART; TZID = Europe/Berlin :20300107T100000\nDURATION:PT1H",
           "DTSTART;TZID=\" Europe/Berlin \":20300107T100000\nDURATION:PT1H",
           "DTSTART:20300107T090000Z\nDURATION:PT1H\nSTATUS: CONFIRMED \nRRULE:FREQ=DAILY; COUNT=1",
           "DTSTART:20300107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20300108T090000Z , "
           "20300109T090000Z",
           "DTSTART:20300107T090000Z\n \n\nDURATION:PT1H",
           "DTSTART;:20300107T090000Z\nDURATION:PT1H",
           "X-MICROSOFT-CDO-BUSYSTATUS: BUSY\nDTSTART:20300107T090000Z\nDURATION:PT1H",
       })
    EXPECT_EQ(summary(event(lines)), kNine) << lines;
  EXPECT_EQ(summary("BEGIN: VCALENDAR \nBEGIN:VEVENT \nDTSTART:20300107T090000Z\nDURATION:PT1H\nEND :VEVENT\n"
                    "END:VCALENDAR\t\n"),
            kNine);
}

TEST(OddFeeds, RefusesOnlyWhatIsNoCalendarOrTruncated) {
  const std::string good = "BEGIN:VEVENT\nDTSTART:20300107T090000Z\nDURATION:PT1H\nEND:VEVENT\n";
  const std::pair<std::string, std::string> rows[] = {
      {"", "! there is no VCALENDAR in it"},
      {std::string(100, '\0'), "! there is no VCALENDAR in it"},
      {"<html>Sign in</html>", "! there is no VCALENDAR in it"},
      {"BEGIN:VCALENDAR\n", "! line 1: this component has no END"},
      {"BEGIN:VCALENDAR\n" + good, "! line 1: this component has no END"},
      {"BEGIN:VCALENDAR\n" + good + "BEGIN:VEVENT\nDTSTART:2030", "! line 6: this component has no END"},
      {"BEGIN:VCALENDAR\n" + good + "BEGIN:VCALENDAR\n" + good + "END:VCALENDAR\n",
       "! line 1: this component has no END"},
      {"END:VCALENDAR\n", "! there is no VCALENDAR in it"},
      {"BEGIN:VCALENDAR\nEND:VCALENDAR\n", ""},
      // One component without its END, or with one too many.
      {calendar_of("BEGIN:VEVENT\nDTSTART:20300108T090000Z\n" + good),
       fmt::format("{} ~ line 3: this component has no END", kNine)},
      {calendar_of(good + "BEGIN:VEVENT\nDTSTART:20300108T090000Z\n"),
       fmt::format("{} ~ line 7: this component has no END", kNine)},
      {calendar_of(good + "END:VEVENT\n"), std::string(kNine)},
      {calendar_of("BEGIN:VTODO\n" + good), std::string(kNine)},
      {calendar_of("BEGIN:VEVENT\nBEGIN:VALARM\nDTSTART:20300107T090000Z\nEND:VEVENT\n" + good),
       fmt::format("{} ~ line 3: this event has no DTSTART", kNine)},
      {calendar_of("BEGIN:VEVENT\nDTSTART:20300107T090000Z\nDURATION:PT1H\nBEGIN:VALARM\nEND:VEVENT\n"),
       std::string(kNine)},
      {calendar_of("BEGIN:VTIMEZONE\nTZID:X\n" + good),
       fmt::format("{} ~ line 3: this component has no END", kNine)},
  };
  for (const auto& [feed, expected] : rows) EXPECT_EQ(summary(feed), expected) << feed;
}

TEST(OddFeeds, SkipsPeriodsOfFreeBusyOneByOne) {
  EXPECT_EQ(
      summary(
          calendar_of("BEGIN:VFREEBUSY\nFREEBUSY:20300107T090000Z/PT1H,soon/PT1H,20300107T110000Z/PT1H\n"
                      "FREEBUSY;TZID=Nowhere:20300107T120000/PT1H\nFREEBUSY:20300107/P1D\nEND:VFREEBUSY\n")),
      fmt::format(
          "{} ~ line 4: FREEBUSY is not a date or a time ~ line 5: FREEBUSY has a TZID that is not known "
          "and not described ~ line 6: FREEBUSY is not a period of time",
          kGood));
}

TEST(OddFeeds, DeclinedInvitationsDoNotCount) {
  const struct {
    std::string_view lines;
    bool busy;
  } rows[] = {
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:ana@contoso.com", false},
      {"ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ana@Contoso.COM", false},
      {"attendee;partstat=declined:mailto:ana@contoso.com", false},
      {"ATTENDEE;CN=\"Ana; A: B\";PARTSTAT=\"DECLINED\":mailto:ana@contoso.com", false},
      {"ATTENDEE;PARTSTAT=DECLINED:ana@contoso.com", false},
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:ana%40contoso.com", false},
      {"ATTENDEE;PARTSTAT=DECLINED;EMAIL=ana@contoso.com:invalid:nomail", false},
      {"ATTENDEE;PARTSTAT=DECLINED;CN=Ana;X-NUM-GUESTS=0:mailto:ana@conto\n so.com", false},
      {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:ben@contoso.com\nATTENDEE;PARTSTAT=DECLINED:mailto:ana@contoso.com",
       false},
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:ana@contoso.com\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY", false},
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:ana@contoso.com\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", false},
      {"ATTENDEE;PARTSTAT=ACCEPTED:mailto:ana@contoso.com", true},
      {"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ana@contoso.com", true},
      {"ATTENDEE:mailto:ana@contoso.com", true},
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:ben@contoso.com", true},
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:ana@contoso.com.example", true},
      {"ATTENDEE;PARTSTAT=DECLINED:mailto:", true},
      {"ORGANIZER;PARTSTAT=DECLINED:mailto:ana@contoso.com", true},
      {"ATTENDEE;CN=DECLINED:mailto:ana@contoso.com", true},
  };
  for (const auto& row : rows)
    EXPECT_EQ(summary(event(fmt::format("DTSTART:20300107T090000Z\nDURATION:PT1H\n{}", row.lines))),
              row.busy ? kNine : "")
        << row.lines;
  // A single occurrence, and the whole series except one occurrence.
  const auto series = [](std::string_view answer, std::string_view one) {
    return summary(calendar_of(fmt::format(
        "BEGIN:VEVENT\nUID:1\nDTSTART:20300107T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n"
        "ATTENDEE;PARTSTAT={}:mailto:ana@contoso.com\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20300108T090000Z\nDTSTART:20300108T090000Z\nDURATION:PT1H\n"
        "ATTENDEE;PARTSTAT={}:mailto:ana@contoso.com\nEND:VEVENT\n",
        answer, one)));
  };
  EXPECT_EQ(series("ACCEPTED", "DECLINED"), kNine);
  EXPECT_EQ(series("DECLINED", "ACCEPTED"), "2030-01-08T09:00/2030-01-08T10:00");
  EXPECT_EQ(series("DECLINED", "DECLINED"), "");
}

TEST(OddFeeds, TentativeIsASetting) {
  const auto with = [](std::string_view lines, bool tentative_is_busy) {
    return to_text(read_feed(event(fmt::format("DTSTART:20300107T090000Z\nDURATION:PT1H\n{}", lines)),
                             {.zone = kBerlin,
                              .window = kYear,
                              .owner = {"ana@contoso.com"},
                              .settings = {.tentative_is_busy = tentative_is_busy}}));
  };
  for (const std::string_view tentative :
       {"STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
        "STATUS:CONFIRMED\nX-MICROSOFT-CDO-BUSYSTATUS:Tentative",
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ana@contoso.com", "STATUS:TENTATIVE\nTRANSP:OPAQUE"}) {
    EXPECT_EQ(with(tentative, false), "") << tentative;
    EXPECT_EQ(with(tentative, true), kNine) << tentative;
  }
  for (const std::string_view free :
       {"STATUS:TENTATIVE\nTRANSP:TRANSPARENT", "STATUS:TENTATIVE\nX-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "STATUS:CANCELLED", "ATTENDEE;PARTSTAT=DECLINED:mailto:ana@contoso.com\nSTATUS:TENTATIVE"}) {
    EXPECT_EQ(with(free, false), "") << free;
    EXPECT_EQ(with(free, true), "") << free;
  }
  for (const std::string_view busy : {"X-MICROSOFT-CDO-BUSYSTATUS:BUSY\nSTATUS:TENTATIVE", "STATUS:CONFIRMED",
                                      "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ben@contoso.com"}) {
    EXPECT_EQ(with(busy, false), kNine) << busy;
    EXPECT_EQ(with(busy, true), kNine) << busy;
  }
}

TEST(OddFeeds, AddressesOfAUser) {
  const std::pair<std::string, std::vector<std::string>> rows[] = {
      {"ana@contoso.com", {"ana@contoso.com"}},
      {"ana_fabrikam.com#EXT#@contoso.com", {"ana_fabrikam.com#EXT#@contoso.com", "ana@fabrikam.com"}},
      {"a_b_fabrikam.com#ext#@contoso.com", {"a_b_fabrikam.com#ext#@contoso.com", "a_b@fabrikam.com"}},
      {"ana#EXT#@contoso.com", {"ana#EXT#@contoso.com"}},
      {"a_b@contoso.com", {"a_b@contoso.com"}},
  };
  for (const auto& [upn, addresses] : rows) EXPECT_EQ(addresses_of(upn), addresses) << upn;
}

}  // namespace
}  // namespace porchlight::calendar
