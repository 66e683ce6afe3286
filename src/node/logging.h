// What the server says to its operator: structured lines on stderr. Never tokens, secrets or people's texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::node {

// Sets up the lines and from which level on they are written (Config::level).
void start_logging(const std::string& level);

// Whether a line per request is wanted; asked before anything is measured for it.
bool logs_requests();

// One line about a request and its answer, at debug level.
struct RequestLine {
  std::string_view method;
  std::string_view path;  // without query; escaped here
  int status = 0;
  std::int64_t took_us = 0;
  std::string_view request_id;
};
void log_request(const RequestLine& line);

void log_info(std::string_view text);
void log_warning(std::string_view text);

}  // namespace porchlight::node
