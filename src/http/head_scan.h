// Finds the end of a request's head as its bytes arrive, and refuses what llhttp would accept: bare LF as a
// line end, folded lines, irregular blanks in the request line, and anything over a limit (spec security §5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/limits.h"
#include "http/request_error.h"

namespace porchlight::http {

// The scan of one head; start a new one for the next request.
class HeadScan {
 public:
  // `bytes`: all of the request so far, from its first byte; at least as much as in the last call. Returns
  // the length of the head, blank line included, or 0 while it is incomplete. The result does not depend on
  // how the bytes were split.
  std::expected<std::size_t, RequestError> find_end(std::string_view bytes, const Limits& limits);
  // Whether a part of the head was scanned already.
  bool has_begun() const { return searched_ != 0; }

 private:
  std::expected<void, RequestError> check_line(std::string_view line, const Limits& limits);
  bool is_unfinished_too_long(std::size_t length, const Limits& limits) const;
  RequestError too_long() const;

  std::uint32_t line_start_ = 0;     // of the unfinished line
  std::uint32_t searched_ = 0;       // bytes before this were searched for a line end
  std::uint32_t headers_start_ = 0;  // 0 while in the request line
  std::uint32_t headers_ = 0;        // header lines so far
};

// Checks `method SP target SP version`: visible ASCII and exactly two spaces.
std::expected<void, RequestError> check_request_line(std::string_view line);

}  // namespace porchlight::http
