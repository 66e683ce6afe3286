// The authorization endpoint and its pages: /{tenant}/oauth2/v2.0/authorize, and the same of v1. The application's
// request stays in the URL of the page, to which each form posts back, so the server stores nothing for users who have
// not signed in.
#include "authority/redirect.h"
#include "authority/sign_in_form.h"

namespace porchlight::authority {
namespace {

// An authorization request and the browser that sent it.
struct AuthorizeFlow {
  AuthorityContext& context;
  const EndpointRequest& incoming;
  Browser& browser;
  const Client& client;
  const ClientRedirect& client_redirect;
  const AuthorizeRequest& request;
};

// Browsers apply form-action of the page's policy to redirects after a form as well; so it names the application.
void show_form(const AuthorizeFlow& flow, std::string page) {
  flow.browser.show(200, std::move(page), redirect_origin(flow.client_redirect.uri));
}

SignInForm sign_in_form(const AuthorizeFlow& flow) {
  return {
      flow.context, flow.incoming, flow.browser, flow.client, "", redirect_origin(flow.client_redirect.uri)};
}

void show_consent(const AuthorizeFlow& flow, const SignedInUser& signed_in, const Consent& consent) {
  const PageTexts& texts = flow.browser.texts();
  std::vector<std::string> wants = consent_sentences(texts, flow.request.scope, consent);
  if (flow.request.scope.offline) wants.emplace_back(texts["consent.offline"]);
  if (wants.empty()) wants.emplace_back(texts["consent.identity"]);
  const FormState state{flow.browser.csrf_token()};
  show_form(flow, consent_page(texts, flow.client.name, signed_in.user.upn, wants, state));
}

// A code, bound to client, user, redirect URI and PKCE challenge.
std::string issue_code(const AuthorizeFlow& flow, const SignedInUser& signed_in) {
  return flow.context.authorization_codes.issue({.tenant = flow.client.tenant,
                                                 .client = flow.client.id,
                                                 .user = signed_in.user.id,
                                                 .redirect_uri = flow.client_redirect.uri,
                                                 .challenge = flow.request.challenge,
                                                 .scope = flow.request.scope_text,
                                                 .nonce = flow.request.nonce,
                                                 .begun = signed_in.session.begun,
                                                 .family = {},
                                                 .method = signed_in.session.method},
                                                flow.incoming.now);
}

// The end of the flow: what the response type names goes to the application.
void finish_flow(const AuthorizeFlow& flow, const SignedInUser& signed_in) {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string code;
  if (flow.request.type.code) {
    code = issue_code(flow, signed_in);
    parameters.emplace_back("code", code);
  }
  if (flow.request.type.id_token) {
    const IdToken token{.issuer = issuer_of(flow.incoming, flow.client.tenant),
                        .client = flow.client,
                        .user = signed_in.user,
                        .nonce = flow.request.nonce,
                        .code = code,
                        .profile = flow.request.scope.profile,
                        .method = signed_in.session.method};
    parameters.emplace_back(
        "id_token", sign_id_token(token, flow.context.keys.signer(flow.incoming.now), flow.incoming.now));
  }
  if (flow.request.client_info)
    parameters.emplace_back("client_info", client_info(signed_in.user.id, flow.client.tenant));
  flow.browser.redirect_to_client(flow.client_redirect, std::move(parameters));
}

// Continues after the sign-in: redirects with the response, or shows the consent page first. The user cannot grant a
// permission that needs an administrator, and prompt=none forbids any page: both are errors for the application.
void continue_flow(const AuthorizeFlow& flow, const SignedInUser& signed_in, bool always_ask) {
  const auto consent = evaluate_consent_for(flow.context, flow.request.scope, flow.client, signed_in.user.id);
  if (!consent) return flow.browser.redirect_to_client(flow.client_redirect, consent.error());
  if (!needs_consent(flow.request.scope, *consent) && !always_ask) return finish_flow(flow, signed_in);
  if (flow.request.prompt == Prompt::kNone)
    return flow.browser.redirect_to_client(flow.client_redirect, {OAuthFault::kConsentRequired});
  if (consent->missing_admin)
    return flow.browser.redirect_to_client(flow.client_redirect, {OAuthFault::kAdminConsent});
  show_consent(flow, signed_in, *consent);
}

// The first request of a flow. prompt=login asks for the password even if the browser has a session.
void on_get(const AuthorizeFlow& flow) {
  const auto signed_in = flow.browser.find_signed_in_user(flow.client.tenant);
  if (!signed_in) return flow.browser.redirect_to_client(flow.client_redirect, signed_in.error());
  if (*signed_in && flow.request.prompt != Prompt::kLogin)
    return continue_flow(flow, **signed_in, flow.request.prompt == Prompt::kConsent);
  if (flow.request.prompt == Prompt::kNone)
    return flow.browser.redirect_to_client(flow.client_redirect, {OAuthFault::kLoginRequired});
  show_sign_in(sign_in_form(flow), flow.request.login_hint, "");
}

// The user accepted or declined. Grants may have changed while the page was open, so the scope is evaluated again, and
// only what is missing now is stored.
void on_consent_posted(const AuthorizeFlow& flow, const Form& posted) {
  const auto signed_in = flow.browser.find_signed_in_user(flow.client.tenant);
  if (!signed_in) return flow.browser.redirect_to_client(flow.client_redirect, signed_in.error());
  if (!*signed_in) return show_sign_in(sign_in_form(flow), flow.request.login_hint, "");
  if (posted.find("decision") != "accept")
    return flow.browser.redirect_to_client(flow.client_redirect, {OAuthFault::kDeclined});
  const Scope& scope = flow.request.scope;
  const auto consent = evaluate_consent_for(flow.context, scope, flow.client, (*signed_in)->user.id);
  if (!consent) return flow.browser.redirect_to_client(flow.client_redirect, consent.error());
  if (consent->missing_admin)
    return flow.browser.redirect_to_client(flow.client_redirect, {OAuthFault::kAdminConsent});
  std::vector<std::string> permissions;
  for (const std::string& name : consent->missing)
    permissions.push_back(qualified_permission(scope.resource, name));
  if (auto stored = flow.context.credentials.consent(flow.client.tenant, flow.client.id,
                                                     (*signed_in)->user.id, permissions);
      !stored)
    return flow.browser.redirect_to_client(flow.client_redirect, stored.error());
  finish_flow(flow, **signed_in);
}

// `step` is a field of each form.
void on_post(const AuthorizeFlow& flow) {
  const auto posted = flow.browser.read_posted();
  if (!posted) return flow.browser.show_error(posted.error());
  const auto step = posted->find("step");
  if (step && is_sign_in_step(*step)) {
    const auto signed_in = continue_sign_in(sign_in_form(flow), *step, *posted);
    if (signed_in) continue_flow(flow, *signed_in, flow.request.prompt == Prompt::kConsent);
    return;
  }
  if (step == "consent" && flow.request.prompt != Prompt::kNone) return on_consent_posted(flow, *posted);
  flow.browser.show_error({OAuthFault::kMalformed});
}

// The client of the request. Its redirect URI is checked here: errors before this are shown and not redirected.
OAuthResult<Client> read_client(const AuthorityContext& context, const EndpointRequest& incoming,
                                const Form& query) {
  const auto id = require_field(query, "client_id");
  if (!id) return std::unexpected(id.error());
  auto client = find_client(context, incoming, *id);
  if (!client) return client;
  const auto uri = query.find("redirect_uri");
  if (!uri) return refuse(OAuthFault::kRedirectMissing);
  if (!is_redirect_of(client->registration, *uri, incoming.base)) return refuse(OAuthFault::kRedirectUnknown);
  return client;
}

}  // namespace

void answer_authorize(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response) {
  Browser browser(context, incoming, response);
  const auto query = Form::parse(incoming.request.query);
  if (!query) return browser.show_error(form_error(query.error()));
  const auto client = read_client(context, incoming, *query);
  if (!client) return browser.show_error(client.error());
  const ClientRedirect client_redirect = read_client_redirect(*query);
  const auto request = read_authorize(incoming, client->registration, *query);
  if (!request) return browser.redirect_to_client(client_redirect, request.error());
  const AuthorizeFlow flow{context, incoming, browser, *client, client_redirect, *request};
  if (incoming.request.method == http::Method::kPost) return on_post(flow);
  on_get(flow);
}

}  // namespace porchlight::authority
