// Photos of people: nobody has one, and clients that ask are told so in the form they expect (spec clients
// 7).
#include "graph/query.h"
#include "graph/subject.h"

namespace porchlight::graph {

Result<Handled> get_photo(Tools& tools, const Call& call) {
  const auto no_option = [](std::string_view option, const std::string&) -> Result<void> {
    return std::unexpected(option_unsupported(option));
  };
  if (auto read = read_options(call.request.query, no_option); !read)
    return std::unexpected(std::move(read.error()));
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user || !tools.shared.view.find_user({call.caller->tenant, *user}))
    return std::unexpected(nobody(call));
  return std::unexpected(image_not_found());
}

}  // namespace porchlight::graph
