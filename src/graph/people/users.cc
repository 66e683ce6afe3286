// GET /users/{id} and /me, and their photos (spec clients 7).
#include "graph/call/operation.h"
#include "graph/people/entities.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {
namespace {

Result<DirectoryQuery> parse_get_user(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kUserType, DirectoryOptions::kOne);
}

Result<Handled> run_get_user(HandlerContext& context, const Call& call, const Guid& id,
                             const DirectoryQuery& query) {
  const auto user = context.services.view.find_user({call.caller->tenant, id});
  if (!user) return std::unexpected(user_not_found(call));

  return reply_with_entity(context, call, kUserType, {user->id, user->name, user->upn}, query.selection);
}

Result<NoArguments> parse_get_photo(HandlerContext&, const Call& call) {
  if (auto read = reject_options(call.request.query); !read) return std::unexpected(std::move(read.error()));
  return NoArguments{};
}

// No user has a photo. Clients ask for one anyway, and handle the 404 of the real service.
Result<Handled> run_get_photo(HandlerContext& context, const Call& call, const Guid& user) {
  if (!context.services.view.find_user({call.caller->tenant, user}))
    return std::unexpected(user_not_found(call));
  return std::unexpected(image_not_found());
}

}  // namespace

constinit const RouteOperation get_user = operation<parse_get_user, run_get_user>();
constinit const RouteOperation get_photo = operation<parse_get_photo, run_get_photo>();

}  // namespace porchlight::graph
