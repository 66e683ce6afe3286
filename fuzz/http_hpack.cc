// Untrusted field blocks (HPACK, RFC 7541), each in a frame of its own, so that they share a dynamic table. If a
// block makes a request, the request obeys the rules of HTTP/1.1. The first byte of a block is its length.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/http2_feed.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::http;
  static const Limits kLimits{.headers_bytes = 2000, .headers_count = 20};
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string bytes = std::string(kPreface) + settings();
  for (std::uint32_t stream = 1; !rest.empty(); stream += 2) {
    const std::size_t length = std::min<std::size_t>(static_cast<std::uint8_t>(rest[0]), rest.size() - 1);
    bytes += frame(FrameType::kHeaders, kEndHeaders | kEndStream, stream, rest.substr(1, length));
    rest.remove_prefix(1 + length);
  }
  const Http2Outcome outcome = feed_http2(bytes, kLimits, [] { return std::size_t{0}; });
  for (const std::string& request : outcome.requests)
    if (request.size() > kLimits.headers_bytes + kLimits.request_line_bytes ||
        request.find_first_of(std::string_view("\r\0", 2)) != std::string::npos)
      std::abort();
  return 0;
}
