// Answers that consist of one user or group (spec clients 7).
#pragma once

#include <string>
#include <string_view>

#include "graph/call/links.h"

namespace porchlight::graph {

// The fragment of a context URL: `set` and the selected properties, "users(id,displayName)".
inline std::string context_fragment(std::string_view set, const Selection& selection) {
  std::string fragment(set);
  append_selection(fragment, selection);
  return fragment;
}

// Answers with one entity: the body of GET /users/{id} and /groups/{id}.
inline Result<Handled> reply_with_entity(const HandlerContext& context, const Call& call,
                                         const EntityType& type, const Entity& entity,
                                         const Selection& selection) {
  context.response_writer.json(call.response, call.info);
  JsonObject out(call.response.body);
  write_context(context, call, out, context_fragment(type.set, selection) + "/$entity");
  write_entity_set_links(context, call, out, type, entity.id);
  write_entity(out, type, entity, selection);
  return Handled::kNow;
}

}  // namespace porchlight::graph
