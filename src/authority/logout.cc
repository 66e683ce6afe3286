// Sign-out (OpenID Connect RP-Initiated Logout 1.0). The browser's session ends at once; the redirect to the
// application happens only if the request identifies the application and the URI is registered for it.
#include "authority/browser.h"
#include "authority/pages.h"
#include "identity/claims.h"
#include "identity/signature.h"
#include "identity/token_form.h"

namespace porchlight::authority {
namespace {

// The client that an ID token was issued to; the token may have expired.
std::optional<std::string> audience_of(const AuthorityContext& context, const EndpointRequest& incoming,
                                       std::string_view id_token) {
  const auto form = identity::split_token(id_token);
  if (!form) return std::nullopt;
  JsonReader reader;
  const auto header = identity::read_header(reader, form->header);
  if (!header || !header->kid) return std::nullopt;
  for (const identity::PublicKey& key : context.keys.published(incoming.now)) {
    if (key.kid != *header->kid || !identity::verify_signature(key, form->signed_text, form->signature))
      continue;
    const auto claims = identity::read_claims(reader, form->payload);
    return claims && claims->aud.size() == 1 ? std::optional(std::string(claims->aud[0])) : std::nullopt;
  }
  return std::nullopt;
}

// The destination after the sign-out; nullopt if the request does not identify an application, or the URI is not one
// that is registered for it. Then a page is shown: an open redirect would help phishing.
std::optional<ClientRedirect> read_logout_redirect(const AuthorityContext& context,
                                                   const EndpointRequest& incoming, const Form& query) {
  const auto uri = query.find("post_logout_redirect_uri");
  const auto id_token = query.find("id_token_hint");
  const auto named = query.find("client_id");
  const auto id = id_token ? audience_of(context, incoming, *id_token)
                  : named  ? std::optional(std::string(*named))
                           : std::nullopt;
  if (!uri || !id) return std::nullopt;
  const auto client = find_client(context, incoming, *id);
  if (!client || !is_redirect_of(client->registration, *uri)) return std::nullopt;
  return ClientRedirect{std::string(*uri), std::string(query.find("state").value_or("")),
                        ResponseMode::kQuery};
}

}  // namespace

void answer_logout(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response) {
  Browser browser(context, incoming, response);
  browser.sign_out();
  const auto query = Form::parse(incoming.request.query);
  if (query) {
    if (const auto back = read_logout_redirect(context, incoming, *query))
      return browser.redirect_to_client(*back, std::vector<std::pair<std::string, std::string>>{});
  }
  browser.show(200, message_page("Signed out", "You can close this page now."));
}

}  // namespace porchlight::authority
