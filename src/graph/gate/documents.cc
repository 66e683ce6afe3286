// Documents that describe the service, readable without a token: $metadata and the service document (spec protocol
// §9), the OpenAPI descriptions, and what clients need to verify our tokens.
#include "base/json_writer.h"
#include "graph/call/etag.h"
#include "graph/call/links.h"
#include "graph/call/operation.h"
#include "graph/gate/csdl.h"
#include "graph/gate/graph_openapi.h"
#include "graph/gate/routes.h"

namespace porchlight::graph {
namespace {

// Only what a GET of its own resolves: communications has none.
constexpr std::string_view kContents = R"("value":[{"name":"users","kind":"EntitySet","url":"users"},)"
                                       R"({"name":"groups","kind":"EntitySet","url":"groups"},)"
                                       R"({"name":"subscriptions","kind":"EntitySet","url":"subscriptions"},)"
                                       R"({"name":"me","kind":"Singleton","url":"me"}]})";

// The OpenAPI description of the routes that Graph does not have, written by hand.
constexpr std::string_view kOpenApi =
#include "texts/openapi.json"
    ;

Result<Handled> run_get_metadata(HandlerContext& context, const Call& call) {
  context.response_writer.with_content_type(call.response, call.info, "application/xml");
  static const std::string kMetadata = print_csdl(csdl_model());
  call.response.body = kMetadata;
  return Handled::kNow;
}

Result<Handled> run_get_service_document(HandlerContext& context, const Call& call) {
  std::string& out = call.response.body;
  out += '{';
  if (call.info.metadata != MetadataLevel::kNone) {
    out += R"("@odata.context":")";
    append_service_root(context, call, out);
    out += R"(/$metadata",)";
  }
  out += kContents;
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

Result<Handled> run_get_openapi(HandlerContext& context, const Call& call) {
  call.response.body = kOpenApi;
  reply_with_etag(context, call);
  return Handled::kNow;
}

Result<Handled> run_get_graph_openapi(HandlerContext& context, const Call& call) {
  static const std::string kGraphOpenApi = print_graph_openapi(routes(), csdl_model());
  call.response.body = kGraphOpenApi;
  reply_with_etag(context, call);
  return Handled::kNow;
}

// OpenID Connect Discovery 1.0 §4.
Result<Handled> run_get_discovery(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  std::string keys;
  context.response_writer.base_url(call.request).append_to(keys);
  keys += "/discovery/v2.0/keys";
  JsonObject(call.response.body)
      .text("issuer", context.services.issuer)
      .text("jwks_uri", keys)
      .texts("id_token_signing_alg_values_supported",
             identity::algorithms_of(context.services.published_keys(call.info.now)))
      .json("subject_types_supported", R"(["pairwise"])");
  return Handled::kNow;
}

// Our public keys (RFC 7517).
Result<Handled> run_get_keys(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  call.response.body = identity::print_jwks(context.services.published_keys(call.info.now));
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation get_metadata = public_operation<parse_no_options, run_get_metadata>();
constinit const RouteOperation get_service_document =
    public_operation<parse_no_options, run_get_service_document>();
constinit const RouteOperation get_openapi = public_operation<parse_no_options, run_get_openapi>();
constinit const RouteOperation get_graph_openapi =
    public_operation<parse_no_options, run_get_graph_openapi>();
constinit const RouteOperation get_discovery = public_operation<parse_nothing, run_get_discovery>();
constinit const RouteOperation get_keys = public_operation<parse_nothing, run_get_keys>();

}  // namespace porchlight::graph
