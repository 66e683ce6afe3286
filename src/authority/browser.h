// One request of a browser to a page of the authority: its cookies, and the responses that pages send.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/authority_context.h"
#include "authority/authorize_request.h"
#include "authority/pages.h"

namespace porchlight::authority {

// Browsers accept cookies with the prefix `__Host-` only over TLS and only from this host.
inline constexpr std::string_view kSessionCookie = "__Host-porchlight-session";
inline constexpr std::string_view kCsrfCookie = "__Host-porchlight-form";

// The user that is signed in at the browser.
struct SignedInUser {
  SignInSession session;
  directory::User user;
};

// Lives for one request. The arguments must outlive it.
class Browser {
 public:
  Browser(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);

  // The texts of the pages, in the language that the application or the browser prefers; otherwise in English.
  const PageTexts& texts() const { return texts_; }

  // The browser's session in any tenant; nullopt if it has none. Its user may have been removed.
  std::optional<SignInSession> session() const;
  // The user that is signed in to the tenant; nullopt if no user is, the user no longer exists, or the user needs a
  // second factor with which the session was not made.
  OAuthResult<std::optional<SignedInUser>> find_signed_in_user(const Guid& tenant) const;
  // Begins a session under a new cookie, so that a cookie planted by an attacker is not signed in.
  SignedInUser sign_in(const Guid& tenant, directory::User user, SignInMethod method);
  // Ends the session, if any, and deletes its cookie.
  void sign_out();

  // The fields of a posted form. Errors: kMalformed if the form was not posted by a page of this host with a valid CSRF
  // token, or cannot be parsed.
  OAuthResult<Form> read_posted() const;
  // The CSRF token for the form of the next page. Sets the cookie if the browser has none.
  std::string csrf_token();

  // Responds with a page in the language of texts(). `origin`: an origin, besides this host, to which its forms may
  // lead. `script`: what it runs.
  void show(int status, std::string page, std::string_view origin = {},
            PageScript script = PageScript::kNone);
  // Responds with an error page.
  void show_error(const OAuthError& error);
  // Redirects to the application with these parameters and the state, or with the error.
  void redirect_to_client(const ClientRedirect& to,
                          std::vector<std::pair<std::string, std::string>> parameters);
  void redirect_to_client(const ClientRedirect& to, const OAuthError& error);
  // Responds with a 303.
  void redirect(std::string_view uri);

 private:
  std::string_view cookie(std::string_view name) const;
  void set_cookie(std::string_view name, std::string_view value);
  void add_page_fields(std::string_view origin, PageScript script);

  AuthorityContext& context_;
  const EndpointRequest& incoming_;
  http::Response& response_;
  const PageTexts& texts_;
};

}  // namespace porchlight::authority
