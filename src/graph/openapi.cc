// GET /porchlight/v1/openapi.json: what there is here beyond Graph, for people and for clients that are
// generated (ours). The description is openapi.json, written by hand.
#include "graph/query.h"
#include "graph/validator.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kDescription =
#include "texts/openapi.json"
    ;

}  // namespace

Result<Handled> open_api(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  call.response.body = kDescription;
  answer_tagged(tools, call);
  return Handled::kNow;
}

}  // namespace porchlight::graph
