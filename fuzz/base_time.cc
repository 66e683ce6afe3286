// Times and durations: no text crashes a parser, and each parsed value can be written and parsed again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/time_text.h"

using namespace porchlight;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// The duration as text, in seconds with nine decimals.
std::string spell(std::chrono::nanoseconds duration) {
  const auto count = duration.count();
  const auto seconds = std::to_string(std::abs(count / 1'000'000'000));
  const auto rest = std::to_string(std::abs(count % 1'000'000'000));
  return (count < 0 ? "-PT" : "PT") + seconds + "." + std::string(9 - rest.size(), '0') + rest + "S";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto duration = parse_duration(text)) {
    require(parse_duration(spell(*duration)) == duration);
    const auto ms = std::chrono::floor<Duration>(std::chrono::abs(*duration));
    std::string written;
    append_duration(written, ms);
    require(parse_duration(written) == ms);
  }
  parse_human_duration(text);
  if (const auto time = parse_date_time(text)) {
    std::string written, http;
    append_date_time(written, *time);
    require(written.size() == 28 && parse_date_time(written) == time);
    append_http_date(http, *time);
    require(http.size() == 29);
  }
  if (const auto sent = parse_sent_time(text)) {
    require(parse_date_time(text) == sent->time && sent->ticks < 10'000);
    std::string written;
    append_date_time(written, sent->time, sent->ticks);
    require(parse_sent_time(written) == sent);
  }
  if (const auto local = parse_local_date_time(text)) {
    std::string written;
    append_local_date_time(written, *local);
    require(parse_local_date_time(written) == local);
  }
  return 0;
}
