// Where somebody enters the code that a device shows (RFC 8628 §3.3): the code, who they are, yes or no. The
// code stays in the page's address from form to form.
#include <fmt/format.h>

#include "authority/browser.h"
#include "authority/pages.h"
#include "authority/permissions.h"

namespace porchlight::authority {
namespace {

// A device that waits, and the browser at which somebody decides.
struct Waiting {
  Desk& desk;
  const Visit& visit;
  Browser& browser;
  std::string user_code;
  DeviceRequest request;
  Client client;
  Scope scope;
};

constexpr std::string_view kUnknownCode = "That code is not right, or it has expired.";

// The device of a code; nothing where there is none, or it can be given nothing.
Result<std::optional<Waiting>> find_waiting(Desk& desk, const Visit& visit, Browser& browser,
                                            std::string_view user_code) {
  // Guessing codes is counted as guessing passwords is.
  if (!desk.addresses.attempt(visit.request.peer, visit.now)) return refuse(Fault::kLocked);
  auto request = desk.devices.find(user_code, visit.now);
  if (!request) return std::nullopt;
  desk.addresses.take_back(visit.request.peer);
  auto client = get_client(desk, request->tenant, request->client);
  if (!client) return std::unexpected(client.error());
  auto scope = parse_scope(request->scope);
  if (!scope) return std::unexpected(scope.error());
  return Waiting{desk,
                 visit,
                 browser,
                 std::string(user_code),
                 *std::move(request),
                 *std::move(client),
                 *std::move(scope)};
}

void ask_who(const Waiting& waiting, std::string_view name, std::string_view notice) {
  const std::string word = waiting.browser.form_word();
  waiting.browser.show(200, sign_in_page(waiting.client.name, name, word, notice));
}

void ask_whether(const Waiting& waiting, const Guest& guest) {
  const auto consent = weigh_for(waiting.desk, waiting.scope, waiting.client, guest.user.id);
  if (!consent) return waiting.browser.show_error(consent.error());
  if (consent->missing_admin) return waiting.browser.show_error({Fault::kAdminConsent});
  std::vector<std::string> wants = {fmt::format("Sign in on the device that shows {}", waiting.user_code)};
  for (const auto& names : {consent->missing, consent->granted}) {
    for (const std::string& name : names) {
      const PermissionRow* known =
          waiting.scope.resource ? nullptr : find_permission(PermissionKind::kDelegated, name);
      wants.push_back(known ? std::string(known->says) : fmt::format("Use {}", name));
    }
  }
  const std::string word = waiting.browser.form_word();
  waiting.browser.show(200, consent_page(waiting.client.name, guest.user.upn, wants, word));
}

Result<void> agree(const Waiting& waiting, const Guest& guest) {
  const auto consent = weigh_for(waiting.desk, waiting.scope, waiting.client, guest.user.id);
  if (!consent) return std::unexpected(consent.error());
  if (consent->missing_admin) return refuse(Fault::kAdminConsent);
  std::vector<std::string> words;
  for (const std::string& name : consent->missing)
    words.push_back(consent_word(waiting.scope.resource, name));
  return waiting.desk.vault.consent(waiting.client.tenant, waiting.client.id, guest.user.id, words);
}

void on_decision(const Waiting& waiting, const Form& posted) {
  const auto guest = waiting.browser.find_guest(waiting.client.tenant);
  if (!guest) return waiting.browser.show_error(guest.error());
  if (!*guest) return ask_who(waiting, "", "");
  std::optional<DeviceApproval> approval;
  if (posted.find("decision") == "accept") {
    if (auto agreed = agree(waiting, **guest); !agreed) return waiting.browser.show_error(agreed.error());
    approval = {waiting.client.tenant, (*guest)->user.id, waiting.request.scope};
  }
  const bool said_yes = approval.has_value();
  if (!waiting.desk.devices.decide(waiting.user_code, std::move(approval), waiting.visit.now))
    return waiting.browser.show(200, user_code_page(kUnknownCode));
  waiting.browser.show(200, said_yes ? message_page("Signed in", "You can go back to your device now.")
                                     : message_page("Cancelled", "The device was not signed in."));
}

void on_name(const Waiting& waiting, const Form& posted) {
  const std::string name(posted.find("username").value_or(""));
  auto user = check_sign_in(waiting.desk, waiting.visit, waiting.client.tenant, name,
                            posted.find("password").value_or(""));
  if (!user) {
    return ask_who(waiting, name,
                   user.error().fault == Fault::kPassword ? "The name or the password is not right."
                                                          : row_of(user.error().fault).text);
  }
  const auto guest = waiting.browser.sign_in(waiting.client.tenant, *std::move(user));
  if (!guest) return waiting.browser.show_error(guest.error());
  ask_whether(waiting, *guest);
}

void on_form(const Waiting& waiting) {
  const auto posted = waiting.browser.read_posted();
  if (!posted) return waiting.browser.show_error(posted.error());
  const auto step = posted->find("step");
  if (step == "sign_in") return on_name(waiting, *posted);
  if (step == "consent") return on_decision(waiting, *posted);
  waiting.browser.show_error({Fault::kMalformed});
}

}  // namespace

void answer_device_page(Desk& desk, const Visit& visit, http::Response& response) {
  Browser browser(desk, visit, response);
  const auto query = Form::parse(visit.request.query);
  if (!query) return browser.show_error(form_error(query.error()));
  const auto user_code = query->find("user_code");
  if (!user_code) return browser.show(200, user_code_page(""));
  const auto waiting = find_waiting(desk, visit, browser, *user_code);
  if (!waiting) return browser.show_error(waiting.error());
  if (!*waiting) return browser.show(200, user_code_page(kUnknownCode));
  if (visit.request.method == http::Method::kPost) return on_form(**waiting);
  const auto guest = browser.find_guest((*waiting)->client.tenant);
  if (!guest) return browser.show_error(guest.error());
  if (*guest) return ask_whether(**waiting, **guest);
  ask_who(**waiting, "", "");
}

}  // namespace porchlight::authority
