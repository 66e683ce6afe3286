// The sign-in page: /{tenant}/oauth2/v2.0/authorize. What the application asked for stays in the page's
// address; each form posts back to it, so nothing is remembered of people who have not signed in.
#include <fmt/format.h>

#include "authority/browser.h"
#include "authority/pages.h"
#include "authority/permissions.h"
#include "authority/redirect.h"

namespace porchlight::authority {
namespace {

// An application's request, and the browser that brought it.
struct Errand {
  Desk& desk;
  const Visit& visit;
  Browser& browser;
  const Client& client;
  const ReplyTo& reply_to;
  const AuthorizeRequest& request;
};

// Browsers let a form lead, even by redirects, only to where its page's policy says: here, to the
// application.
void show_form(const Errand& errand, std::string page) {
  errand.browser.show(200, std::move(page), redirect_origin(errand.reply_to.uri));
}

void ask_to_sign_in(const Errand& errand, std::string_view name_hint, std::string_view notice) {
  const std::string word = errand.browser.form_word();
  show_form(errand, sign_in_page(errand.client.name, name_hint, word, notice));
}

// What a permission means to people.
std::string sentence_of(const Scope& scope, const std::string& name) {
  const PermissionRow* known = scope.resource ? nullptr : find_permission(PermissionKind::kDelegated, name);
  return known ? std::string(known->says) : fmt::format("Use {}", name);
}

void ask_for_consent(const Errand& errand, const Guest& guest, const Consent& consent) {
  std::vector<std::string> wants;
  for (const auto& names : {consent.missing, consent.granted})
    for (const std::string& name : names) wants.push_back(sentence_of(errand.request.scope, name));
  if (errand.request.scope.offline) wants.emplace_back("Keep access to what you have given it access to");
  if (wants.empty()) wants.emplace_back("Know who you are");
  const std::string word = errand.browser.form_word();
  show_form(errand, consent_page(errand.client.name, guest.user.upn, wants, word));
}

void give_code(const Errand& errand, const Guest& guest) {
  const auto code = errand.desk.codes.issue({.tenant = errand.client.tenant,
                                             .client = errand.client.id,
                                             .user = guest.user.id,
                                             .redirect_uri = errand.reply_to.uri,
                                             .challenge = errand.request.challenge,
                                             .scope = errand.request.scope_text,
                                             .nonce = errand.request.nonce,
                                             .family = {}},
                                            errand.visit.now);
  if (!code) return errand.browser.send_back(errand.reply_to, code.error());
  std::vector<std::pair<std::string, std::string>> parameters = {{"code", *code}};
  if (errand.request.client_info)
    parameters.emplace_back("client_info", client_info(guest.user.id, errand.client.tenant));
  errand.browser.send_back(errand.reply_to, std::move(parameters));
}

// Somebody is signed in: what is still in the way, or the code.
void go_on(const Errand& errand, const Guest& guest, bool ask_anyway) {
  const auto consent = weigh_for(errand.desk, errand.request.scope, errand.client, guest.user.id);
  if (!consent) return errand.browser.send_back(errand.reply_to, consent.error());
  if (!must_ask(errand.request.scope, *consent) && !ask_anyway) return give_code(errand, guest);
  if (errand.request.prompt == Prompt::kNone)
    return errand.browser.send_back(errand.reply_to, {Fault::kConsentRequired});
  if (consent->missing_admin) return errand.browser.send_back(errand.reply_to, {Fault::kAdminConsent});
  ask_for_consent(errand, guest, *consent);
}

void on_arrival(const Errand& errand) {
  const auto guest = errand.browser.find_guest(errand.client.tenant);
  if (!guest) return errand.browser.send_back(errand.reply_to, guest.error());
  if (*guest && errand.request.prompt != Prompt::kLogin)
    return go_on(errand, **guest, errand.request.prompt == Prompt::kConsent);
  if (errand.request.prompt == Prompt::kNone)
    return errand.browser.send_back(errand.reply_to, {Fault::kLoginRequired});
  ask_to_sign_in(errand, errand.request.login_hint, "");
}

void on_signing_in(const Errand& errand, const Form& posted) {
  const std::string name(posted.find("username").value_or(""));
  auto user = check_sign_in(errand.desk, errand.visit, errand.client.tenant, name,
                            posted.find("password").value_or(""));
  if (!user) {
    // The same words whoever it is, and whether there is such a person.
    const std::string_view notice = user.error().fault == Fault::kPassword
                                        ? "The name or the password is not right."
                                        : row_of(user.error().fault).text;
    return ask_to_sign_in(errand, name, notice);
  }
  const auto guest = errand.browser.sign_in(errand.client.tenant, *std::move(user));
  if (!guest) return errand.browser.send_back(errand.reply_to, guest.error());
  go_on(errand, *guest, errand.request.prompt == Prompt::kConsent);
}

void on_consenting(const Errand& errand, const Form& posted) {
  const auto guest = errand.browser.find_guest(errand.client.tenant);
  if (!guest) return errand.browser.send_back(errand.reply_to, guest.error());
  if (!*guest) return ask_to_sign_in(errand, errand.request.login_hint, "");
  if (posted.find("decision") != "accept")
    return errand.browser.send_back(errand.reply_to, {Fault::kDeclined});
  const Scope& scope = errand.request.scope;
  const auto consent = weigh_for(errand.desk, scope, errand.client, (*guest)->user.id);
  if (!consent) return errand.browser.send_back(errand.reply_to, consent.error());
  if (consent->missing_admin) return errand.browser.send_back(errand.reply_to, {Fault::kAdminConsent});
  std::vector<std::string> words;
  for (const std::string& name : consent->missing) words.push_back(consent_word(scope.resource, name));
  if (auto kept = errand.desk.vault.consent(errand.client.tenant, errand.client.id, (*guest)->user.id, words);
      !kept)
    return errand.browser.send_back(errand.reply_to, kept.error());
  give_code(errand, **guest);
}

void on_post(const Errand& errand) {
  const auto posted = errand.browser.read_posted();
  if (!posted) return errand.browser.show_error(posted.error());
  const auto step = posted->find("step");
  if (step == "sign_in") return on_signing_in(errand, *posted);
  if (step == "consent" && errand.request.prompt != Prompt::kNone) return on_consenting(errand, *posted);
  errand.browser.show_error({Fault::kMalformed});
}

// The client of the request, whose redirect URI is one of its own.
Result<Client> read_client(const Desk& desk, const Visit& visit, const Form& query) {
  const auto id = require_field(query, "client_id");
  if (!id) return std::unexpected(id.error());
  auto client = find_client(desk, visit, *id);
  if (!client) return client;
  const auto uri = query.find("redirect_uri");
  if (!uri) return refuse(Fault::kRedirectMissing);
  if (!is_redirect_of(client->registration, *uri)) return refuse(Fault::kRedirectUnknown);
  return client;
}

}  // namespace

void answer_authorize(Desk& desk, const Visit& visit, http::Response& response) {
  Browser browser(desk, visit, response);
  const auto query = Form::parse(visit.request.query);
  if (!query) return browser.show_error(form_error(query.error()));
  const auto client = read_client(desk, visit, *query);
  if (!client) return browser.show_error(client.error());
  const ReplyTo reply_to = read_reply_to(*query);
  const auto request = read_authorize(*query);
  if (!request) return browser.send_back(reply_to, request.error());
  const Errand errand{desk, visit, browser, *client, reply_to, *request};
  if (visit.request.method == http::Method::kPost) return on_post(errand);
  on_arrival(errand);
}

}  // namespace porchlight::authority
