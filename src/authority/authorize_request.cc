// Checks the parameters of an authorization request, each with its own error.
#include "authority/authorize_request.h"

#include <algorithm>
#include <optional>

#include "authority/authorization_codes.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

std::string text_of(const Form& query, std::string_view name) {
  return std::string(query.find(name).value_or(""));
}

std::optional<ResponseMode> parse_mode(std::string_view text) {
  if (text.empty() || text == "query") return ResponseMode::kQuery;
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

OAuthResult<void> check_challenge(const Form& query) {
  const auto challenge = query.find("code_challenge");
  if (!challenge || query.find("code_challenge_method") != "S256")
    return refuse(OAuthFault::kChallengeMissing);
  const auto digest = decode_base64url(*challenge);
  if (challenge->size() != kChallengeChars || !digest) return refuse(OAuthFault::kChallengeSize);
  return {};
}

}  // namespace

ClientRedirect read_client_redirect(const Form& query) {
  return {text_of(query, "redirect_uri"), text_of(query, "state"),
          parse_mode(text_of(query, "response_mode")).value_or(ResponseMode::kQuery)};
}

OAuthResult<AuthorizeRequest> read_authorize(const EndpointRequest& incoming, const Form& query) {
  const auto type = query.find("response_type");
  if (!type) return refuse(OAuthFault::kParameterMissing, "response_type");
  if (type != "code") return refuse(OAuthFault::kResponseType);
  if (!parse_mode(text_of(query, "response_mode"))) return refuse(OAuthFault::kResponseMode);
  if (auto good = check_challenge(query); !good) return std::unexpected(good.error());
  const auto prompt = parse_prompt(text_of(query, "prompt"));
  if (!prompt) return refuse(OAuthFault::kParameterInvalid, "prompt");
  if (text_of(query, "state").size() > kStateBytesMax) return refuse(OAuthFault::kParameterInvalid, "state");
  AuthorizeRequest request{.scope = {},
                           .scope_text = {},
                           .challenge = text_of(query, "code_challenge"),
                           .nonce = text_of(query, "nonce"),
                           .login_hint = text_of(query, "login_hint"),
                           .prompt = *prompt,
                           .client_info = query.find("client_info") == "1"};
  if (request.nonce.size() > kNonceBytesMax) return refuse(OAuthFault::kParameterInvalid, "nonce");
  auto text = require_scope(incoming, query, TokenFor::kUser);
  if (!text) return std::unexpected(text.error());
  auto scope = parse_scope(*text);
  if (!scope) return std::unexpected(scope.error());
  request.scope_text = *std::move(text);
  request.scope = *std::move(scope);
  return request;
}

}  // namespace porchlight::authority
