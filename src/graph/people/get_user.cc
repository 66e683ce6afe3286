// GET /users/{id} and /me (spec clients 7).
#include "graph/call/authorization.h"
#include "graph/call/links.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {

Result<Handled> get_user(HandlerContext& context, const Call& call) {
  const auto query = parse_directory_query(call.request.query, kUserType, DirectoryOptions::kOne);
  if (!query) return std::unexpected(query.error());
  const auto id = target_user(context, call);
  if (auto allowed = authorize(call, id); !allowed) return std::unexpected(std::move(allowed.error()));
  const auto user = id ? context.services.view.find_user({call.caller->tenant, *id}) : std::nullopt;
  if (!user) return std::unexpected(user_not_found(call));

  std::string& out = call.response.body;
  std::string what(kUserType.set);
  append_selection(what, kUserType, query->selection);
  out += '{';
  append_context(context, call, out, what + "/$entity");
  append_entity_set_links(context, call, out, kUserType, user->id);
  append_entity(out, kUserType, {user->id, user->name, user->upn}, query->selection);
  out += '}';
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

}  // namespace porchlight::graph
