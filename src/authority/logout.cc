// Sign-out (OpenID Connect RP-Initiated Logout 1.0). A link of any site leads here, so the user is asked, unless the
// request has an ID token of the session's user (§2: "the OP MUST ask"), or there is no session. The redirect to the
// application happens only if the request identifies the application and the URI is registered for it.
#include "authority/browser.h"
#include "authority/pages.h"
#include "authority/redirect.h"
#include "identity/claims.h"
#include "identity/signature.h"
#include "identity/token_form.h"

namespace porchlight::authority {
namespace {

// The client that an ID token was issued to, and its user.
struct HintClaims {
  std::string client;
  std::optional<Guid> tenant, user;
};

// The claims of an ID token of this authority; it may have expired.
std::optional<HintClaims> read_hint(const AuthorityContext& context, const EndpointRequest& incoming,
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
    if (!claims || claims->aud.size() != 1) return std::nullopt;
    return HintClaims{std::string(claims->aud[0]), claims->tenant, claims->user};
  }
  return std::nullopt;
}

// The destination after the sign-out; nullopt if the request does not identify an application, or the URI is not one
// that is registered for it. Then a page is shown: an open redirect would help phishing.
std::optional<ClientRedirect> read_logout_redirect(const AuthorityContext& context,
                                                   const EndpointRequest& incoming, const Form& query,
                                                   const std::optional<HintClaims>& hint) {
  const auto uri = query.find("post_logout_redirect_uri");
  std::optional<std::string> id;
  if (!query.find("id_token_hint"))
    id = query.find("client_id");
  else if (hint)
    id = hint->client;
  if (!uri || !id) return std::nullopt;
  const auto client = find_client(context, incoming, *id);
  if (!client || !is_redirect_of(client->registration, *uri, incoming.base)) return std::nullopt;
  return ClientRedirect{std::string(*uri), std::string(query.find("state").value_or("")),
                        ResponseMode::kQuery};
}

// Ends the session, if any, and goes back to the application.
void finish_logout(Browser& browser, const std::optional<ClientRedirect>& back) {
  browser.sign_out();
  if (back) return browser.redirect_to_client(*back, std::vector<std::pair<std::string, std::string>>{});
  browser.show(200, message_page(browser.texts(), "sign_out.done_title", "sign_out.done"));
}

// Whether the session ends without a question.
bool may_end(const std::optional<SignInSession>& session, const std::optional<HintClaims>& hint) {
  return !session || (hint && hint->tenant == session->tenant && hint->user == session->user);
}

}  // namespace

// The form posts to the URL of the page, which has the request.
void answer_logout(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response) {
  Browser browser(context, incoming, response);
  const auto query = Form::parse(incoming.request.query);
  if (!query) return browser.show_error(form_error(query.error()));
  const auto id_token = query->find("id_token_hint");
  const auto hint = id_token ? read_hint(context, incoming, *id_token) : std::nullopt;
  const auto back = read_logout_redirect(context, incoming, *query, hint);
  if (incoming.request.method == http::Method::kPost) {
    if (const auto posted = browser.read_posted(); !posted) return browser.show_error(posted.error());
    return finish_logout(browser, back);
  }
  if (may_end(browser.session(), hint)) return finish_logout(browser, back);
  const FormState state{browser.csrf_token()};
  browser.show(200, sign_out_page(browser.texts(), state), back ? redirect_origin(back->uri) : std::string());
}

}  // namespace porchlight::authority
