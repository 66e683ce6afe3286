// Parses any bytes as a request path: no segment has a separator, a NUL or dots only, and a route that is not found is
// a 400.
#include <cstdint>
#include <cstdlib>

#include "graph/gate/routes.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto path = graph::RequestPath::parse(text)) {
    for (std::size_t i = 0; i < path->size(); ++i) {
      const std::string_view segment = (*path)[i];
      if (segment.find_first_of(std::string_view("/\\\0", 3)) != std::string_view::npos) std::abort();
      if (segment == "." || segment == "..") std::abort();
    }
    if (const auto match = graph::find_route(*path, http::Method::kGet);
        !match && match.error().status != 400)
      std::abort();
  }
  return 0;
}
