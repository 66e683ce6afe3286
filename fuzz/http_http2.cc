// A connection of an untrusted HTTP/2 client: fed whole and in pieces, with one result. The first byte chooses the size
// of the pieces; the preface is the target's, so that inputs are frames.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/http2_feed.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::http;
  // Small limits, so that small inputs reach them.
  static const Limits kLimits{.request_line_bytes = 100,
                              .header_bytes = 100,
                              .headers_bytes = 400,
                              .headers_count = 12,
                              .body_bytes = 64};
  if (size < 2) return 0;
  const std::string bytes =
      std::string(kPreface) + settings() + std::string(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Http2Outcome whole = feed_http2(bytes, kLimits, [] { return std::size_t{0}; });
  if (feed_http2(bytes, kLimits, [] { return std::size_t{1}; }) != whole) std::abort();
  const std::size_t piece = 1 + data[0] % 61;
  if (feed_http2(bytes, kLimits, [&] { return piece; }) != whole) std::abort();
  return 0;
}
