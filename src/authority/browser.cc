// Cookies, CSRF checks, security headers of pages, and redirects to applications.
#include "authority/browser.h"

#include <fmt/format.h>

#include "authority/redirect.h"
#include "authority/sign_in.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

// The application's wish comes first. Forms post to the URL of the page, so it holds for all pages of a flow.
Language language_of(const http::Request& request) {
  const auto query = Form::parse(request.query);
  const auto wished = query ? find_ui_language(query->find("ui_locales").value_or("")) : std::nullopt;
  return wished ? *wished
                : find_accepted_language(request.joined("Accept-Language")).value_or(Language::kEnglish);
}

}  // namespace

Browser::Browser(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response)
    : context_(context),
      incoming_(incoming),
      response_(response),
      texts_(texts_of(language_of(incoming.request))) {}

std::string_view Browser::cookie(std::string_view name) const {
  return incoming_.request.count("Cookie") == 1 ? find_cookie(incoming_.request.header("Cookie"), name)
                                                : std::string_view();
}

void Browser::set_cookie(std::string_view name, std::string_view value) {
  response_.add("Set-Cookie", fmt::format("{}={}; Path=/; Secure; HttpOnly; SameSite=Lax{}", name, value,
                                          value.empty() ? "; Max-Age=0" : ""));
}

std::optional<SignInSession> Browser::session() const {
  return context_.sessions.find(cookie(kSessionCookie), incoming_.now);
}

// A session is valid in one tenant, while its user exists and has not set a new password.
OAuthResult<std::optional<SignedInUser>> Browser::find_signed_in_user(const Guid& tenant) const {
  const auto session = this->session();
  if (!session || session->tenant != tenant) return std::nullopt;
  auto user =
      find_valid_user(context_.directory, context_.credentials, tenant, session->user, session->begun);
  if (!user) return std::unexpected(user.error());
  if (!*user) return std::nullopt;
  const auto sufficient = is_sufficient(context_, *session);
  if (!sufficient) return std::unexpected(sufficient.error());
  if (!*sufficient) return std::nullopt;
  return SignedInUser{*session, **std::move(user)};
}

SignedInUser Browser::sign_in(const Guid& tenant, directory::User user, SignInMethod method) {
  context_.sessions.end(cookie(kSessionCookie));
  const SignInSession session{tenant, user.id, incoming_.now, method};
  set_cookie(kSessionCookie, context_.sessions.begin(session, incoming_.now));
  response_.authenticated = true;
  return SignedInUser{session, std::move(user)};
}

void Browser::sign_out() {
  context_.sessions.end(cookie(kSessionCookie));
  set_cookie(kSessionCookie, "");
}

// The token is in the field `word`. It is an HMAC of a cookie that only this host can set, so another site cannot know
// it.
OAuthResult<Form> Browser::read_posted() const {
  // Browsers send the origin of a posted form. Without that header only the CSRF token is checked.
  if (incoming_.request.count("Origin") > 0 && incoming_.request.header("Origin") != incoming_.base)
    return refuse(OAuthFault::kMalformed);
  auto form = Form::parse(incoming_.request.body);
  if (!form) return std::unexpected(form_error(form.error()));
  if (!context_.csrf_guard.accepts(cookie(kCsrfCookie), form->find("word").value_or("")))
    return refuse(OAuthFault::kMalformed);
  return *std::move(form);
}

std::string Browser::csrf_token() {
  std::string value(cookie(kCsrfCookie));
  // Cookies made here have 43 characters. Any other is replaced.
  if (value.size() != CsrfGuard::make_cookie().size()) {
    value = CsrfGuard::make_cookie();
    set_cookie(kCsrfCookie, value);
  }
  return context_.csrf_guard.token_for(value);
}

void Browser::add_page_fields(std::string_view origin, PageScript script) {
  response_.add("Cache-Control", "no-store");
  response_.add("Content-Security-Policy", page_policy(origin, script));
  response_.add("X-Frame-Options", "DENY");
  response_.add("X-Content-Type-Options", "nosniff");
  // Not no-referrer: browsers would then post forms with the origin null.
  response_.add("Referrer-Policy", "same-origin");
  response_.add("x-ms-request-id", to_string(incoming_.trace.trace_id));
  if (incoming_.request.is_https) response_.add("Strict-Transport-Security", "max-age=31536000");
}

void Browser::show(int status, std::string page, std::string_view origin, PageScript script) {
  response_.status = status;
  add_page_fields(origin, script);
  response_.add("Content-Type", "text/html; charset=utf-8");
  response_.add("Content-Language", tag_of(texts_.language()));
  response_.add("Vary", "Accept-Language");
  response_.body = std::move(page);
}

void Browser::show_error(const OAuthError& error) {
  show(row_of(error.fault).status, error_page(texts_, error.fault, describe(error, incoming_.trace)));
}

void Browser::redirect(std::string_view uri) {
  // 303: the browser follows with a GET and does not repeat the posted form.
  response_.status = incoming_.request.method == http::Method::kPost ? 303 : 302;
  add_page_fields(redirect_origin(uri), PageScript::kNone);
  response_.add("Location", uri);
}

// form_post is a page with a form; query and fragment are redirects. A registered URI may have a query of its own.
void Browser::redirect_to_client(const ClientRedirect& to,
                                 std::vector<std::pair<std::string, std::string>> parameters) {
  if (!to.state.empty()) parameters.emplace_back("state", to.state);
  if (to.mode == ResponseMode::kFormPost)
    return show(200, post_page(texts_, to.uri, parameters), redirect_origin(to.uri), PageScript::kSubmit);
  std::string uri = to.uri;
  char mark = to.mode == ResponseMode::kFragment ? '#' : uri.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    uri += std::exchange(mark, '&');
    append_form_value(uri, name);
    uri += '=';
    append_form_value(uri, value);
  }
  redirect(uri);
}

void Browser::redirect_to_client(const ClientRedirect& to, const OAuthError& error) {
  redirect_to_client(to, {{"error", std::string(row_of(error.fault).error)},
                          {"error_description", describe(error, incoming_.trace)}});
}

}  // namespace porchlight::authority
