// What clients read to check our tokens: discovery (OpenID Connect Discovery 1.0 §4) and our keys (RFC 7517).
#include "graph/call/handlers.h"

namespace porchlight::graph {

Result<Handled> discovery(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  std::string& out = call.response.body;
  out += R"({"issuer":)";
  append_json_string(out, context.services.issuer);
  out += R"(,"jwks_uri":")";
  context.response_writer.append_base_url(out, call.request);
  out +=
      R"(/discovery/v2.0/keys","id_token_signing_alg_values_supported":["RS256"],"subject_types_supported":["pairwise"]})";
  return Handled::kNow;
}

Result<Handled> keys(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  call.response.body = context.services.jwks;
  return Handled::kNow;
}

}  // namespace porchlight::graph
