// Scans a head as its bytes arrive. Each byte is searched once for its line end, and each complete line is
// checked once: the cost is linear, whatever the pieces. Sizes are checked before content, also of an
// unfinished line, so that the error does not depend on where the bytes were split.
#include "http/head_scan.h"

#include <cstring>

#include "http/characters.h"

namespace porchlight::http {
namespace {

constexpr RequestError kBadLine{400, "The request line is malformed."};
constexpr RequestError kBadLineEnd{400, "A line of the request does not end in CRLF."};
constexpr RequestError kFolded{400, "A header field is folded over several lines."};
constexpr RequestError kBadVersion{505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
constexpr RequestError kLineTooLong{
    414, "The request line is longer than the setting http.request_line_bytes allows."};
constexpr RequestError kHeadersTooLarge{431,
                                        "The header fields are more than the settings http.header_bytes, "
                                        "http.headers_bytes and http.headers_count allow."};

}  // namespace

std::expected<void, RequestError> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  if (first == 0 || first == std::string_view::npos) return std::unexpected(kBadLine);
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos || second == first + 1) return std::unexpected(kBadLine);
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!characters::all(method, characters::kToken) || !characters::all_of_target(target) ||
      !characters::all(version, characters::kVisible) || version.empty())
    return std::unexpected(kBadLine);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return std::unexpected(kBadVersion);
  return {};
}

std::expected<std::size_t, RequestError> HeadScan::find_end(std::string_view bytes, const Limits& limits) {
  // Input that cannot be HTTP (a TLS hello, a blank line) is refused at its first byte.
  if (!bytes.empty() && !characters::is(bytes[0], characters::kToken)) return std::unexpected(kBadLine);
  while (true) {
    const void* found = std::memchr(bytes.data() + searched_, '\n', bytes.size() - searched_);
    if (!found) {
      searched_ = static_cast<std::uint32_t>(bytes.size());
      if (is_unfinished_too_long(bytes.size(), limits)) return std::unexpected(too_long());
      return 0;
    }
    const auto line_end = static_cast<std::uint32_t>(static_cast<const char*>(found) - bytes.data());
    searched_ = line_end + 1;
    const std::string_view line = bytes.substr(line_start_, line_end - line_start_);
    if (line == "\r" && headers_start_ != 0) return searched_;
    if (auto good = check_line(line, limits); !good) return std::unexpected(good.error());
    line_start_ = searched_;
    if (headers_start_ == 0) headers_start_ = searched_;
  }
}

// Checks a line without its LF. Size comes before content, so that the error is the same whether or not the
// line arrived in one piece.
std::expected<void, RequestError> HeadScan::check_line(std::string_view line, const Limits& limits) {
  const bool has_cr = line.ends_with('\r');
  const std::string_view text = line.substr(0, line.size() - (has_cr ? 1 : 0));
  if (headers_start_ == 0) {
    if (text.size() > limits.request_line_bytes) return std::unexpected(kLineTooLong);
    if (!has_cr) return std::unexpected(kBadLineEnd);
    return check_request_line(text);
  }
  if (++headers_ > limits.headers_count || text.size() > limits.header_bytes ||
      searched_ - headers_start_ > limits.headers_bytes)
    return std::unexpected(kHeadersTooLarge);
  if (!has_cr) return std::unexpected(kBadLineEnd);
  if (text[0] == ' ' || text[0] == '\t') return std::unexpected(kFolded);
  return {};
}

// One byte beyond the limit may be a CR, and two may be a CRLF.
bool HeadScan::is_unfinished_too_long(std::size_t length, const Limits& limits) const {
  const std::size_t line = length - line_start_;
  if (headers_start_ == 0) return line > limits.request_line_bytes + 1;
  return line > limits.header_bytes + 1 || length - headers_start_ > limits.headers_bytes + 2;
}

RequestError HeadScan::too_long() const { return headers_start_ == 0 ? kLineTooLong : kHeadersTooLarge; }

}  // namespace porchlight::http
