// Checks the parameters of an authorization request, each with its own error.
#include "authority/authorize_request.h"

#include <algorithm>
#include <optional>

#include "authority/authorization_codes.h"
#include "base/base64url.h"
#include "base/split.h"

namespace porchlight::authority {
namespace {

std::string text_of(const Form& query, std::string_view name) {
  return std::string(query.find(name).value_or(""));
}

// The words of the type may be in any order.
std::optional<ResponseType> parse_type(std::string_view text) {
  ResponseType type;
  for (const std::string_view word : split(text, ' ')) {
    bool* const part = word == "code" ? &type.code : word == "id_token" ? &type.id_token : nullptr;
    if (!part || *part) return std::nullopt;
    *part = true;
  }
  return type;
}

std::optional<ResponseMode> parse_mode(std::string_view text) {
  if (text == "query") return ResponseMode::kQuery;
  if (text == "fragment") return ResponseMode::kFragment;
  if (text == "form_post") return ResponseMode::kFormPost;
  return std::nullopt;
}

std::optional<Prompt> parse_prompt(std::string_view text) {
  if (text.empty()) return Prompt::kAsNeeded;
  if (text == "none") return Prompt::kNone;
  // A browser has one signed-in account, so selecting an account means to sign in again.
  if (text == "login" || text == "select_account") return Prompt::kLogin;
  if (text == "consent") return Prompt::kConsent;
  return std::nullopt;
}

// A client that need not send a challenge, but sends one, is held to it.
OAuthResult<void> check_challenge(const Registration& registration, const Form& query) {
  const auto challenge = query.find("code_challenge");
  if (!challenge && !query.find("code_challenge_method") && !needs_pkce(registration)) return {};
  if (!challenge || query.find("code_challenge_method") != "S256")
    return refuse(OAuthFault::kChallengeMissing);
  const auto digest = decode_base64url(*challenge);
  if (challenge->size() != kChallengeChars || !digest) return refuse(OAuthFault::kChallengeSize);
  return {};
}

OAuthResult<ResponseType> read_type(const Registration& registration, const Form& query) {
  const auto text = query.find("response_type");
  if (!text) return refuse(OAuthFault::kParameterMissing, "response_type");
  const auto type = parse_type(*text);
  if (!type) return refuse(OAuthFault::kResponseType);
  if (type->id_token && !registration.id_tokens) return refuse(OAuthFault::kIdTokensOff);
  return *type;
}

OAuthResult<void> check_mode(const ResponseType& type, std::string_view text) {
  const auto mode = parse_mode(text);
  if (!mode && !text.empty()) return refuse(OAuthFault::kResponseMode);
  if (mode == ResponseMode::kQuery && type.id_token) return refuse(OAuthFault::kResponseModeQuery);
  return {};
}

// The nonce binds an ID token to the browser session of the application; a code is bound by its redemption.
OAuthResult<void> check_nonce(const ResponseType& type, std::string_view nonce) {
  if (nonce.size() > kNonceBytesMax) return refuse(OAuthFault::kParameterInvalid, "nonce");
  if (type.id_token && nonce.empty()) return refuse(OAuthFault::kParameterMissing, "nonce");
  return {};
}

}  // namespace

ClientRedirect read_client_redirect(const Form& query) {
  const bool has_id_token = parse_type(text_of(query, "response_type")).value_or(ResponseType{}).id_token;
  ResponseMode mode = parse_mode(text_of(query, "response_mode")).value_or(ResponseMode::kQuery);
  if (has_id_token && mode == ResponseMode::kQuery) mode = ResponseMode::kFragment;
  return {text_of(query, "redirect_uri"), text_of(query, "state"), mode};
}

OAuthResult<AuthorizeRequest> read_authorize(const EndpointRequest& incoming,
                                             const Registration& registration, const Form& query) {
  const auto type = read_type(registration, query);
  if (!type) return std::unexpected(type.error());
  if (auto good = check_mode(*type, text_of(query, "response_mode")); !good)
    return std::unexpected(good.error());
  if (type->code)
    if (auto good = check_challenge(registration, query); !good) return std::unexpected(good.error());
  const auto prompt = parse_prompt(text_of(query, "prompt"));
  if (!prompt) return refuse(OAuthFault::kParameterInvalid, "prompt");
  if (text_of(query, "state").size() > kStateBytesMax) return refuse(OAuthFault::kParameterInvalid, "state");
  AuthorizeRequest request{.type = *type,
                           .scope = {},
                           .scope_text = {},
                           .challenge = text_of(query, "code_challenge"),
                           .nonce = text_of(query, "nonce"),
                           .login_hint = text_of(query, "login_hint"),
                           .prompt = *prompt,
                           .client_info = query.find("client_info") == "1"};
  if (auto good = check_nonce(*type, request.nonce); !good) return std::unexpected(good.error());
  auto text = require_scope(incoming, query, TokenFor::kUser);
  if (!text) return std::unexpected(text.error());
  auto scope = parse_scope(*text);
  if (!scope) return std::unexpected(scope.error());
  if (type->id_token && !scope->openid) return refuse(OAuthFault::kScopeInvalid);
  request.scope_text = *std::move(text);
  request.scope = *std::move(scope);
  return request;
}

}  // namespace porchlight::authority
