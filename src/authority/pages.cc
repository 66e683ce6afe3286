// HTML of the pages. The style sheet and the one script are in the pages, each permitted by its hash; no external
// resources.
#include "authority/pages.h"

#include <fmt/format.h>

#include "authority/digest.h"
#include "base/base64.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kStyle =
    "body{font:1.1em/1.5 sans-serif;max-width:26em;margin:3em auto;padding:0 1em;color:#111;background:#fff}"
    "label{display:block;margin-top:1em}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.4em;border:1px solid #555}"
    "button{font:inherit;margin:1.2em .6em 0 0;padding:.4em 1.2em;border:1px solid "
    "#036;background:#fff;color:#036}"
    "button.first{background:#036;color:#fff}"
    "[role=alert]{border-left:.3em solid #a00;padding-left:.6em;color:#a00}"
    ":focus-visible{outline:3px solid #e80}";

// Posts the only form of the page as soon as it is read.
constexpr std::string_view kSubmitScript = "document.forms[0].submit()";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string notice_of(std::string_view notice) {
  return notice.empty() ? std::string() : fmt::format("<p role=\"alert\">{}</p>\n", escaped(notice));
}

std::string hidden(std::string_view name, std::string_view value) {
  return fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(name), escaped(value));
}

// The beginning of a form, up to its visible fields. `step` tells which form was posted.
std::string form_of(std::string_view step, const FormState& state) {
  return fmt::format("<form method=\"post\">{}{}{}", hidden("step", step), hidden("word", state.csrf_token),
                     state.user_code.empty() ? std::string() : hidden("user_code", state.user_code));
}

// `'sha256-…'` of a style sheet or script: the source expression that permits it.
std::string hash_source(std::string_view text) {
  return fmt::format("'sha256-{}'", encode_base64(sha256(text)));
}

}  // namespace

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title><style>{1}</style></head>\n"
      "<body><main><h1>{0}</h1>\n{2}</main></body></html>\n",
      escaped(title), kStyle, body);
}

std::string sign_in_page(std::string_view app, std::string_view name_hint, const FormState& state,
                         std::string_view notice) {
  return html_page(
      "Sign in",
      fmt::format("{}<p>to go on to {}</p>\n{}\n"
                  "<label for=\"username\">Name</label>"
                  "<input id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" "
                  "autocapitalize=\"none\" spellcheck=\"false\" required autofocus>\n"
                  "<label for=\"password\">Password</label>"
                  "<input id=\"password\" name=\"password\" type=\"password\" "
                  "autocomplete=\"current-password\" required>\n"
                  "<button class=\"first\">Sign in</button></form>\n",
                  notice_of(notice), escaped(app), form_of("sign_in", state), escaped(name_hint)));
}

std::string consent_page(std::string_view app, std::string_view person, std::span<const std::string> wants,
                         const FormState& state) {
  std::string list;
  for (const std::string& want : wants)
    fmt::format_to(std::back_inserter(list), "<li>{}</li>", escaped(want));
  return html_page("Permissions",
                   fmt::format("<p>{} wants to:</p>\n<ul>{}</ul>\n<p>You are signed in as {}.</p>\n"
                               "{}\n"
                               "<button class=\"first\" name=\"decision\" value=\"accept\">Accept</button>"
                               "<button name=\"decision\" value=\"decline\">Cancel</button></form>\n",
                               escaped(app), list, escaped(person), form_of("consent", state)));
}

std::string user_code_page(const FormState& state, std::string_view notice) {
  return html_page(
      "Enter code",
      fmt::format("{}<p>Enter the code that your device shows, only if you started the sign-in there "
                  "yourself. If another person sent you a code or a link, close this page.</p>\n{}\n"
                  "<label for=\"user_code\">Code</label>"
                  "<input id=\"user_code\" name=\"user_code\" autocomplete=\"off\" "
                  "autocapitalize=\"characters\" spellcheck=\"false\" required autofocus>\n"
                  "<button class=\"first\">Next</button></form>\n",
                  notice_of(notice), form_of("code", state)));
}

std::string sign_out_page(const FormState& state) {
  return html_page("Sign out", fmt::format("<p>Do you want to sign out?</p>\n{}\n"
                                           "<button class=\"first\" autofocus>Sign out</button></form>\n",
                                           form_of("sign_out", state)));
}

std::string message_page(std::string_view title, std::string_view text) {
  return html_page(title, fmt::format("<p>{}</p>\n", escaped(text)));
}

std::string post_page(std::string_view uri, std::span<const std::pair<std::string, std::string>> fields) {
  std::string inputs;
  for (const auto& [name, value] : fields) inputs += hidden(name, value);
  return html_page("Signed in", fmt::format("<form method=\"post\" action=\"{}\">{}\n"
                                            "<button class=\"first\" autofocus>Continue</button></form>\n"
                                            "<script>{}</script>\n",
                                            escaped(uri), inputs, kSubmitScript));
}

std::string page_policy(std::string_view origin, PageScript script) {
  static const std::string style_source = hash_source(kStyle);
  static const std::string script_rule = fmt::format(" script-src {};", hash_source(kSubmitScript));
  return fmt::format(
      "default-src 'none'; style-src {};{} form-action 'self'{}{}; frame-ancestors 'none'; base-uri 'none'",
      style_source, script == PageScript::kSubmit ? script_rule : "", origin.empty() ? "" : " ", origin);
}

}  // namespace porchlight::authority
