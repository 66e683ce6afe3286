// Lists of users and groups, with their query options, and the number of their entities (spec protocol §9.1).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "graph/call/handlers.h"
#include "graph/wire/directory_query.h"
#include "graph/wire/list_place.h"

namespace porchlight::graph {

// Most entities that one request scans for a page, and as many again for the count: some milliseconds each, so that it
// holds its thread no longer. A page can be short or empty and still have a link to the next one.
inline constexpr std::size_t kListScannedMax = 20'000;

// The entities of a list before $filter and $search.
class EntityList {
 public:
  using Visit = std::function<bool(const Entity&)>;
  virtual ~EntityList() = default;

  // Calls `visit` for the entities in this order (nullopt: an order of the list's own), from the first behind `after`
  // on, until it returns false. `visit` may be called under a lock: it must be short and must not call the view.
  virtual void scan(const std::optional<Ordering>& order, const std::optional<ListPlace>& after,
                    const Visit& visit) const = 0;
  // Number of entities.
  virtual std::size_t size() const = 0;
};

// Whether an entity at place `a` stands before one at place `b`, in the order of texts and then of ids.
bool stands_before(const std::optional<Ordering>& order, const ListPlace& a, const ListPlace& b);
// The place of an entity.
ListPlace place_of(const std::optional<Ordering>& order, const Entity& entity);

// What the answer says of its entities.
struct ListShape {
  const EntityType& type;
  std::string_view context;  // "users"
  bool names_types = false;  // each element has its @odata.type, because the list can hold several
};

// Answers with the page that the query asks for. 400 if it is an advanced query without ConsistencyLevel, or its
// $skiptoken is not one of this list.
Result<Handled> reply_with_list(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                                const ListShape& shape, const EntityList& list);

// Answers with the number of matching entities, as text. 400 without ConsistencyLevel, or with a filter if the list has
// more than kListScannedMax entities.
Result<Handled> reply_with_count(const HandlerContext& context, const Call& call, const DirectoryQuery& query,
                                 const EntityList& list);

}  // namespace porchlight::graph
