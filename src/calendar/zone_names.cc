#include "calendar/zone_names.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "calendar/lines.h"

namespace porchlight::calendar {
namespace {

constexpr std::string_view kStandardTime = " standard time";

// Names of older versions of Windows and Exchange that CLDR's table of Windows names has no longer, in lower case.
constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kObsoleteNames = {{
    {"armenian standard time", "Asia/Yerevan"},
    {"bangkok standard time", "Asia/Bangkok"},
    {"beijing standard time", "Asia/Shanghai"},
    {"calcutta standard time", "Asia/Kolkata"},
    {"coordinated universal time", "UTC"},
    {"gft standard time", "Europe/Athens"},
    {"jerusalem standard time", "Asia/Jerusalem"},
    {"kamchatka standard time", "Asia/Kamchatka"},
    {"lisbon warsaw standard time", "Europe/Warsaw"},
    {"malay peninsula standard time", "Asia/Singapore"},
    {"mexico standard time", "America/Mexico_City"},
    {"mexico standard time 2", "America/Chihuahua"},
    {"mid-atlantic standard time", "Atlantic/South_Georgia"},
    {"prague bratislava standard time", "Europe/Prague"},
    {"rangoon standard time", "Asia/Yangon"},
    {"saudi arabia standard time", "Asia/Riyadh"},
    {"sydney standard time", "Australia/Sydney"},
    {"tzone://microsoft/utc", "UTC"},
    {"universal coordinated time", "UTC"},
    {"warsaw standard time", "Europe/Warsaw"},
    {"z", "UTC"},
    {"zulu time", "UTC"},
}};

// The zone with this name, in use or given up.
std::optional<timezone::Zone> find_by_name(std::string_view name) {
  if (const auto zone = timezone::Zone::find(name)) return zone;
  const auto row = std::ranges::find(kObsoleteNames, name, [](const auto& pair) { return pair.first; });
  return row == kObsoleteNames.end() ? std::nullopt : timezone::Zone::find(row->second);
}

// What an escape stands for: `escape` is the character that begins it, `next` the one after. NUL: it is no escape.
char unescaped(char escape, char next) {
  if (next == 'n' || (escape == '\\' && next == 'N')) return '\n';
  if (escape == '^') return next == '^' ? '^' : next == '\'' ? '"' : '\0';
  return next == '\\' || next == ',' || next == ';' || next == '"' || next == ':' ? next : '\0';
}

std::string unescape(std::string_view text, char escape) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char plain = text[i] == escape && i + 1 < text.size() ? unescaped(escape, text[i + 1]) : '\0';
    if (plain != '\0') ++i;
    out += plain != '\0' ? plain : text[i];
  }
  return out;
}

// A number of one or two digits, at most `max`.
std::optional<int> parse_number(std::string_view text, int max) {
  if (text.empty() || text.size() > 2 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  const int number = text.size() == 1 ? text[0] - '0' : (text[0] - '0') * 10 + (text[1] - '0');
  return number <= max ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string zone_key(std::string_view text, ZoneNamePlace place) {
  text = trim_blanks(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::string key = unescape(text, '\\');
  if (place == ZoneNamePlace::kParameter) key = unescape(key, '^');
  std::ranges::transform(key, key.begin(), to_lower);
  return std::string(trim_blanks(key));
}

std::optional<timezone::Zone> find_obsolete_zone(std::string_view name) {
  if (name.size() > timezone::kZoneNameMax + kStandardTime.size()) return std::nullopt;
  if (const auto zone = find_by_name(name)) return zone;
  for (const std::string_view season : {" daylight time", " summer time"})
    if (name.ends_with(season)) name.remove_suffix(season.size());
  if (const auto zone = find_by_name(std::string(name) + std::string(kStandardTime))) return zone;
  while (name.starts_with('/')) {
    name.remove_prefix(1);
    if (const auto zone = timezone::Zone::find(name)) return zone;
    name.remove_prefix(std::min(name.find('/'), name.size()));
  }
  return std::nullopt;
}

std::optional<Duration> parse_zone_offset(std::string_view name) {
  const bool prefixed = name.starts_with("gmt") || name.starts_with("utc");
  if (prefixed) name = trim_blanks(name.substr(3));
  const bool is_signed = name.starts_with('+') || name.starts_with('-');
  const bool west = name.starts_with('-');
  if (is_signed) name.remove_prefix(1);
  // A number without a sign is an offset only in full, as in `0100`.
  if (!is_signed && (prefixed || name.size() < 4)) return std::nullopt;
  const std::size_t split = std::min(name.find(':'), name.size() == 4 ? 2 : name.size());
  const auto hours = parse_number(name.substr(0, split), 23);
  name.remove_prefix(split);
  if (name.starts_with(':')) name.remove_prefix(1);
  const auto minutes = split == 0 || name.empty() ? std::optional(0) : parse_number(name, 59);
  if (!hours || !minutes) return std::nullopt;
  const Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return west ? -offset : offset;
}

bool is_custom_zone(std::string_view name) {
  return name == "customized time zone" || name == "tzone://microsoft/custom";
}

}  // namespace porchlight::calendar
