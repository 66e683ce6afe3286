// HTML of the pages. The style sheet and the one script are in the pages, each permitted by its hash; no external
// resources.
#include "authority/pages.h"

#include <fmt/format.h>

#include "authority/digest.h"
#include "authority/qr_code.h"
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
  return fmt::format("<form method=\"post\">{}{}{}{}", hidden("step", step), hidden("word", state.csrf_token),
                     state.user_code.empty() ? std::string() : hidden("user_code", state.user_code),
                     state.pending.empty() ? std::string() : hidden("pending", state.pending));
}

// The field for the name of a device. 64 characters of a browser are less than directory::kNameBytesMax.
std::string device_name_field(const PageTexts& texts) {
  return fmt::format(
      "<label for=\"device_name\">{}</label>"
      "<input id=\"device_name\" name=\"device_name\" maxlength=\"64\" autocomplete=\"off\" "
      "aria-describedby=\"device_hint\">"
      "<p id=\"device_hint\">{}</p>\n",
      escaped(texts["consent.device_name"]), escaped(texts["consent.device_hint"]));
}

// The field for a code of the second factor.
std::string code_field(std::string_view label) {
  return fmt::format(
      "<label for=\"second_factor\">{}</label>"
      "<input id=\"second_factor\" name=\"second_factor\" autocomplete=\"one-time-code\" "
      "autocapitalize=\"characters\" spellcheck=\"false\" required autofocus>\n",
      escaped(label));
}

// The text in groups of four characters.
std::string spaced(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4)
    out.append(out.empty() ? "" : " ").append(text.substr(i, 4));
  return out;
}

// The page with this title and body, in the language of the texts.
std::string page_of(const PageTexts& texts, PageTextKey title, std::string_view body) {
  return html_page(tag_of(texts.language()), texts[title], body);
}

// `'sha256-…'` of a style sheet or script: the source expression that permits it.
std::string hash_source(std::string_view text) {
  return fmt::format("'sha256-{}'", encode_base64(sha256(text)));
}

}  // namespace

std::string html_page(std::string_view language, std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{0}\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>{1}</title><style>{2}</style></head>\n"
      "<body><main><h1>{1}</h1>\n{3}</main></body></html>\n",
      language, escaped(title), kStyle, body);
}

std::string sign_in_page(const PageTexts& texts, std::string_view app, std::string_view name_hint,
                         const FormState& state, std::string_view notice) {
  return page_of(
      texts, "sign_in.title",
      fmt::format("{}<p>{}</p>\n{}\n"
                  "<label for=\"username\">{}</label>"
                  "<input id=\"username\" name=\"username\" value=\"{}\" autocomplete=\"username\" "
                  "autocapitalize=\"none\" spellcheck=\"false\" required autofocus>\n"
                  "<label for=\"password\">{}</label>"
                  "<input id=\"password\" name=\"password\" type=\"password\" "
                  "autocomplete=\"current-password\" required>\n"
                  "<button class=\"first\">{}</button>"
                  "<button name=\"then\" value=\"enrol\">{}</button></form>\n",
                  notice_of(notice), escaped(texts.fill("sign_in.for", {{"app", app}})),
                  form_of("sign_in", state), escaped(texts["sign_in.name"]), escaped(name_hint),
                  escaped(texts["sign_in.password"]), escaped(texts["sign_in.button"]),
                  escaped(texts["sign_in.enrol"])));
}

std::string second_factor_page(const PageTexts& texts, const FormState& state, std::string_view notice) {
  return page_of(
      texts, "factor.title",
      fmt::format("{}<p>{}</p>\n{}\n{}"
                  "<button class=\"first\">{}</button></form>\n",
                  notice_of(notice), escaped(texts["factor.explanation"]), form_of("second_factor", state),
                  code_field(texts["factor.label"]), escaped(texts["factor.button"])));
}

std::string enrolment_page(const PageTexts& texts, std::string_view secret, std::string_view uri,
                           const FormState& state, std::string_view notice) {
  return page_of(texts, "enrolment.title",
                 fmt::format("{}<p>{}</p>\n<p>{}</p>\n<p>{}</p>\n<p><a href=\"{}\">{}</a></p>\n{}\n{}"
                             "<button class=\"first\">{}</button></form>\n",
                             notice_of(notice), escaped(texts["enrolment.explanation"]),
                             qr_svg(uri, escaped(texts["enrolment.picture"])),
                             escaped(texts.fill("enrolment.key", {{"key", spaced(secret)}})), escaped(uri),
                             escaped(texts["enrolment.link"]), form_of("enrolment", state),
                             code_field(texts["enrolment.label"]), escaped(texts["enrolment.button"])));
}

