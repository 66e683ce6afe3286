// Recurrence rules: a table with the examples of RFC 5545 §3.8.5.3 and similar rules, and random rules compared with
// libical's iterator, which is slower and terminates only for rules that have occurrences.
#include "calendar/recurrence.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>
#include <string>

#include "base/sorted.h"
#include "base/time_text.h"

namespace porchlight::calendar {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year;

LocalTime local(std::string_view text) {
  const auto moment = parse_date_time_value(text);
  EXPECT_TRUE(moment) << text;
  return moment ? moment->local : LocalTime();
}

// `20300107T090000`, without the time if it is nine o'clock.
std::string rule_text(LocalTime time) {
  std::string text;
  append_date_time_seconds(text, Time(time.time_since_epoch()));
  std::erase(text, '-');
  std::erase(text, ':');
  return text.ends_with("T090000") ? text.substr(0, 8) : text;
}

std::string rule_text(const std::vector<LocalTime>& times) {
  std::string text;
  for (const LocalTime time : times) text += (text.empty() ? "" : " ") + rule_text(time);
  return text;
}

std::vector<LocalTime> times_of(std::string_view rule, LocalTime start, LocalTime from, LocalTime until) {
  const auto parsed = parse_recurrence_rule(rule);
  EXPECT_TRUE(parsed) << rule;
  std::vector<LocalTime> found;
  if (!parsed) return found;
  WorkBudget work;
  std::optional<LocalTime> last;
  if (parsed->until) last = parsed->until->local;
  EXPECT_TRUE(expand(parsed->parts, start, last, from, until, work, found)) << rule;
  EXPECT_TRUE(std::ranges::is_sorted(found)) << rule;
  return found;
}

TEST(Recurrence, ExpandsRules) {
  const struct {
    std::string_view start, rule, from, until, expected;
  } rows[] = {
      {"19970902T090000", "FREQ=DAILY;COUNT=3", "19970901", "19980101", "19970902 19970903 19970904"},
      {"19970902T090000", "FREQ=DAILY;COUNT=10", "19970910", "19980101", "19970910 19970911"},
      {"19970902T090000", "FREQ=DAILY;UNTIL=19970904T090000Z", "19970901", "19980101",
       "19970902 19970903 19970904"},
      {"19970902T090000", "FREQ=DAILY;UNTIL=19970904T085959Z", "19970901", "19980101", "19970902 19970903"},
      {"19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=3", "19970901", "19980101",
       "19970902 19970912 19970922"},
      {"19970902T090000", "FREQ=DAILY;INTERVAL=10", "19971220", "19980101", "19971221 19971231"},
      {"19980101T090000", "FREQ=DAILY;BYMONTH=1", "19990130", "20000103",
       "19990130 19990131 20000101 20000102"},
      {"19970902T090000", "FREQ=WEEKLY;COUNT=3", "19970901", "19980101", "19970902 19970909 19970916"},
      {"19970902T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "19970901", "19971001",
       "19970902 19970916 19970930"},
      {"19970901T090000", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR", "19970901", "19970918",
       "19970901 19970903 19970905 19970915 19970917"},
      {"19970902T090000", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4", "19970901", "19980101",
       "19970902 19970904 19970909 19970911"},
      // The week that a Sunday belongs to.
      {"19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970801", "19980101",
       "19970805 19970810 19970819 19970824"},
      {"19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970801", "19980101",
       "19970805 19970817 19970819 19970831"},
      {"19970905T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "19970901", "19980101",
       "19970905 19971003 19971107"},
      {"19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", "19970901", "19990101",
       "19970907 19970928 19971102 19971130"},
      {"19970922T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "19970901", "19980101",
       "19970922 19971020 19971117"},
      {"19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3", "19970901", "19980101",
       "19970928 19971029 19971128 19971229"},
      {"19970902T090000", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15", "19970901", "19980101",
       "19970902 19970915 19971002 19971015"},
      {"19970930T090000", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "19970901", "19980101",
       "19970930 19971001 19971031 19971101"},
      {"19970910T090000", "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10", "19970901", "20010101",
       "19970910 19990310 20000910"},
      {"19980113T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "19980114", "20001231",
       "19980213 19980313 19981113 19990813 20001013"},
      {"19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970901", "19980101",
       "19970904 19971007 19971106"},
      {"19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "19970901", "19980101",
       "19970929 19971030 19971127 19971230"},
      // The 31st in months of 31 days; leap days.
      {"20300131T090000", "FREQ=MONTHLY", "20300101", "20300701", "20300131 20300331 20300531"},
      {"20280229T090000", "FREQ=YEARLY", "20280101", "20370101", "20280229 20320229 20360229"},
      {"19970610T090000", "FREQ=YEARLY;COUNT=3;BYMONTH=6,7", "19970601", "20000101",
       "19970610 19970710 19980610"},
      {"19970310T090000", "FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3", "19970101", "20100101",
       "19970310 19990110 19990210 19990310"},
      {"19970101T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,-1", "19970101", "20100101",
       "19970101 19970410 19971231 20000101"},
      {"19970519T090000", "FREQ=YEARLY;BYDAY=20MO", "19970101", "20000101", "19970519 19980518 19990517"},
      {"19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "19970101", "20000101",
       "19970512 19980511 19990517"},
      {"20291231T090000", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "20290101", "20320101",
       "20291231 20301230 20311229"},
      {"20260101T090000", "FREQ=YEARLY;BYWEEKNO=-1", "20250101", "20300101",
       "20260101 20261231 20271230 20281228 20291227"},
      {"19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "19970301", "19980306",
       "19970313 19970320 19970327 19980305"},
      {"19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "19960101",
       "20050101", "19961105 20001107 20041102"},
      {"20300105T090000", "FREQ=YEARLY;BYMONTHDAY=5", "20300101", "20300401", "20300105 20300205 20300305"},
      {"20300107T090000", "FREQ=YEARLY;BYDAY=MO;BYSETPOS=1,-1", "20300101", "20320101",
       "20300107 20301230 20310106 20311229"},
      // Frequencies below a day.
      {"19970902T090000", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "19970901", "19980101",
       "19970902 19970902T120000 19970902T150000"},
      {"19970902T090000", "FREQ=MINUTELY;INTERVAL=90;COUNT=3", "19970901", "19980101",
       "19970902 19970902T103000 19970902T120000"},
      {"19970902T090000", "FREQ=DAILY;BYHOUR=9,16;BYMINUTE=0,20;COUNT=5", "19970901", "19980101",
       "19970902 19970902T092000 19970902T160000 19970902T162000 19970903"},
      {"19970902T090000", "FREQ=HOURLY;BYHOUR=9,10;BYMINUTE=30,0;COUNT=4", "19970901", "19980101",
       "19970902 19970902T093000 19970902T100000 19970902T103000"},
      {"19970902T090000", "FREQ=SECONDLY;INTERVAL=30;COUNT=3", "19970901", "19980101",
       "19970902 19970902T090030 19970902T090100"},
      {"20300107T090000", "FREQ=DAILY;BYHOUR=9,17;BYSETPOS=-1;COUNT=3", "20300101", "20310101",
       "20300107 20300107T170000 20300108T170000"},
      // The start is an occurrence even if it does not match the rule.
      {"20300108T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "20300101", "20310101",
       "20300108 20300114 20300121"},
      {"20300108T090000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "20300101", "20310101", "20300108"},
      {"20300108T090000", "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3", "20300101", "99990101", "20300108"},
      {"20300108T090000", "FREQ=DAILY;COUNT=1", "20300101", "20310101", "20300108"},
      {"20300108T090000", "FREQ=DAILY;UNTIL=20290101", "20300101", "20310101", ""},
      // Rules that start long ago or have no end.
      {"00010101T090000", "FREQ=WEEKLY", "20300101", "20300115", "20300107 20300114"},
      {"00010101T090000", "FREQ=MONTHLY;INTERVAL=7;BYDAY=MO;BYSETPOS=1", "20300101", "20310101", "20300603"},
      {"99991230T090000", "FREQ=DAILY", "99990101", "99991231T235959", "99991230 99991231"},
      {"99991231T090000", "FREQ=YEARLY;INTERVAL=30000", "99990101", "99991231T235959", "99991231"},
      {"20300107T090000", "FREQ=WEEKLY;BYDAY=MO, WE", "20300101", "20300117",
       "20300107 20300109 20300114 20300116"},
      {"20300107T090000", "freq=daily;count=1;", "20300101", "20310101", "20300107"},
      {"20300107T090000", "RSCALE=GREGORIAN;FREQ=DAILY;COUNT=1", "20300101", "20310101", "20300107"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(rule_text(times_of(row.rule, local(row.start), local(row.from), local(row.until))),
              row.expected)
        << row.start << ' ' << row.rule;
  }
}

TEST(Recurrence, RefusesInvalidRules) {
  const std::string_view rows[] = {
      "",
      "DAILY",
      "FREQ=",
      "FREQ=FORTNIGHTLY",
      "COUNT=3",
      "FREQ=DAILY;COUNT=0",
      "FREQ=DAILY;COUNT=-1",
      "FREQ=DAILY;COUNT=3;UNTIL=20300101",
      "FREQ=DAILY;INTERVAL=0",
      "FREQ=DAILY;INTERVAL=-1",
      "FREQ=DAILY;INTERVAL=65536",
      "FREQ=DAILY;UNTIL=yesterday",
      "FREQ=DAILY;UNTIL=20300230",
      "FREQ=DAILY;FREQ=WEEKLY",
      "FREQ=DAILY;BYHOUR=24",
      "FREQ=MONTHLY;BYMONTHDAY=0",
      "FREQ=MONTHLY;BYMONTHDAY=32",
      "FREQ=YEARLY;BYDAY=XX",
      "FREQ=YEARLY;BYEASTER=1",
      "RSCALE=CHINESE;FREQ=YEARLY",
      "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD",
  };
  for (const auto rule : rows) EXPECT_FALSE(parse_recurrence_rule(rule)) << rule;
}

TEST(Recurrence, RefusesLongRules) {
  std::string rule = "FREQ=YEARLY;BYYEARDAY=1";
  while (rule.size() + 2 <= kRuleBytesMax) rule += ",1";
  if (rule.size() < kRuleBytesMax) rule += '1';
  ASSERT_EQ(rule.size(), kRuleBytesMax);
  EXPECT_TRUE(parse_recurrence_rule(rule));
  EXPECT_FALSE(parse_recurrence_rule(rule + '1'));
}

TEST(Recurrence, StopsWhenItsReaderStops) {
  const LocalTime start = local("20200101T000000");
  const auto rule = parse_recurrence_rule("FREQ=MINUTELY;COUNT=100000");
  std::stop_source stop;
  WorkBudget work(stop.get_token());
  std::vector<LocalTime> found;
  const auto spent = [&] {
    return expand(rule->parts, start, std::nullopt, start, start + 10'000'000min, work, found);
  };
  EXPECT_TRUE(spent());
  const std::int64_t before = work.steps();
  stop.request_stop();
  EXPECT_FALSE(spent());
  EXPECT_LE(work.steps() - before, 2) << "one minute";
}

TEST(Recurrence, StopsWhenTheWorkBudgetIsUsedUp) {
  // Each minute costs one day tested and one time found.
  const LocalTime start = local("20200101T000000");
  const auto spent = [&](std::int64_t count) {
    const auto rule = parse_recurrence_rule("FREQ=MINUTELY;COUNT=" + std::to_string(count));
    WorkBudget work;
    std::vector<LocalTime> found;
    return expand(rule->parts, start, std::nullopt, start, start + 10'000'000min, work, found);
  };
  EXPECT_TRUE(spent(kWorkMax / 2));
  EXPECT_FALSE(spent(kWorkMax / 2 + 1));
  // A period with very many occurrences is refused before they are stored.
  std::string all = "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0";
  for (int i = 1; i < 24; ++i) all += ',' + std::to_string(i);
  all += ";BYMINUTE=0";
  for (int i = 1; i < 60; ++i) all += ',' + std::to_string(i);
  all += ";BYSECOND=0";
  for (int i = 1; i < 60; ++i) all += ',' + std::to_string(i);
  WorkBudget work;
  std::vector<LocalTime> found;
  const auto rule = parse_recurrence_rule(all);
  ASSERT_TRUE(rule);
  EXPECT_FALSE(expand(rule->parts, start, std::nullopt, start, start + 366 * days(1), work, found));
  EXPECT_LE(found.size(), static_cast<std::size_t>(kWorkMax));
}

// --- against libical ---

std::vector<LocalTime> times_by_libical(std::string_view text, LocalTime start, LocalTime until) {
  std::string started;
  append_date_time_seconds(started, Time(start.time_since_epoch()));
  const auto rule = parse_recurrence_rule(text);
  std::vector<LocalTime> found;
  icalrecur_iterator* iterator = icalrecur_iterator_new(rule->parts, icaltime_from_string(started.c_str()));
  if (iterator == nullptr) return found;
  while (true) {
    const icaltimetype next = icalrecur_iterator_next(iterator);
    if (icaltime_is_null_time(next)) break;
    const LocalTime time = local_days(year(next.year) / next.month / next.day) +
                           std::chrono::hours(next.hour) + std::chrono::minutes(next.minute) +
                           std::chrono::seconds(next.second);
    if (time >= until) break;
    found.push_back(time);
  }
  icalrecur_iterator_free(iterator);
  return found;
}

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int roll(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool flip() { return roll(0, 1) == 1; }

  // The part `name` with one to three numbers of the range, or with days of the week.
  std::string list(std::string_view name, int low, int high, bool negative = false) {
    std::set<int> numbers;  // libical needs them sorted
    for (int i = roll(1, 3); i > 0; --i)
      numbers.insert(negative && flip() ? -roll(low, high) : roll(low, high));
    return ";" + std::string(name) + "=" + fmt::format("{}", fmt::join(numbers, ","));
  }
  std::string weekdays(int place_max) {
    static constexpr std::string_view kDays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    std::string text = ";BYDAY=";
    for (int i = roll(1, 3); i > 0; --i) {
      if (place_max > 0 && flip()) text += std::to_string(flip() ? roll(1, place_max) : -roll(1, place_max));
      text += std::string(kDays[roll(0, 6)]) + (i > 1 ? "," : "");
    }
    return text;
  }

  // A random rule that never ends, made of parts that libical combines as the RFC says.
  std::string rule() {
    const int frequency = roll(0, 4);
    std::string text = "FREQ=";
    text += std::array{"DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY"}[frequency];
    if (flip()) text += ";INTERVAL=" + std::to_string(frequency == 4 ? roll(1, 3) : roll(1, 5));
    if (frequency == 0 && flip()) text += flip() ? weekdays(0) : list("BYMONTH", 1, 12);
    if (frequency == 1 && flip()) text += weekdays(0);
    if (frequency == 2 && flip()) text += flip() ? list("BYMONTHDAY", 1, 28, true) : weekdays(4);
    if (frequency == 3) {
      const int parts = roll(0, 3);
      if (parts == 0) text += list("BYMONTH", 1, 12) + list("BYMONTHDAY", 1, 28, true);
      if (parts == 1) text += list("BYMONTH", 1, 12) + weekdays(4);
      if (parts == 2) text += list("BYYEARDAY", 1, 365, true);
    }
    if (frequency == 4 && flip()) text += weekdays(0);
    if (frequency != 4 && roll(0, 3) == 0) text += list("BYHOUR", 0, 23);
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST(Recurrence, AgreesWithLibical) {
  Dice dice(3);
  const LocalTime first = local_days(year(2028) / 1 / 1);
  for (int i = 0; i < 1'000; ++i) {
    const std::string rule = dice.rule();
    const LocalTime start = first + days(dice.roll(0, 1'500)) + std::chrono::hours(dice.roll(0, 23));
    const LocalTime until = start + days(rule.starts_with("FREQ=HOURLY") ? 20 : 800);
    auto ours = times_of(rule, start, first, until);
    auto theirs = times_by_libical(rule, start, until);
    // libical omits a start that does not match the rule.
    if (theirs.empty() || theirs.front() != start) theirs.insert(theirs.begin(), start);
    sort_unique(theirs);
    ASSERT_EQ(rule_text(ours), rule_text(theirs)) << rule << " from " << rule_text(start);
  }
}

TEST(Recurrence, ALaterWindowGivesTheSameOccurrences) {
  Dice dice(4);
  const LocalTime first = local_days(year(2020) / 1 / 1);
  for (int i = 0; i < 300; ++i) {
    const std::string rule = dice.rule();
    const LocalTime start = first + days(dice.roll(0, 1'500)) + std::chrono::hours(dice.roll(0, 23));
    const LocalTime from = start + days(dice.roll(0, 1'500));
    const LocalTime until = from + days(50);
    auto all = times_of(rule, start, first, until);
    std::erase_if(all, [from](LocalTime time) { return time < from; });
    ASSERT_EQ(rule_text(times_of(rule, start, from, until)), rule_text(all))
        << rule << " from " << rule_text(start);
  }
}

}  // namespace
}  // namespace porchlight::calendar
