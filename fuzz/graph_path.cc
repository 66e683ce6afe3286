// Paths and query strings: whatever a stranger writes is a route, a query or a refusal, and decoding is done
// once.
#include <cstdint>
#include <cstdlib>

#include "graph/query.h"
#include "graph/routes.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t question = text.find('?');
  if (const auto path = graph::Path::parse(text.substr(0, question))) {
    for (std::size_t i = 0; i < path->size(); ++i) {
      const std::string_view segment = (*path)[i];
      if (segment.find_first_of(std::string_view("/\\\0", 3)) != std::string_view::npos) std::abort();
      if (segment == "." || segment == "..") std::abort();
    }
    if (const auto match = graph::find_route(*path, http::Method::kGet);
        !match && match.error().status != 400)
      std::abort();
  }
  if (question == std::string_view::npos) return 0;
  for (const auto kind : {graph::QueryKind::kNone, graph::QueryKind::kList}) {
    const auto query = graph::parse_query(text.substr(question + 1), kind);
    if (!query) continue;
    if (query->top && (*query->top < 1 || *query->top > graph::kTopMax)) std::abort();
    if (query->filter_ids && query->filter_ids->size() > graph::kFilterIdsMax) std::abort();
  }
  return 0;
}
