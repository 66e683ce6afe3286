#include "graph/call/list_response.h"

#include "graph/call/links.h"

namespace porchlight::graph {

void begin_list(const HandlerContext& context, const Call& call, std::string_view what,
                std::optional<std::size_t> count) {
  std::string& out = call.response.body;
  out += '{';
  append_context(context, call, out, what);
  if (count) out += R"("@odata.count":)" + std::to_string(*count) + ',';
  out += R"("value":[)";
}

void end_list(const HandlerContext& context, const Call& call, const std::optional<Guid>& last) {
  std::string& out = call.response.body;
  out += ']';
  if (last) append_next_link(context, call, out, *last);
  out += '}';
  context.response_writer.json(call.response, call.info);
}

}  // namespace porchlight::graph
