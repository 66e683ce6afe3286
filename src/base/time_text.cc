// Parsers read the text once from left to right with a Cursor and check each field as they read it: the shapes are
// short and fixed, so no general format parser is needed. Writers append fields of fixed width digit by digit.
// Arithmetic on durations checks for overflow, since their numbers come from clients.
#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace porchlight {
namespace {

using std::chrono::days;
using std::chrono::nanoseconds;
using std::chrono::sys_days;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosPerTick = 100;
constexpr std::int64_t kTicksPerMillisecond = 10'000;
constexpr std::size_t kTickDigits = 7;          // .NET's ticks; all that a dateTime may have
constexpr std::size_t kFractionDigitsMax = 12;  // Edm.DateTimeOffset's precision

constexpr Time kFirstTime = sys_days(std::chrono::year(1) / 1 / 1);
constexpr Time kLastTime = sys_days(std::chrono::year(9999) / 12 / 31) + days(1) - Duration(1);

// The part of the text that is not read yet.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  // Reads `c` if it is the next character.
  bool take(char c) {
    if (peek() != c || done()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // Reads digits up to the next character that is not a digit.
  std::string_view take_digits() {
    std::size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    return take_bytes(count);
  }

  // Reads a number of exactly `count` digits. Returns -1 if there are fewer.
  int take_number(std::size_t count) {
    int number = 0;
    if (rest_.size() < count) return -1;
    for (const char c : take_bytes(count)) {
      if (!is_digit(c)) return -1;
      number = number * 10 + (c - '0');
    }
    return number;
  }

  std::string_view take_rest() { return take_bytes(rest_.size()); }

 private:
  std::string_view take_bytes(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

// Returns nullopt for an empty text and for a number that does not fit.
std::optional<std::int64_t> to_integer(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits)
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value))
      return std::nullopt;
  return value;
}

// Adds `count` units to `total`. Returns false if the sum does not fit.
bool add(std::int64_t& total, std::int64_t count, std::int64_t unit) {
  std::int64_t part;
  return !__builtin_mul_overflow(count, unit, &part) && !__builtin_add_overflow(total, part, &total);
}

// The value of the digits after a decimal point in billionths. Finer digits round up.
std::int64_t to_billionths(std::string_view digits) {
  std::int64_t value = 0;
  std::int64_t place = kNanosPerSecond / 10;
  bool finer = false;
  for (const char c : digits) {
    value += (c - '0') * place;
    finer |= place == 0 && c != '0';
    place /= 10;
  }
  return value + (finer ? 1 : 0);
}

// The unit of one part of a duration, by its letter.
struct Unit {
  char letter;
  std::int64_t seconds;
};

constexpr Unit kDay{'D', 86'400};
constexpr std::array<Unit, 3> kClockUnits = {Unit{'H', 3'600}, Unit{'M', 60}, Unit{'S', 1}};

// Reads the parts after T: at least one, each unit at most once and in order, a fraction only for seconds.
bool read_clock_parts(Cursor& text, std::int64_t& total) {
  if (text.done()) return false;
  std::size_t next = 0;
  while (!text.done()) {
    const auto count = to_integer(text.take_digits());
    if (!count) return false;
    std::int64_t fraction = 0;
    const bool has_fraction = text.take('.');
    if (has_fraction) {
      const std::string_view digits = text.take_digits();
      if (digits.empty() || text.peek() != 'S') return false;
      fraction = to_billionths(digits);
    }
    while (next < kClockUnits.size() && kClockUnits[next].letter != text.peek()) ++next;
    if (next == kClockUnits.size() || !text.take(kClockUnits[next].letter)) return false;
    if (!add(total, *count, kClockUnits[next].seconds * kNanosPerSecond) || !add(total, fraction, 1))
      return false;
    ++next;
  }
  return true;
}

// Appends `value` with `count` digits and leading zeros.
void append_number(std::string& out, std::int64_t value, int count) {
  char digits[20];
  for (int i = count; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<std::size_t>(count));
}

// The fields of a time. A time outside the years 1 to 9999, which have four digits, is clamped to them.
struct DateTimeFields {
  explicit DateTimeFields(Time time)
      : clamped(std::clamp(time, kFirstTime, kLastTime)),
        day(std::chrono::floor<days>(clamped)),
        date(day),
        clock(clamped - day) {}
  Time clamped;
  sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Duration> clock;
};

void append_clock(std::string& out, const DateTimeFields& fields) {
  append_number(out, fields.clock.hours().count(), 2);
  out += ':';
  append_number(out, fields.clock.minutes().count(), 2);
  out += ':';
  append_number(out, fields.clock.seconds().count(), 2);
}

void append_date_and_clock(std::string& out, const DateTimeFields& fields) {
  append_number(out, static_cast<int>(fields.date.year()), 4);
  out += '-';
  append_number(out, static_cast<unsigned>(fields.date.month()), 2);
  out += '-';
  append_number(out, static_cast<unsigned>(fields.date.day()), 2);
  out += 'T';
  append_clock(out, fields);
}

// Reads `yyyy-mm-dd`.
std::optional<sys_days> read_date(Cursor& text) {
  const int year = text.take_number(4);
  if (!text.take('-')) return std::nullopt;
  const int month = text.take_number(2);
  if (!text.take('-')) return std::nullopt;
  const int day = text.take_number(2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const auto date = std::chrono::year(year) / month / day;
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

// Reads `hh:mm`.
std::optional<Duration> read_minutes(Cursor& text) {
  const int hours = text.take_number(2);
  if (!text.take(':')) return std::nullopt;
  const int minutes = text.take_number(2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return std::chrono::hours(hours) + std::chrono::minutes(minutes);
}

// A second of a minute with its fraction, in milliseconds and the ticks of 100 ns beyond.
struct SecondWithFraction {
  Duration ms{};
  std::uint16_t ticks = 0;
};

// Reads `:ss[.f…]`.
std::optional<SecondWithFraction> read_seconds(Cursor& text, std::size_t fraction_digits_max) {
  if (!text.take(':')) return std::nullopt;
  const int seconds = text.take_number(2);
  if (seconds < 0 || seconds > 59) return std::nullopt;
  SecondWithFraction read{std::chrono::seconds(seconds)};
  if (!text.take('.')) return read;
  const std::string_view digits = text.take_digits();
  if (digits.empty() || digits.size() > fraction_digits_max) return std::nullopt;
  const std::int64_t ticks = to_billionths(digits.substr(0, kTickDigits)) / kNanosPerTick;
  read.ms += Duration(ticks / kTicksPerMillisecond);
  read.ticks = static_cast<std::uint16_t>(ticks % kTicksPerMillisecond);
  return read;
}

// Reads `Z` or `±hh:mm` up to 14 hours, the limit of .NET and OData.
std::optional<Duration> read_offset(Cursor& text) {
  if (text.take('Z')) return Duration(0);
  const bool west = text.peek() == '-';
  if (!text.take(west ? '-' : '+')) return std::nullopt;
  const int hours = text.take_number(2);
  if (!text.take(':')) return std::nullopt;
  const int minutes = text.take_number(2);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 14 * 60) return std::nullopt;
  const Duration offset = std::chrono::minutes(hours * 60 + minutes);
  return west ? -offset : offset;
}

}  // namespace

// Days stand before the T and the other units after it, so they are read apart.
std::optional<nanoseconds> parse_duration(std::string_view text) {
  Cursor cursor(text);
  const bool negative = cursor.take('-');
  if (!cursor.take('P') || cursor.done()) return std::nullopt;
  std::int64_t total = 0;
  if (cursor.peek() != 'T') {
    const auto count = to_integer(cursor.take_digits());
    if (!count || !cursor.take(kDay.letter) || !add(total, *count, kDay.seconds * kNanosPerSecond))
      return std::nullopt;
  }
  if (cursor.take('T') && !read_clock_parts(cursor, total)) return std::nullopt;
  if (!cursor.done()) return std::nullopt;
  return nanoseconds(negative ? -total : total);
}

void append_date_time(std::string& out, Time time, std::uint16_t ticks) {
  const DateTimeFields fields(time);
  append_date_and_clock(out, fields);
  out += '.';
  append_number(out, fields.clock.subseconds().count(), 3);
  append_number(out, ticks, 4);
  out += 'Z';
}

void append_local_date_time(std::string& out, const SentLocalTime& time) {
  append_date_time(out, Time(time.time.time_since_epoch()), time.ticks);
  out.pop_back();
}

void append_date_time_seconds(std::string& out, Time time) {
  append_date_and_clock(out, DateTimeFields(time));
}

std::optional<SentTime> parse_sent_time(std::string_view text) {
  Cursor cursor(text);
  const auto date = read_date(cursor);
  if (!date || !cursor.take('T')) return std::nullopt;
  const auto minutes = read_minutes(cursor);
  if (!minutes) return std::nullopt;
  const auto seconds = read_seconds(cursor, kFractionDigitsMax);
  if (!seconds) return std::nullopt;
  const auto offset = read_offset(cursor);
  if (!offset || !cursor.done()) return std::nullopt;
  const Time time = *date + *minutes + seconds->ms - *offset;
  if (time < kFirstTime || time > kLastTime) return std::nullopt;
  return SentTime{time, seconds->ticks};
}

std::optional<Time> parse_date_time(std::string_view text) {
  return parse_sent_time(text).transform([](const SentTime& sent) { return sent.time; });
}

std::optional<SentLocalTime> parse_local_date_time(std::string_view text) {
  Cursor cursor(text);
  const auto date = read_date(cursor);
  if (!date || !cursor.take('T')) return std::nullopt;
  const auto minutes = read_minutes(cursor);
  if (!minutes) return std::nullopt;
  const auto seconds = cursor.done() ? SecondWithFraction{} : read_seconds(cursor, kTickDigits);
  if (!seconds || !cursor.done()) return std::nullopt;
  return SentLocalTime{LocalTime((*date + *minutes + seconds->ms).time_since_epoch()), seconds->ticks};
}

void append_http_date(std::string& out, Time time) {
  static constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const DateTimeFields fields(time);
  out += kDays.substr(std::chrono::weekday(fields.day).c_encoding() * 3, 3);
  out += ", ";
  append_number(out, static_cast<unsigned>(fields.date.day()), 2);
  out += ' ';
  out += kMonths.substr((static_cast<unsigned>(fields.date.month()) - 1) * 3, 3);
  out += ' ';
  append_number(out, static_cast<int>(fields.date.year()), 4);
  out += ' ';
  append_clock(out, fields);
  out += " GMT";
}

void append_duration(std::string& out, Duration duration) {
  const auto whole = std::chrono::floor<days>(duration);
  const std::chrono::hh_mm_ss clock(duration - whole);
  const auto append = [&out](std::int64_t count, char unit) {
    if (count == 0) return;
    out += std::to_string(count);
    out += unit;
  };
  out += 'P';
  append(whole.count(), 'D');
  if (whole.count() > 0 && duration == whole) return;
  out += 'T';
  append(clock.hours().count(), 'H');
  append(clock.minutes().count(), 'M');
  const auto ms = clock.subseconds().count();
  if (ms > 0) {
    out += std::to_string(clock.seconds().count());
    out += '.';
    append_number(out, ms, 3);
    while (out.back() == '0') out.pop_back();
    out += 'S';
  } else {
    append(clock.seconds().count(), 'S');
  }
  if (out.back() == 'T') out += "0S";
}

// Edm.Durations begin with P, and no other spelling does.
std::optional<Duration> parse_human_duration(std::string_view text) {
  if (text.starts_with('P')) {
    const auto duration = parse_duration(text);
    if (!duration) return std::nullopt;
    return std::chrono::ceil<Duration>(*duration);
  }
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  Cursor cursor(text);
  const auto count = to_integer(cursor.take_digits());
  const std::string_view word = cursor.take_rest();
  std::int64_t total = 0;
  for (const auto& [name, milliseconds] : kUnits)
    if (count && name == word && add(total, *count, milliseconds)) return Duration(total);
  return std::nullopt;
}

}  // namespace porchlight