std::string recovery_codes_page(const PageTexts& texts, std::span<const std::string> codes,
                                const FormState& state) {
  std::string list;
  for (const std::string& code : codes)
    fmt::format_to(std::back_inserter(list), "<li><code>{}</code></li>", escaped(code));
  return page_of(texts, "recovery.title",
                 fmt::format("<p>{}</p>\n<ul>{}</ul>\n{}\n"
                             "<button class=\"first\">{}</button></form>\n",
                             escaped(texts["recovery.explanation"]), list, form_of("enrolled", state),
                             escaped(texts["recovery.button"])));
}

std::string consent_page(const PageTexts& texts, std::string_view app, std::string_view person,
                         std::span<const std::string> wants, const FormState& state) {
  std::string list;
  for (const std::string& want : wants)
    fmt::format_to(std::back_inserter(list), "<li>{}</li>", escaped(want));
  return page_of(
      texts, "consent.title",
      fmt::format("<p>{}</p>\n<ul>{}</ul>\n<p>{}</p>\n"
                  "{}\n{}"
                  "<button class=\"first\" name=\"decision\" value=\"accept\">{}</button>"
                  "<button name=\"decision\" value=\"decline\">{}</button></form>\n",
                  escaped(texts.fill("consent.wants", {{"app", app}})), list,
                  escaped(texts.fill("consent.signed_in_as", {{"name", person}})), form_of("consent", state),
                  state.user_code.empty() ? std::string() : device_name_field(texts),
                  escaped(texts["consent.accept"]), escaped(texts["consent.cancel"])));
}

std::string user_code_page(const PageTexts& texts, const FormState& state, std::string_view notice) {
  return page_of(texts, "code.title",
                 fmt::format("{}<p>{}</p>\n{}\n"
                             "<label for=\"user_code\">{}</label>"
                             "<input id=\"user_code\" name=\"user_code\" autocomplete=\"off\" "
                             "autocapitalize=\"characters\" spellcheck=\"false\" required autofocus>\n"
                             "<button class=\"first\">{}</button></form>\n",
                             notice_of(notice), escaped(texts["code.explanation"]), form_of("code", state),
                             escaped(texts["code.label"]), escaped(texts["code.next"])));
}

std::string sign_out_page(const PageTexts& texts, const FormState& state) {
  return page_of(texts, "sign_out.title",
                 fmt::format("<p>{}</p>\n{}\n"
                             "<button class=\"first\" autofocus>{}</button></form>\n",
                             escaped(texts["sign_out.question"]), form_of("sign_out", state),
                             escaped(texts["sign_out.button"])));
}

std::string message_page(const PageTexts& texts, PageTextKey title, PageTextKey text) {
  return page_of(texts, title, fmt::format("<p>{}</p>\n", escaped(texts[text])));
}

std::string_view fault_sentence(const PageTexts& texts, OAuthFault fault) {
  switch (fault) {
    case OAuthFault::kPassword:
      return texts["sign_in.wrong"];
    case OAuthFault::kLocked:
      return texts["error.locked"];
    case OAuthFault::kFactorCode:
      return texts["factor.wrong"];
    case OAuthFault::kUnavailable:
      return texts["error.unavailable"];
    case OAuthFault::kAdminConsent:
      return texts["error.administrator"];
    case OAuthFault::kMalformed:
      return texts["error.form"];
    default:
      return texts["error.application"];
  }
}

std::string error_page(const PageTexts& texts, OAuthFault fault, std::string_view description) {
  return page_of(texts, "error.title",
                 fmt::format("<p>{}</p>\n<p lang=\"en\">{}</p>\n", escaped(fault_sentence(texts, fault)),
                             escaped(description)));
}

std::string post_page(const PageTexts& texts, std::string_view uri,
                      std::span<const std::pair<std::string, std::string>> fields) {
  std::string inputs;
  for (const auto& [name, value] : fields) inputs += hidden(name, value);
  return page_of(texts, "post.title",
                 fmt::format("<form method=\"post\" action=\"{}\">{}\n"
                             "<button class=\"first\" autofocus>{}</button></form>\n"
                             "<script>{}</script>\n",
                             escaped(uri), inputs, escaped(texts["post.button"]), kSubmitScript));
}

std::string page_policy(std::string_view origin, PageScript script) {
  static const std::string style_source = hash_source(kStyle);
  static const std::string script_rule = fmt::format(" script-src {};", hash_source(kSubmitScript));
  return fmt::format(
      "default-src 'none'; style-src {};{} form-action 'self'{}{}; frame-ancestors 'none'; base-uri 'none'",
      style_source, script == PageScript::kSubmit ? script_rule : "", origin.empty() ? "" : " ", origin);
}

}  // namespace porchlight::authority
