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

// What of a request says who the client is.
struct Claimed {
  std::string id;
  std::optional<std::string> secret;
  std::optional<std::string_view> assertion;
};

Result<Claimed> read_claimed(const Visit& visit, const Form& form) {
  Claimed claimed;
  const auto id = form.find("client_id");
  const auto secret = form.find("client_secret");
  claimed.assertion = form.find("client_assertion");
  if (secret) claimed.secret = *secret;
  if (id) claimed.id = *id;
  if (visit.request.count("Authorization") > 0) {
    auto pair = parse_basic(visit.request.header("Authorization"));
    if (visit.request.count("Authorization") > 1 || !pair) return refuse(Fault::kMalformed);
    if (secret || (id && !same_text(*id, pair->id))) return refuse(Fault::kCredentialDoubled);
    claimed.id = std::move(pair->id);
    claimed.secret = std::move(pair->secret);
  }
  if (claimed.id.empty()) return refuse(Fault::kParameterMissing, "client_id");
  if (claimed.secret && claimed.assertion) return refuse(Fault::kCredentialDoubled);
  if (claimed.assertion && form.find("client_assertion_type") != kJwtBearer)
    return refuse(Fault::kParameterInvalid, "client_assertion_type");
  return claimed;
}

// The names by which a client may call us in an assertion: the token endpoint, and the issuer.
std::vector<std::string> audiences_of(const Visit& visit, const Guid& tenant) {
  std::vector<std::string> names;
  for (const std::string& name : {to_string(tenant), visit.tenant_name}) {
    names.push_back(fmt::format("{}/{}/oauth2/v2.0/token", visit.base, name));
    names.push_back(fmt::format("{}/{}/v2.0", visit.base, name));
  }
  return names;
}

Result<void> check_secret(const Client& client, std::string_view secret, Time now) {
  switch (check_client_secret(client.registration.secrets, secret, now)) {
    case SecretCheck::kGood:
      return {};
    case SecretCheck::kExpired:
      return refuse(Fault::kSecretExpired);
    case SecretCheck::kWrong:
      break;
  }
  return refuse(Fault::kSecretWrong);
}

Result<Proof> check_proof(const Visit& visit, const Client& client, const Claimed& claimed) {
  if (client.registration.is_public) {
    if (claimed.secret || claimed.assertion) return refuse(Fault::kCredentialOfPublic);
    return Proof::kNone;
  }
  if (claimed.secret) {
    if (auto good = check_secret(client, *claimed.secret, visit.now); !good)
      return std::unexpected(good.error());
    return Proof::kSecret;
  }
  if (!claimed.assertion) return refuse(Fault::kCredentialMissing);
  const auto good = check_assertion(*claimed.assertion, client.registration.certificates, client.id,
                                    audiences_of(visit, client.tenant), visit.now);
  if (!good) return std::unexpected(good.error());
  return Proof::kCertificate;
}

}  // namespace

Result<BasicPair> parse_basic(std::string_view field) {
  if (field.size() < kBasic.size() || !same_text(field.substr(0, kBasic.size()), kBasic))
    return refuse(Fault::kMalformed);
  const auto pair = decode_base64(field.substr(kBasic.size()));
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  BasicPair parts;
  if (colon == std::string::npos ||
      !percent_decode(std::string_view(*pair).substr(0, colon), true, parts.id) ||
      !percent_decode(std::string_view(*pair).substr(colon + 1), true, parts.secret))
    return refuse(Fault::kMalformed);
  return parts;
}

Result<Authenticated> authenticate(const Desk& desk, const Visit& visit, const Form& form) {
  const auto claimed = read_claimed(visit, form);
  if (!claimed) return std::unexpected(claimed.error());
  auto client = find_client(desk, visit, claimed->id);
  if (!client) return std::unexpected(client.error());
  const auto proof = check_proof(visit, *client, *claimed);
  if (!proof) return std::unexpected(proof.error());
  return Authenticated{*std::move(client), *proof};
}

}  // namespace porchlight::authority
