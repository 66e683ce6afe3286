// GET /porchlight/v1/openapi.json: what there is here beyond Graph, for people and for clients that are
// generated (ours). The description is openapi.json, written by hand.
#include "graph/validator.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kDescription =
#include "texts/openapi.json"
    ;

}  // namespace

Result<Handled> open_api(Tools& tools, const Call& call) {
  call.response.body = kDescription;
  answer_tagged(tools, call);
  return Handled::kNow;
}

}  // namespace porchlight::graph
