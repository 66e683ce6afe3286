// Finds the end of a request's head as its bytes come in, line by line, and refuses on the way what llhttp
// would let through: bare LF as a line end, folded lines, blank variations of the request line, too much of
// anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/limits.h"
#include "http/request_error.h"

namespace porchlight::http {

class HeadScan {
 public:
  // `bytes`: everything of the request so far, from its first byte; each call sees at least what the last one
  // saw. The length of the head, blank line included; 0 while it is not all there. What is found does not
  // depend on where the calls cut the bytes.
  std::expected<std::size_t, RequestError> find_end(std::string_view bytes, const Limits& limits);

 private:
  std::expected<void, RequestError> check_line(std::string_view line, const Limits& limits);
  bool is_unfinished_too_long(std::size_t length, const Limits& limits) const;
  RequestError too_long() const;

  std::uint32_t line_start_ = 0;
  std::uint32_t searched_ = 0;
  std::uint32_t headers_start_ = 0;  // 0 while in the request line
  std::uint32_t headers_ = 0;
};

// The grammar of `method SP target SP version`, with nothing but visible ASCII and exactly two spaces.
std::expected<void, RequestError> check_request_line(std::string_view line);

}  // namespace porchlight::http
