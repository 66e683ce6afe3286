// GET /users/{id} and /me (spec clients 7).
#include "graph/directory_query.h"
#include "graph/links.h"
#include "graph/subject.h"

namespace porchlight::graph {

Result<Handled> get_user(Tools& tools, const Call& call) {
  const auto query = parse_directory_query(call.request.query, kUserType, DirectoryOptions::kOne);
  if (!query) return std::unexpected(query.error());
  const auto id = named_user(tools, call);
  if (auto allowed = authorize(call, id); !allowed) return std::unexpected(std::move(allowed.error()));
  const auto user = id ? tools.shared.view.find_user({call.caller->tenant, *id}) : std::nullopt;
  if (!user) return std::unexpected(nobody(call));

  std::string& out = call.response.body;
  std::string what(kUserType.set);
  append_selection(what, kUserType, query->selection);
  out += '{';
  append_context(tools, call, out, what + "/$entity");
  append_links_in_set(tools, call, out, kUserType, user->id);
  append_entity(out, kUserType, {user->id, user->name, user->upn}, query->selection);
  out += '}';
  tools.replies.json(call.response, call.ticket);
  return Handled::kNow;
}

}  // namespace porchlight::graph
