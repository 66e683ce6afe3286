#include "graph/people/entity_list.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "graph/people/entities.h"

namespace porchlight::graph {
namespace {

// A page under construction.
struct EntityPage {
  std::vector<std::string> objects;  // the JSON of each entity
  std::optional<ListPlace> last;     // the next page begins behind it; nullopt: the last page
  std::optional<std::size_t> total;  // number of matching entities on all pages
};

std::string object_of(const HandlerContext& context, const Call& call, const ListShape& shape,
                      const Selection& selection, const Entity& entity) {
  return json_object([&](JsonObject& out) {
    if (shape.names_types && call.info.metadata == MetadataLevel::kMinimal)
      out.text("@odata.type", fmt::format("#{}", shape.type.name));
    write_entity_set_links(context, call, out, shape.type, entity.id);
    write_entity(out, shape.type, entity, selection);
  });
}

// The number of matching entities; nullopt if there are too many to scan.
std::optional<std::size_t> count_matching(const DirectoryQuery& query, const EntityList& list) {
  const std::size_t size = list.size();
  if (query.matches_all()) return size;
  if (size > kListScannedMax) return std::nullopt;
  std::size_t count = 0;
  list.scan(std::nullopt, std::nullopt, [&](const Entity& entity) {
    count += query.matches(entity);
    return true;
  });
  return count;
}

// Scans behind `after` until the page is full or kListScannedMax entities were scanned.
EntityPage read_page(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                     const ListShape& shape, const EntityList& list, const std::optional<ListPlace>& after) {
  EntityPage page;
  std::optional<ListPlace> last = after;
  std::size_t scanned = 0;
  list.scan(query.order, after, [&](const Entity& entity) {
    const bool matches = query.matches(entity);
    if (scanned == kListScannedMax || (matches && page.objects.size() == query.top)) {
      page.last = last;
      return false;
    }
    ++scanned;
    if (matches) page.objects.push_back(object_of(context, call, shape, query.selection, entity));
    last = place_of(query.order, entity);
    return true;
  });
  return page;
}

Result<std::optional<ListPlace>> start_of(const HandlerContext& context, const Call& call,
                                          const DirectoryQuery& query) {
  if (!query.skip_token) return std::nullopt;
  auto after = open_place(context.services.paging_key, call.caller->tenant, query.order, *query.skip_token);
  if (!after) return std::unexpected(invalid_query("$skiptoken", "The $skiptoken is not valid."));
  return after;
}

}  // namespace

bool stands_before(const std::optional<Ordering>& order, const ListPlace& a, const ListPlace& b) {
  if (order && order->descending) return stands_before(Ordering{order->by}, b, a);
  const auto texts = compare_ignore_case(a.text, b.text);
  return texts != 0 ? texts < 0 : a.id < b.id;
}

ListPlace place_of(const std::optional<Ordering>& order, const Entity& entity) {
  if (!order) return {entity.id};
  return {entity.id, std::string(text_of(*order->by, entity).value_or(""))};
}

Result<Handled> reply_with_list(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                                const ListShape& shape, const EntityList& list) {
  if (auto fits = check_advanced_query(query, call.headers.eventual); !fits)
    return std::unexpected(std::move(fits.error()));
  const auto after = start_of(context, call, query);
  if (!after) return std::unexpected(after.error());
  EntityPage page = read_page(context, call, query, shape, list, *after);
  // The number is the same for all pages, so only the first one has it. Graph ignores $count without ConsistencyLevel.
  if (query.count && call.headers.eventual && !*after) page.total = count_matching(query, list);

  context.response_writer.json(call.response, call.info);
  JsonObject out(call.response.body);
  write_context(context, call, out, context_fragment(shape.context, query.selection));
  if (page.total) out.number("@odata.count", *page.total);
  if (page.last) {
    out.text("@odata.nextLink", next_link(context, call,
                                          seal_place(context.services.paging_key, call.caller->tenant,
                                                     query.order, *page.last)));
  }
  out.array("value", page.objects, [](JsonArray& values, const std::string& object) { values.json(object); });
  return Handled::kNow;
}

Result<Handled> reply_with_count(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                                 const EntityList& list) {
  if (!call.headers.eventual) return std::unexpected(count_unsupported());
  const auto count = count_matching(query, list);
  if (!count) {
    return std::unexpected(invalid_query(
        "$count", fmt::format("$count cannot be combined with this query where the list has more than {} "
                              "entries.",
                              kListScannedMax)));
  }
  context.response_writer.with_content_type(call.response, call.info, "text/plain");
  call.response.body = std::to_string(*count);
  return Handled::kNow;
}

}  // namespace porchlight::graph
