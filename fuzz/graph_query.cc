// Parses any bytes as a query string and as a filter: the result is within its limits, or an error whose message is
// valid UTF-8.
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "graph/wire/directory_query.h"
#include "graph/wire/presence_query.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using enum graph::PresenceRead;
  for (const auto read : {kNamed, kCount, kList}) {
    const auto query = graph::parse_presence_query(text, read);
    if (!query) {
      if (query.error().status < 400 || !simdjson::validate_utf8(query.error().message)) std::abort();
      continue;
    }
    if (query->select == 0 || query->select > graph::kPropertiesAll) std::abort();
    if (query->top && (*query->top < 1 || *query->top > graph::kTopMax)) std::abort();
    if (query->filter.ids && query->filter.ids->size() > graph::kFilterIdsMax) std::abort();
  }
  if (const auto filter = graph::parse_presence_filter(text); filter && filter->ids) {
    for (const Guid& id : *filter->ids)
      if (std::ranges::count(*filter->ids, id) != 1) std::abort();
  }
  for (const auto options : {graph::DirectoryOptions::kOne, graph::DirectoryOptions::kSearch}) {
    const auto query = graph::parse_directory_query(text, graph::kUserType, options);
    if (!query) {
      if (query.error().status < 400 || !simdjson::validate_utf8(query.error().message)) std::abort();
      continue;
    }
    if (query->top < 1 || query->top > graph::kTopMax) std::abort();
    for (const graph::PeopleFilter& filter : query->filters) {
      if (filter.ids.size() > graph::kFilterIdsMax || filter.texts.size() > graph::kFilterTextsMax)
        std::abort();
      (void)filter.matches({}, "ana@contoso.com", "Ana Lindqvist");
    }
  }
  return 0;
}
