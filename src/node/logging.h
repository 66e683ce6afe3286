// The server's log: structured lines (logfmt) on stderr. It never contains tokens, secrets or texts that users wrote.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::node {

// Sets the format and the lowest level that is written (Config::level). Call it before the first line.
void start_logging(const std::string& level);

// Whether requests are logged; check it before measuring anything for log_request().
bool logs_requests();

// A request and its answer.
struct RequestLine {
  std::string_view method;
  std::string_view path;  // without query; log_request() escapes it
  int status = 0;
  std::int64_t took_us = 0;
  std::string_view client;  // its address; empty on the admin socket
  std::string_view request_id;
};
// Writes a line about a request at debug level. Any thread, as the next two.
void log_request(const RequestLine& line);

// Writes msg="text" at level info.
void log_info(std::string_view text);
// The same at level warn.
void log_warning(std::string_view text);
// The same at level error.
void log_error(std::string_view text);

}  // namespace porchlight::node
