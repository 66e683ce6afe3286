// Links stand before the items (spec protocol §9), and are known after them only: they are inserted. A page has at most
// 999 items, so that moves some hundred kilobytes.
#include "graph/call/list_response.h"

#include "base/json.h"
#include "graph/call/links.h"

namespace porchlight::graph {

std::size_t begin_list(const HandlerContext& context, const Call& call, std::string_view what,
                       std::optional<std::size_t> count) {
  std::string& out = call.response.body;
  out += '{';
  append_context(context, call, out, what);
  if (count) out += R"("@odata.count":)" + std::to_string(*count) + ',';
  const std::size_t links = out.size();
  out += R"("value":[)";
  return links;
}

void end_list(const HandlerContext& context, const Call& call) {
  call.response.body += "]}";
  context.response_writer.json(call.response, call.info);
}

void end_page(const HandlerContext& context, const Call& call, std::size_t links,
              const std::optional<Guid>& last) {
  if (last) {
    std::string member = R"("@odata.nextLink":)";
    append_json_string(member, next_link(context, call, *last));
    call.response.body.insert(links, member + ',');
  }
  end_list(context, call);
}

}  // namespace porchlight::graph
