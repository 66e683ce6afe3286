// What clients read to check our tokens: discovery (OpenID Connect Discovery 1.0 §4) and our keys (RFC 7517).
#include "graph/handlers.h"

namespace porchlight::graph {

Result<Handled> discovery(Tools& tools, const Call& call) {
  tools.replies.json(call.response, call.ticket);
  std::string& out = call.response.body;
  out += R"({"issuer":)";
  append_json_string(out, tools.shared.issuer);
  out += R"(,"jwks_uri":")";
  tools.replies.append_base(out, call.request);
  out +=
      R"(/discovery/v2.0/keys","id_token_signing_alg_values_supported":["RS256"],"subject_types_supported":["pairwise"]})";
  return Handled::kNow;
}

Result<Handled> keys(Tools& tools, const Call& call) {
  tools.replies.json(call.response, call.ticket);
  call.response.body = tools.shared.jwks;
  return Handled::kNow;
}

}  // namespace porchlight::graph
