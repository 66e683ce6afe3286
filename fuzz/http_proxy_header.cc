// Untrusted headers of the PROXY protocol: whole and byte by byte, with one result, within the limit of their length.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/proxy_protocol.h"

using namespace porchlight::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_proxy_header(bytes);
  if (whole && !*whole && size >= kProxyHeaderBytesMax) std::abort();
  if (whole && *whole && ((*whole)->bytes > size || (*whole)->bytes > kProxyHeaderBytesMax)) std::abort();
  for (std::size_t length = 0; length <= size; ++length) {
    const auto part = read_proxy_header(bytes.substr(0, length));
    if (!part) {
      if (whole) std::abort();
      return 0;
    }
    if (!*part) continue;
    if (!whole || **part != **whole) std::abort();
    return 0;
  }
  return 0;
}
