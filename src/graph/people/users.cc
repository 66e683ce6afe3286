// GET /users/{id} and /me, and their photos (spec clients 7).
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

// No user has a photo. Clients ask for one anyway, and handle the 404 of the real service.
Result<Handled> get_photo(HandlerContext& context, const Call& call) {
  if (auto read = reject_options(call.request.query); !read) return std::unexpected(std::move(read.error()));
  const auto user = target_user(context, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user || !context.services.view.find_user({call.caller->tenant, *user}))
    return std::unexpected(user_not_found(call));
  return std::unexpected(image_not_found());
}

}  // namespace porchlight::graph
