// The HTML pages of the authority: usable without scripts, accessible, in the language of `texts`. All texts are
// escaped here. A form without an action posts to the URL of the page.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "authority/error.h"
#include "authority/page_text.h"

namespace porchlight::authority {

// A page of the server in the style of these pages. `language`: its tag. `body` is HTML and is not escaped.
std::string html_page(std::string_view language, std::string_view title, std::string_view body);

// What each form posts besides the user's input.
struct FormState {
  std::string csrf_token;      // sessions.h
  std::string user_code = {};  // of the device that is signed in; empty: none
  std::string pending = {};    // the token of the pending sign-in; empty: none
};

// The form for name and password. `notice`: the error of the last attempt; empty: none.
std::string sign_in_page(const PageTexts& texts, std::string_view app, std::string_view name_hint,
                         const FormState& state, std::string_view notice);
// The form for the code of the second factor.
std::string second_factor_page(const PageTexts& texts, const FormState& state, std::string_view notice);
// The form that enrols a second factor: its secret as text, as a link and as a QR code of that link, and a field for
// the first code.
std::string enrolment_page(const PageTexts& texts, std::string_view secret, std::string_view uri,
                           const FormState& state, std::string_view notice);
// The recovery codes.
std::string recovery_codes_page(const PageTexts& texts, std::span<const std::string> codes,
                                const FormState& state);
// The consent form, with a field for the name of the device if `state` has the code of one. `wants`: the requested
// permissions, a sentence each.
std::string consent_page(const PageTexts& texts, std::string_view app, std::string_view person,
                         std::span<const std::string> wants, const FormState& state);
// The form for the code of a device.
std::string user_code_page(const PageTexts& texts, const FormState& state, std::string_view notice);
// The form that asks whether to sign out.
std::string sign_out_page(const PageTexts& texts, const FormState& state);
std::string message_page(const PageTexts& texts, PageTextKey title, PageTextKey text);
// What went wrong, for the user, and `description`: the error for those who can correct it, in English.
std::string error_page(const PageTexts& texts, OAuthFault fault, std::string_view description);
// What a user can do about the fault, in a sentence.
std::string_view fault_sentence(const PageTexts& texts, OAuthFault fault);
// A form with these fields that a script posts to the application at once, and without scripts the user
// (response_mode=form_post). Its policy needs PageScript::kSubmit.
std::string post_page(const PageTexts& texts, std::string_view uri,
                      std::span<const std::pair<std::string, std::string>> fields);

// Which script a page may run: only that of post_page(), or no script.
enum class PageScript : std::uint8_t { kNone, kSubmit };

// The Content-Security-Policy of a page whose forms may lead to this host and, if not empty, to `origin`: a source
// expression of redirect_origin().
std::string page_policy(std::string_view origin, PageScript script = PageScript::kNone);

}  // namespace porchlight::authority
