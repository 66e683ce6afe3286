// A rule divides time into periods (years, months, weeks, days, hours …) that are counted from its start. Each day of
// each period in question is tested against the BY parts, and the days that match are combined with the times of the
// day. There is no search for a next occurrence, so a rule that never occurs costs no more than any other. The work
// budget pays for each day tested and each time found.
#include "calendar/recurrence.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "base/sorted.h"

namespace porchlight::calendar {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::weekday;
using std::chrono::weeks;
using std::chrono::year;
using std::chrono::year_month_day;
using std::chrono::years;

// The values of one BY part.
using Numbers = std::span<const short>;

// The values in an array of libical, which ends with a marker unless it is full.
template <std::size_t N>
Numbers numbers(const short (&list)[N]) {
  return {list, std::find(list, list + N, short(ICAL_RECURRENCE_ARRAY_MAX))};
}

bool contains(Numbers list, int number) { return std::ranges::find(list, number) != list.end(); }

// Whether the list contains position `at` of `count`, counted from the front (1, 2 …) or from the back (-1, -2 …).
bool contains_place(Numbers list, int at, int count) {
  return contains(list, at) || contains(list, at - count - 1);
}

int days_in_year(year y) { return y.is_leap() ? 366 : 365; }
int day_of_year(const year_month_day& date) {
  return static_cast<int>((local_days(date) - local_days(date.year() / 1 / 1)).count()) + 1;
}
int days_in_month(const year_month_day& date) {
  return static_cast<int>(static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day()));
}

// The length of a period of a frequency below a day; nullopt for the other frequencies.
std::optional<Duration> clock_step(icalrecurrencetype_frequency frequency) {
  switch (frequency) {
    case ICAL_HOURLY_RECURRENCE:
      return hours(1);
    case ICAL_MINUTELY_RECURRENCE:
      return minutes(1);
    case ICAL_SECONDLY_RECURRENCE:
      return seconds(1);
    default:
      return std::nullopt;
  }
}

// One period of the rule.
struct Period {
  local_days first;  // its first day
  int count;         // its number of days
  LocalTime moment;  // its start, for frequencies below a day
};

// One rule with its start.
class Expansion {
 public:
  Expansion(const icalrecurrencetype& rule, LocalTime start)
      : rule_(rule),
        start_(start),
        start_day_(floor<days>(start)),
        start_date_(start_day_),
        step_(clock_step(rule.freq)),
        month_(numbers(rule.by_month)),
        week_(numbers(rule.by_week_no)),
        year_day_(numbers(rule.by_year_day)),
        month_day_(numbers(rule.by_month_day)),
        day_(numbers(rule.by_day)),
        hour_(numbers(rule.by_hour)),
        minute_(numbers(rule.by_minute)),
        second_(numbers(rule.by_second)),
        place_(numbers(rule.by_set_pos)) {
    CHECK(rule.interval >= 1);
  }

  // The number of a period that ends before `time`, near it; 0 if there is no such period. Two periods are subtracted
  // because periods differ in length.
  std::int64_t before(LocalTime time) const {
    const year_month_day date{floor<days>(time)};
    const std::int64_t turns = [&]() -> std::int64_t {
      switch (rule_.freq) {
        case ICAL_YEARLY_RECURRENCE:
          return (date.year() - start_date_.year()).count();
        case ICAL_MONTHLY_RECURRENCE:
          return (date.year() / date.month() - start_date_.year() / start_date_.month()).count();
        case ICAL_WEEKLY_RECURRENCE:
          return floor<weeks>(time - start_).count();
        case ICAL_DAILY_RECURRENCE:
          return floor<days>(time - start_).count();
        default:
          return (time - start_) / *step_;
      }
    }();
    return std::max<std::int64_t>(turns / rule_.interval - 2, 0);
  }

