// The pages of a sign-in, which the authorization and the device page share: password, code of the second factor,
// enrolment of one. Each is a form that posts to the URL of the page, with its step in the field `step`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "authority/browser.h"

namespace porchlight::authority {

// A sign-in of a browser for an application. Refers to the request.
struct SignInForm {
  AuthorityContext& context;
  const EndpointRequest& incoming;
  Browser& browser;
  const Client& client;
  std::string user_code;    // of the device that is signed in; empty: none
  std::string form_origin;  // besides this host, to which the forms may lead (Browser::show)
};

// Shows the page for name and password. `notice`: the error of the last attempt; empty: none.
void show_sign_in(const SignInForm& form, std::string_view name_hint, std::string_view notice);

// Whether the step is one of these pages.
bool is_sign_in_step(std::string_view step);

// Continues with the posted step of one of these pages. Returns the user once the sign-in is complete; nullopt if it
// has shown the next page.
std::optional<SignedInUser> continue_sign_in(const SignInForm& form, std::string_view step,
                                             const Form& posted);

}  // namespace porchlight::authority
