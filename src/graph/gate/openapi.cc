// GET /porchlight/v1/openapi.json: what there is here beyond Graph, for people and for clients that are
// generated (ours). The description is openapi.json, written by hand.
#include "graph/call/etag.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kDescription =
#include "texts/openapi.json"
    ;

}  // namespace

Result<Handled> open_api(HandlerContext& context, const Call& call) {
  if (auto none = reject_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  call.response.body = kDescription;
  reply_with_etag(context, call);
  return Handled::kNow;
}

}  // namespace porchlight::graph
