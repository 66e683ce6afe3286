// A connection of an untrusted HTTP/2 client: fed whole and in pieces, with one result. The first byte chooses the size
// of the pieces; the preface is the target's, so that inputs are frames.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/http2_feed.h"

namespace {

// The frames up to the first GOAWAY: if no stream is open then, nghttp2 reads what follows only within the same call.
std::string_view until_goaway(std::string_view frames) {
  using porchlight::http::FrameType;
  constexpr std::size_t kHead = 9;
  auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<std::uint8_t>(frames[at])); };
  for (std::size_t at = 0; at + kHead <= frames.size();) {
    const std::size_t end = at + kHead + (byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2));
    if (frames[at + 3] == static_cast<char>(FrameType::kGoAway)) return frames.substr(0, end);
    at = end;
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace porchlight::http;
  // Small limits, so that small inputs reach them.
  static const Limits kLimits{.request_line_bytes = 100,
                              .header_bytes = 100,
                              .headers_bytes = 400,
                              .headers_count = 12,
                              .body_bytes = 64};
  if (size < 2) return 0;
  const std::string_view frames(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string bytes = std::string(kPreface) + settings() + std::string(until_goaway(frames));
  const Http2Outcome whole = feed_http2(bytes, kLimits, [] { return std::size_t{0}; });
  if (feed_http2(bytes, kLimits, [] { return std::size_t{1}; }) != whole) std::abort();
  const std::size_t piece = 1 + data[0] % 61;
  if (feed_http2(bytes, kLimits, [&] { return piece; }) != whole) std::abort();
  return 0;
}