  // The period with this number, from 0. Returns nullopt beyond the year 9999.
  std::optional<Period> period(std::int64_t number) const {
    const std::int64_t turns = number * rule_.interval;
    if (turns > kTurnsMax) return std::nullopt;
    Period period{start_day_, 1, start_};
    switch (rule_.freq) {
      case ICAL_YEARLY_RECURRENCE: {
        const year y = start_date_.year() + years(static_cast<int>(std::min<std::int64_t>(turns, 10'000)));
        period.first = week_.empty() ? local_days(y / 1 / 1) : first_week(y);
        period.count = week_.empty() ? days_in_year(y)
                                     : static_cast<int>((first_week(y + years(1)) - period.first).count());
        break;
      }
      case ICAL_MONTHLY_RECURRENCE: {
        const auto month = start_date_.year() / start_date_.month() +
                           months(static_cast<int>(std::min<std::int64_t>(turns, 120'000)));
        period.first = local_days(month / 1);
        period.count = days_in_month(month / 1);
        break;
      }
      case ICAL_WEEKLY_RECURRENCE:
        period.first = week_start(start_day_) + weeks(turns);
        period.count = 7;
        break;
      case ICAL_DAILY_RECURRENCE:
        period.first = start_day_ + days(turns);
        break;
      default:
        period.moment = start_ + *step_ * turns;
        period.first = floor<days>(period.moment);
    }
    if (period.first >= kEnd) return std::nullopt;
    return period;
  }

  // Sets `found` to the occurrences in a period, in order. Returns false if the work budget is used up.
  bool find(const Period& period, WorkBudget& work, std::vector<LocalTime>& found) {
    found.clear();
    for (int i = 0; i < period.count; ++i) {
      const local_days day = period.first + days(i);
      const year_month_day date(day);
      if (!work.spend(1)) return false;
      if (!fits_month(date.month())) {
        i += days_in_month(date) - static_cast<int>(static_cast<unsigned>(date.day()));
        continue;
      }
      if (!fits(day, date)) continue;
      if (step_ || clock_.empty()) set_clock(period);
      if (!work.spend(static_cast<std::int64_t>(clock_.size()))) return false;
      for (const Duration time : clock_) found.push_back(day + time);
    }
    if (!place_.empty()) keep_places(found);
    return true;
  }

 private:
  static constexpr local_days kEnd{year(10'000) / 1 / 1};
  static constexpr std::int64_t kTurnsMax = std::int64_t(10'000) * 366 * 86'400;  // seconds in 10,000 years

  // Sets clock_ to the times of day of the occurrences; for frequencies below a day, those within this period.
  void set_clock(const Period& period) {
    clock_.clear();
    for (const Duration hour : field(hour_, hours(1), days(1), period))
      for (const Duration minute : field(minute_, minutes(1), hours(1), period))
        for (const Duration second : field(second_, seconds(1), minutes(1), period))
          clock_.push_back(hour + minute + second);
    sort_unique(clock_);
  }

  // The values of one field of the time of day, as durations: hours, minutes or seconds (`unit`) within the next larger
  // unit (`whole`). For frequencies below a day the period itself determines the fields down to its own unit; a BY part
  // then only filters.
  std::vector<Duration> field(Numbers list, Duration unit, Duration whole, const Period& period) const {
    const auto of = [&](LocalTime time) { return (time - floor<days>(time)) % whole / unit * unit; };
    if (step_ && unit >= *step_) {
      const Duration here = of(period.moment);
      if (!list.empty() && !contains(list, static_cast<int>(here / unit))) return {};
      return {here};
    }
    if (list.empty()) return {of(start_)};
    std::vector<Duration> all;
    for (const short number : list) all.push_back(unit * number);
    return all;
  }

  // The first day (WKST) of the week of `day`.
  local_days week_start(local_days day) const {
    const weekday first(static_cast<unsigned>(rule_.week_start) - 1);
    return day - (weekday(day) - first);
  }

  // The start of week 1, which contains the 4th of January.
  local_days first_week(year y) const { return week_start(local_days(y / 1 / 4)); }

  // BYWEEKNO.
  bool fits_week(local_days day) const {
    const local_days start = week_start(day);
    const year y = year_month_day(start + days(3)).year();
    const auto count = (first_week(y + years(1)) - first_week(y)) / weeks(1);
    const auto at = (start - first_week(y)) / weeks(1) + 1;
    return contains_place(week_, static_cast<int>(at), static_cast<int>(count));
  }

  // BYDAY. A number counts within the month or the year, depending on the frequency and BYMONTH.
  bool fits_weekday(local_days day, const year_month_day& date) const {
    const auto own = weekday(day).c_encoding() + 1;
    const bool in_month =
        rule_.freq == ICAL_MONTHLY_RECURRENCE || (rule_.freq == ICAL_YEARLY_RECURRENCE && !month_.empty());
    const bool in_year = rule_.freq == ICAL_YEARLY_RECURRENCE && month_.empty() && week_.empty();
    const int at = in_month ? static_cast<int>(static_cast<unsigned>(date.day())) : day_of_year(date);
    const int count = in_month ? days_in_month(date) : days_in_year(date.year());
    return std::ranges::any_of(day_, [&](short wanted) {
      if (static_cast<unsigned>(icalrecurrencetype_day_day_of_week(wanted)) != own) return false;
      const int place = icalrecurrencetype_day_position(wanted);
      if (place == 0 || (!in_month && !in_year)) return true;
      return place == (place > 0 ? (at - 1) / 7 + 1 : -((count - at) / 7 + 1));
    });
  }

  // Without a BY part that selects days, the day of the month, the weekday or the date of the start is used.
  bool is_like_start(local_days day, const year_month_day& date) const {
    const bool chosen = !year_day_.empty() || !month_day_.empty() || !day_.empty();
    if (chosen) return true;
    switch (rule_.freq) {
      case ICAL_YEARLY_RECURRENCE:
        if (!week_.empty()) return weekday(day) == weekday(start_day_);
        return date.day() == start_date_.day() && (!month_.empty() || date.month() == start_date_.month());
      case ICAL_MONTHLY_RECURRENCE:
        return date.day() == start_date_.day();
      case ICAL_WEEKLY_RECURRENCE:
        return weekday(day) == weekday(start_day_);
      default:
        return true;
    }
  }

  // Whether a day of this month can match at all. Other months are passed over in one step, so that a birthday costs 43
  // steps a year and not 366.
  bool fits_month(std::chrono::month month) const {
    if (!month_.empty()) return contains(month_, static_cast<int>(static_cast<unsigned>(month)));
    const bool chosen = !year_day_.empty() || !month_day_.empty() || !day_.empty() || !week_.empty();
    return rule_.freq != ICAL_YEARLY_RECURRENCE || chosen || month == start_date_.month();
  }

  // Whether all BY parts that concern days of a month accept the day.
  bool fits(local_days day, const year_month_day& date) const {
    const auto month_day = static_cast<int>(static_cast<unsigned>(date.day()));
    if (!is_like_start(day, date)) return false;
    if (!month_day_.empty() && !contains_place(month_day_, month_day, days_in_month(date))) return false;
    if (!year_day_.empty() && !contains_place(year_day_, day_of_year(date), days_in_year(date.year())))
      return false;
    if (!week_.empty() && !fits_week(day)) return false;
    return day_.empty() || fits_weekday(day, date);
  }

  // BYSETPOS.
  void keep_places(std::vector<LocalTime>& found) const {
    const auto count = static_cast<int>(found.size());
    int at = 0;
    std::erase_if(found, [&](LocalTime) { return !contains_place(place_, ++at, count); });
  }

  const icalrecurrencetype& rule_;
  LocalTime start_;
  local_days start_day_;
  year_month_day start_date_;
  std::optional<Duration> step_;
  Numbers month_, week_, year_day_, month_day_, day_, hour_, minute_, second_, place_;
  std::vector<Duration> clock_;  // sorted times of day; set by set_clock()
};

}  // namespace

bool expand(const icalrecurrencetype& rule, LocalTime start, std::optional<LocalTime> last, LocalTime from,
            LocalTime until, WorkBudget& work, std::vector<LocalTime>& found) {
  Expansion expansion(rule, start);
  const LocalTime end = last ? std::min(until, *last + Duration(1)) : until;
  if (start >= from && start < end) found.push_back(start);
  int count = 1;
  if (count == rule.count) return true;
  std::vector<LocalTime> in_period;
  // A rule with COUNT must be counted from its start; other rules can start near `from`.
  for (std::int64_t number = rule.count > 0 ? 0 : expansion.before(from);; ++number) {
    const auto period = expansion.period(number);
    if (!period || period->first >= end) return true;
    if (!expansion.find(*period, work, in_period)) return false;
    for (const LocalTime time : in_period) {
      if (time <= start) continue;
      if (time >= end) return true;
      if (time >= from) found.push_back(time);
      if (++count == rule.count) return true;
    }
  }
}

}  // namespace porchlight::calendar
