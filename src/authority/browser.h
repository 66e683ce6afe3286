// What the pages' endpoints share: a visit by a browser, its cookies, and the answers it understands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/authority_context.h"
#include "authority/authorize_request.h"

namespace porchlight::authority {

// The `__Host-` in their names has browsers take them over TLS only, from this host only.
inline constexpr std::string_view kSessionCookie = "__Host-porchlight-session";
inline constexpr std::string_view kCsrfCookie = "__Host-porchlight-form";

// Who is signed in at this browser.
struct SignedInUser {
  SignInSession session;
  directory::User user;
};

class Browser {
 public:
  Browser(AuthorityContext& context, const EndpointRequest& incoming, http::Response& response);

  // Who is signed in here in that tenant, if anybody, and is still there.
  OAuthResult<std::optional<SignedInUser>> find_signed_in_user(const Guid& tenant) const;
  // A new session, under a new cookie: one that was planted before is of no use.
  OAuthResult<SignedInUser> sign_in(const Guid& tenant, directory::User user);
  // Ends the session, if there is one.
  void sign_out();

  // The fields of a form of ours: posted by a page of this host, with its word. kMalformed otherwise.
  OAuthResult<Form> read_posted() const;
  // The word that the next page's form must carry; sets its cookie where the browser has none.
  std::string csrf_token();

  // `origin`: where, besides here, forms of the page may lead to.
  void show(int status, std::string page, std::string_view origin = {});
  // A refusal, told to the person.
  void show_error(const OAuthError& error);
  // Back to the application with these parameters, and the state.
  void redirect_to_client(const ClientRedirect& to,
                          std::vector<std::pair<std::string, std::string>> parameters);
  void redirect_to_client(const ClientRedirect& to, const OAuthError& error);
  void redirect(std::string_view uri);

 private:
  std::string_view cookie(std::string_view name) const;
  void set_cookie(std::string_view name, std::string_view value);
  void add_page_fields(std::string_view origin);

  AuthorityContext& context_;
  const EndpointRequest& incoming_;
  http::Response& response_;
};

}  // namespace porchlight::authority
