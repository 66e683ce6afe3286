// The claims of access and ID tokens.
#include "authority/tokens.h"

#include "authority/digest.h"
#include "base/base64url.h"
#include "base/json_writer.h"

namespace porchlight::authority {
namespace {

// `sub` differs between applications for the same user, so that they cannot correlate users (OpenID Connect Core §8.1).
std::string pairwise_subject(const Client& client, const Guid& subject) {
  std::string text = to_string(client.tenant);
  append_guid(text, client.id);
  append_guid(text, subject);
  return encode_base64url(sha256(text));
}

std::int64_t seconds_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// Whole seconds since 1970.
void add_times(JsonObject& claims, Time now) {
  const std::int64_t begin = seconds_of(now);
  claims.number("iat", begin)
      .number("nbf", begin)
      .number("exp", begin + std::chrono::duration_cast<std::chrono::seconds>(kTokenLife).count());
}

// `scp` is one string with spaces; `roles` is an array.
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += ' ';
    text += part;
  }
  return text;
}

// `amr` (RFC 8176), with the words that Entra uses for an authenticator app.
std::vector<std::string> methods_of(SignInMethod method) {
  if (method == SignInMethod::kSecondFactor) return {"pwd", "mfa"};
  return {"pwd"};
}

// The left half of the hash. Both signature algorithms of the authority have SHA-256.
std::string half_hash(std::string_view text) {
  return encode_base64url(std::string_view(sha256(text)).substr(0, 16));
}

}  // namespace

std::string sign_access_token(const AccessToken& token, const identity::SigningKey& key, Time now) {
  const Guid subject = token.user ? token.user->id : token.client.id;
  return key.sign(json_object([&](JsonObject& claims) {
    claims.text("aud", token.audience).text("iss", token.issuer);
    add_times(claims, now);
    claims.text("tid", to_string(token.client.tenant)).text("oid", to_string(subject));
    claims.text("sub", pairwise_subject(token.client, subject)).text("azp", to_string(token.client.id));
    claims.text("azpacr", std::to_string(static_cast<int>(token.proof)));
    if (token.user) {
      claims.texts("amr", methods_of(token.method));
      claims.text("idtyp", "user").text("name", token.user->name).text("preferred_username", token.user->upn);
      if (!token.permissions.empty()) claims.text("scp", joined(token.permissions));
    } else {
      claims.text("idtyp", "app")
          .text("app_displayname", token.client.name)
          .texts("roles", token.permissions);
    }
    claims.text("jti", encode_base64url(secure_random_bytes(16))).text("ver", "2.0");
  }));
}

std::string sign_id_token(const IdToken& token, const identity::SigningKey& key, Time now) {
  return key.sign(json_object([&](JsonObject& claims) {
    claims.text("aud", to_string(token.client.id)).text("iss", token.issuer);
    add_times(claims, now);
    claims.text("tid", to_string(token.client.tenant)).text("oid", to_string(token.user.id));
    claims.text("sub", pairwise_subject(token.client, token.user.id));
    claims.texts("amr", methods_of(token.method));
    claims.text_if("nonce", token.nonce);
    if (!token.code.empty()) claims.text("c_hash", half_hash(token.code));
    if (token.profile) claims.text("name", token.user.name).text("preferred_username", token.user.upn);
    claims.text("ver", "2.0");
  }));
}

std::string client_info(const Guid& user, const Guid& tenant) {
  return encode_base64url(json_object(
      [&](JsonObject& info) { info.text("uid", to_string(user)).text("utid", to_string(tenant)); }));
}

}  // namespace porchlight::authority
