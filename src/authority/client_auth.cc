// Reads the credentials of a client and checks them against its registration.
#include "authority/client_auth.h"

#include <fmt/format.h>

#include "authority/assertion.h"
#include "base/base64.h"
#include "base/percent.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kBasic = "Basic ";
constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// The parameters that identify and authenticate a client.
struct PresentedCredentials {
  std::string id;
  std::optional<std::string> secret;
  std::optional<std::string_view> assertion;
};

// Reads the credentials without checking them. Two of them in one request are an error (RFC 6749 §2.3), even if both
// are right.
OAuthResult<PresentedCredentials> read_credentials(const EndpointRequest& incoming, const Form& form) {
  PresentedCredentials presented;
  const auto id = form.find("client_id");
  const auto secret = form.find("client_secret");
  presented.assertion = form.find("client_assertion");
  if (secret) presented.secret = *secret;
  if (id) presented.id = *id;
  if (incoming.request.count("Authorization") > 0) {
    auto pair = parse_basic(incoming.request.header("Authorization"));
    if (incoming.request.count("Authorization") > 1 || !pair) return refuse(OAuthFault::kMalformed);
    if (secret || (id && !equals_ignore_case(*id, pair->id))) return refuse(OAuthFault::kCredentialDoubled);
    presented.id = std::move(pair->id);
    presented.secret = std::move(pair->secret);
  }
  if (presented.id.empty()) return refuse(OAuthFault::kParameterMissing, "client_id");
  if (presented.secret && presented.assertion) return refuse(OAuthFault::kCredentialDoubled);
  if (presented.assertion && form.find("client_assertion_type") != kJwtBearer)
    return refuse(OAuthFault::kParameterInvalid, "client_assertion_type");
  return presented;
}

// The accepted audiences of an assertion: the token endpoints and the issuer, by each name of the tenant.
std::vector<std::string> audiences_of(const EndpointRequest& incoming, const Guid& tenant) {
  std::vector<std::string> names;
  for (const std::string& name : {to_string(tenant), incoming.tenant_name}) {
    names.push_back(fmt::format("{}/{}/oauth2/v2.0/token", incoming.base, name));
    names.push_back(fmt::format("{}/{}/oauth2/token", incoming.base, name));
    names.push_back(fmt::format("{}/{}/v2.0", incoming.base, name));
  }
  return names;
}

OAuthResult<void> check_secret(const Client& client, std::string_view secret, Time now) {
  switch (check_client_secret(client.registration.secrets, secret, now)) {
    case SecretCheck::kGood:
      return {};
    case SecretCheck::kExpired:
      return refuse(OAuthFault::kSecretExpired);
    case SecretCheck::kWrong:
      break;
  }
  return refuse(OAuthFault::kSecretWrong);
}

// A public client that sends a credential is refused: it would believe itself authenticated.
OAuthResult<Proof> check_proof(const EndpointRequest& incoming, const Client& client,
                               const PresentedCredentials& presented) {
  if (client.registration.is_public) {
    if (presented.secret || presented.assertion) return refuse(OAuthFault::kCredentialOfPublic);
    return Proof::kNone;
  }
  if (presented.secret) {
    if (auto good = check_secret(client, *presented.secret, incoming.now); !good)
      return std::unexpected(good.error());
    return Proof::kSecret;
  }
  if (!presented.assertion) return refuse(OAuthFault::kCredentialMissing);
  const auto good = check_assertion(*presented.assertion, client.registration.certificates, client.id,
                                    audiences_of(incoming, client.tenant), incoming.now);
  if (!good) return std::unexpected(good.error());
  return Proof::kCertificate;
}

}  // namespace

OAuthResult<BasicPair> parse_basic(std::string_view field) {
  if (field.size() < kBasic.size() || !equals_ignore_case(field.substr(0, kBasic.size()), kBasic))
    return refuse(OAuthFault::kMalformed);
  const auto pair = decode_base64(field.substr(kBasic.size()));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  BasicPair parts;
  if (colon == std::string::npos ||
      !percent_decode(std::string_view(*pair).substr(0, colon), true, parts.id) ||
      !percent_decode(std::string_view(*pair).substr(colon + 1), true, parts.secret))
    return refuse(OAuthFault::kMalformed);
  return parts;
}

OAuthResult<AuthenticatedClient> authenticate(AuthorityContext& context, const EndpointRequest& incoming,
                                              const Form& form) {
  const auto presented = read_credentials(incoming, form);
  if (!presented) return std::unexpected(presented.error());
  auto client = find_client(context, incoming, presented->id);
  if (!client) return std::unexpected(client.error());
  const auto proof = check_proof(incoming, *client, *presented);
  if (!proof) {
    log_refused(context.refused_lines, "application refused",
                {{"why", row_of(proof.error().fault).text},
                 {"client", incoming.request.client_text()},
                 {"tenant", to_string(client->tenant)},
                 {"app", to_string(client->id)}});
    return std::unexpected(proof.error());
  }
  return AuthenticatedClient{*std::move(client), *proof};
}

}  // namespace porchlight::authority
