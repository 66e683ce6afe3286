// Parses any bytes as a query string, and as a filter and a search of presences, users and groups: the result is within
// its limits, or an error whose message is valid UTF-8.
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "graph/wire/directory_query.h"
#include "graph/wire/presence_query.h"
#include "graph/wire/resource_units.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)graph::for_each_parameter(text, [](std::string_view name) -> graph::Result<void> {
    if (!simdjson::validate_utf8(name)) std::abort();
    return {};
  });
  using enum graph::PresenceRead;
  for (const auto read : {kNamed, kCount, kList}) {
    const auto query = graph::parse_presence_query(text, read);
    if (!query) {
      if (query.error().status < 400 || !simdjson::validate_utf8(query.error().message.text())) std::abort();
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
  using Options = graph::DirectoryOptions;
  const graph::Entity entity{{}, "Ana Lindqvist", "ana@contoso.com"};
  for (const auto* type : {&graph::kUserType, &graph::kMemberType, &graph::kGroupType}) {
    for (const auto options : {Options::kOne, Options::kList, Options::kCount}) {
      const auto query = graph::parse_directory_query(text, *type, options);
      if (!query) {
        if (query.error().status < 400 || !simdjson::validate_utf8(query.error().message.text()))
          std::abort();
        continue;
      }
      if (query->top < 1 || query->top > graph::kTopMax) std::abort();
      if (query->selection.size() > type->properties.size()) std::abort();
      if (query->order && !query->order->by->sortable) std::abort();
      (void)query->matches(entity);
      (void)graph::check_advanced_query(*query, true);
    }
    // As a filter and as a search, without the query around it.
    for (const auto parse : {graph::parse_directory_filter, graph::parse_directory_search}) {
      const auto filter = parse(*type, text);
      if (!filter) continue;
      std::size_t ids = 0, terms = 0;
      for (const auto& step : filter->steps()) {
        if (const auto* of_ids = std::get_if<graph::DirectoryFilter::IdTerm>(&step))
          ids += of_ids->size();
        else if (!std::holds_alternative<graph::DirectoryFilter::Connective>(step))
          ++terms;
      }
      if (ids > graph::kFilterIdsMax || terms > graph::kFilterTermsMax) std::abort();
      const bool matches = filter->matches(entity);
      if (filter->named_users() && filter->named_users()->ids.empty() &&
          filter->named_users()->upns.empty() && matches)
        std::abort();
    }
  }
  if (graph::resource_units(2, text) < 1) std::abort();
  return 0;
}
