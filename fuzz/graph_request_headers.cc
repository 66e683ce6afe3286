// Parses any bytes as Accept, $format and If-None-Match: the result is a metadata level or a 406, and an entity tag is
// found in exactly those lists that contain it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "graph/call/etag.h"
#include "graph/wire/request_headers.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  graph::RequestHeaders headers;
  headers.accept = text.substr(0, line);
  headers.accepted = graph::accepted_level(headers.accept);
  const std::string_view query = text.substr(std::min(line + 1, text.size()));
  if (const auto level = graph::negotiate_metadata_level(headers, query);
      !level && level.error().status != 406)
    std::abort();
  constexpr std::string_view kTag = "\"0123456789abcdef\"";
  (void)graph::accepts_event_stream(headers.accept);
  if (graph::etag_list_contains(text, kTag) && text.find(kTag) == std::string_view::npos &&
      text.find('*') == std::string_view::npos)
    std::abort();
  if (!graph::etag_list_contains(std::string(kTag) + "," + std::string(text), kTag)) std::abort();
  return 0;
}
