// Discovery documents: OpenID Connect Discovery 1.0 §4, the public keys (RFC 7517), and instance discovery, by which
// MSAL validates a host.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "authority/authority_context.h"
#include "base/json_writer.h"
#include "base/language.h"

namespace porchlight::authority {
namespace {

using Strings = std::initializer_list<std::string_view>;

std::string_view host_of_base(std::string_view base) { return base.substr(base.find("//") + 2); }

// An ID token of the authorization endpoint counts as the grant type `implicit` (OpenID Connect Dynamic Client
// Registration 1.0 §2).
std::vector<std::string_view> grant_types(const AuthorityContext& context) {
  std::vector<std::string_view> names = enabled_grants(context);
  names.emplace_back("implicit");
  return names;
}

std::vector<std::string_view> page_languages() {
  std::vector<std::string_view> tags;
  tags.reserve(std::size(kLanguages));
  for (const Language language : kLanguages) tags.push_back(tag_of(language));
  return tags;
}

}  // namespace

// Both versions name the same issuer, because a token has one; the v1 document names the v1 endpoints, as at Entra.
void answer_discovery(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response) {
  const std::string root = fmt::format("{}/{}", incoming.base, incoming.tenant_name);
  const std::string_view version = incoming.version == EndpointVersion::kV1 ? "" : "v2.0/";
  const auto url = [&](std::string_view folder, std::string_view name) {
    return fmt::format("{}/{}/{}{}", root, folder, version, name);
  };
  reply_json(incoming, json_object([&](JsonObject& json) {
               // The issuer of tokens from /common is that of the user's tenant.
               json.text("issuer", fmt::format("{}/{}/v2.0", incoming.base,
                                               incoming.tenant ? incoming.tenant_name : "{tenantid}"))
                   .text("authorization_endpoint", url("oauth2", "authorize"))
                   .text("token_endpoint", url("oauth2", "token"))
                   .text("device_authorization_endpoint", url("oauth2", "devicecode"))
                   .text("end_session_endpoint", url("oauth2", "logout"))
                   .text("jwks_uri", url("discovery", "keys"))
                   .texts("response_types_supported", Strings{"code", "id_token", "code id_token"})
                   .texts("response_modes_supported", Strings{"query", "fragment", "form_post"})
                   .texts("grant_types_supported", grant_types(context))
                   .texts("code_challenge_methods_supported", Strings{"S256"})
                   .texts("token_endpoint_auth_methods_supported",
                          Strings{"client_secret_post", "client_secret_basic", "private_key_jwt"})
                   .texts("token_endpoint_auth_signing_alg_values_supported", Strings{"RS256", "PS256"})
                   .texts("scopes_supported", Strings{"openid", "profile", "email", "offline_access"})
                   .texts("subject_types_supported", Strings{"pairwise"})
                   .texts("id_token_signing_alg_values_supported",
                          identity::algorithms_of(context.keys.published(incoming.now)))
                   .texts("claims_supported",
                          Strings{"sub", "iss", "aud", "exp", "iat", "nonce", "c_hash", "preferred_username",
                                  "name", "tid", "oid", "ver", "amr"})
                   .texts("ui_locales_supported", page_languages())
                   .boolean("request_uri_parameter_supported", false);
             }),
             response);
}

void answer_keys(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response) {
  reply_json(incoming, identity::print_jwks(context.keys.published(incoming.now)), response);
}

void answer_instance(AuthorityContext&, const EndpointRequest& incoming, http::Response& response) {
  const auto query = Form::parse(incoming.request.query);
  if (!query) return reply_error(incoming, form_error(query.error()), response);
  const auto asked = query->find("authorization_endpoint");
  if (asked && !asked->starts_with(fmt::format("{}/", incoming.base)))
    return reply_error(incoming, {OAuthFault::kInstance}, response);
  const std::string_view host[] = {host_of_base(incoming.base)};
  reply_json(
      incoming, json_object([&](JsonObject& json) {
        json.text("tenant_discovery_endpoint", fmt::format("{}/{}/v2.0/.well-known/openid-configuration",
                                                           incoming.base, incoming.tenant_name))
            .text("api-version", "1.1")
            .array("metadata", host, [&](JsonArray& out, std::string_view name) {
              out.object([&](JsonObject& entry) {
                entry.text("preferred_network", name).text("preferred_cache", name).texts("aliases", host);
              });
            });
      }),
      response);
}

}  // namespace porchlight::authority
