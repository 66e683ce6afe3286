// The log: one line per event on stderr, in one of two formats (docs/operate.md):
//
//   time=2030-01-07T09:00:00.000Z level=info msg="took a snapshot" bytes=1234
//   {"time":"2030-01-07T09:00:00.000Z","level":"info","msg":"took a snapshot","bytes":1234}
//
// If the system's journal reads stderr, each line begins with its priority, such as <6> (sd-daemon(3)).
//
// It never contains tokens, secrets or status messages. Values that come from requests, such as paths and names, are
// escaped: a value never ends its field or its line. Modules that have no fields may also use spdlog directly; their
// text becomes msg.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

// A field of a line.
struct LogField {
  LogField(std::string_view its_name, std::string_view text) : name(its_name), value(text) {}
  LogField(std::string_view its_name, std::integral auto number)
      : name(its_name), value(std::to_string(number)), is_number(true) {}

  std::string_view name;  // a literal or other text that outlives the field: letters, digits, `_` and `.`
  std::string value;      // any bytes; a field without a value is left out
  bool is_number = false;
};

using LogFields = std::vector<LogField>;

enum class LogFormat : std::uint8_t { kLogfmt, kJson };

// Sets the format of all lines and the lowest level that is written: trace, debug, info, warn, error, critical or off.
// Call it before the first line and before the process has other threads.
void start_logging(const std::string& level, LogFormat format = LogFormat::kLogfmt);

// Changes the lowest level that is written. Any thread.
void set_log_level(const std::string& level);

// Whether log_debug() writes; check it before measuring anything for it.
bool logs_debug();

// Write a line with that msg at a level: debug, info, warning, error. Any thread.
void log_debug(std::string_view msg, const LogFields& fields = {});
void log_info(std::string_view msg, const LogFields& fields = {});
void log_warning(std::string_view msg, const LogFields& fields = {});
void log_error(std::string_view msg, const LogFields& fields = {});

}  // namespace porchlight
