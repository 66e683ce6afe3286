// Photos of people: nobody has one, and clients that ask are told so in the form they expect (spec clients
// 7).
#include "graph/call/authorization.h"
#include "graph/wire/query.h"

namespace porchlight::graph {

Result<Handled> get_photo(HandlerContext& context, const Call& call) {
  const auto no_option = [](std::string_view option, const std::string&) -> Result<void> {
    return std::unexpected(unsupported_option(option));
  };
  if (auto read = for_each_option(call.request.query, no_option); !read)
    return std::unexpected(std::move(read.error()));
  const auto user = target_user(context, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user || !context.services.view.find_user({call.caller->tenant, *user}))
    return std::unexpected(user_not_found(call));
  return std::unexpected(image_not_found());
}

}  // namespace porchlight::graph
