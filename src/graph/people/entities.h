// Answers that consist of users or groups: one entity, or a page of a list (spec clients 7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "graph/call/links.h"

namespace porchlight::graph {

// The fragment of a context URL: `set` and the selected properties, "users(id,displayName)".
inline std::string context_fragment(std::string_view set, const EntityType& type, Selection selection) {
  std::string fragment(set);
  append_selection(fragment, type, selection);
  return fragment;
}

// Answers with one entity: the body of GET /users/{id} and /groups/{id}.
inline Result<Handled> reply_with_entity(const HandlerContext& context, const Call& call,
                                         const EntityType& type, const Entity& entity, Selection selection) {
  context.response_writer.json(call.response, call.info);
  JsonObject out(call.response.body);
  write_context(context, call, out, context_fragment(type.set, type, selection) + "/$entity");
  write_entity_set_links(context, call, out, type, entity.id);
  write_entity(out, type, entity, selection);
  return Handled::kNow;
}

// What a page of a list contains beside its elements. Its members are written if they are set.
struct ListPage {
  std::string context;                    // fragment of the context URL
  std::optional<std::size_t> count = {};  // @odata.count
  std::optional<Guid> last = {};          // last element, if another page follows
};

// Answers with a page, whose elements write_elements(JsonArray&) writes.
template <typename Write>
Result<Handled> reply_with_list(const HandlerContext& context, const Call& call, const ListPage& page,
                                Write&& write_elements) {
  context.response_writer.json(call.response, call.info);
  JsonObject out(call.response.body);
  write_context(context, call, out, page.context);
  if (page.count) out.number("@odata.count", *page.count);
  {
    JsonArray elements(out.member("value"));
    write_elements(elements);
  }
  if (page.last) out.text("@odata.nextLink", next_link(context, call, *page.last));
  return Handled::kNow;
}

}  // namespace porchlight::graph
