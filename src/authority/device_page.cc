// The page for the code that a device shows (RFC 8628 §3.3): entering the code, signing in, approving or declining. The
// code is a field of each form. A code in the URL of the page is ignored, because links with a code are used for
// phishing (RFC 8628 §5.4): the user types what the device shows.
#include "authority/sign_in_form.h"
#include "base/text.h"
#include "directory/directory.h"

namespace porchlight::authority {
namespace {

// A waiting device and the browser of the user who decides.
struct DeviceFlow {
  AuthorityContext& context;
  const EndpointRequest& incoming;
  Browser& browser;
  std::string user_code;
  DeviceRequest request;
  Client client;
  Scope scope;
};

// The device of the code; nullopt if the code is unknown, or its application can be granted nothing.
OAuthResult<std::optional<DeviceFlow>> find_device_flow(AuthorityContext& context,
                                                        const EndpointRequest& incoming, Browser& browser,
                                                        std::string_view user_code) {
  // Guessing codes counts towards the lock-out of the address.
  if (!context.code_guesses.attempt(incoming.request.client, incoming.now))
    return refuse(OAuthFault::kLocked);
  auto request = context.device_codes.find(user_code, incoming.now);
  if (!request) return std::nullopt;
  context.code_guesses.undo_attempt(incoming.request.client);
  auto client = get_client(context, request->tenant, request->client);
  if (!client) return std::unexpected(client.error());
  auto scope = parse_scope(request->scope);
  if (!scope) return std::unexpected(scope.error());
  return DeviceFlow{
      context,          incoming, browser, std::string(user_code), *std::move(request), *std::move(client),
      *std::move(scope)};
}

// `notice`: the error of the last attempt; empty: none.
void show_code_form(Browser& browser, std::string_view notice) {
  const FormState state{browser.csrf_token()};
  browser.show(200, user_code_page(browser.texts(), state, notice));
}

SignInForm sign_in_form(const DeviceFlow& flow) {
  return {flow.context, flow.incoming, flow.browser, flow.client, flow.user_code, ""};
}

void show_device_consent(const DeviceFlow& flow, const SignedInUser& signed_in) {
  const auto consent = evaluate_consent_for(flow.context, flow.scope, flow.client, signed_in.user.id);
  if (!consent) return flow.browser.show_error(consent.error());
  if (consent->missing_admin) return flow.browser.show_error({OAuthFault::kAdminConsent});
  const PageTexts& texts = flow.browser.texts();
  std::vector<std::string> wants = {texts.fill("consent.device", {{"code", flow.user_code}})};
  for (std::string& sentence : consent_sentences(texts, flow.scope, *consent))
    wants.push_back(std::move(sentence));
  const FormState state{flow.browser.csrf_token(), flow.user_code};
  flow.browser.show(200, consent_page(texts, flow.client.name, signed_in.user.upn, wants, state));
}

OAuthResult<void> record_device_consent(const DeviceFlow& flow, const SignedInUser& signed_in) {
  const auto consent = evaluate_consent_for(flow.context, flow.scope, flow.client, signed_in.user.id);
  if (!consent) return std::unexpected(consent.error());
  if (consent->missing_admin) return refuse(OAuthFault::kAdminConsent);
  std::vector<std::string> permissions;
  for (const std::string& name : consent->missing)
    permissions.push_back(qualified_permission(flow.scope.resource, name));
  return flow.context.credentials.consent(flow.client.tenant, flow.client.id, signed_in.user.id, permissions);
}

void on_device_consent_posted(const DeviceFlow& flow, const Form& posted) {
  const auto signed_in = flow.browser.find_signed_in_user(flow.client.tenant);
  if (!signed_in) return flow.browser.show_error(signed_in.error());
  if (!*signed_in) return show_sign_in(sign_in_form(flow), "", "");
  std::optional<DeviceApproval> approval;
  if (posted.find("decision") == "accept") {
    const std::string_view name = trimmed(posted.find("device_name").value_or(""));
    // The field of the page takes no such name.
    if (!name.empty() && directory::name_fault(name))
      return flow.browser.show_error({OAuthFault::kMalformed});
    if (auto agreed = record_device_consent(flow, **signed_in); !agreed)
      return flow.browser.show_error(agreed.error());
    approval = {.tenant = flow.client.tenant,
                .user = (*signed_in)->user.id,
                .scope = flow.request.scope,
                .begun = (*signed_in)->session.begun,
                .method = (*signed_in)->session.method,
                .name = std::string(name)};
  }
  const PageTexts& texts = flow.browser.texts();
  const bool said_yes = approval.has_value();
  if (!flow.context.device_codes.decide(flow.user_code, std::move(approval), flow.incoming.now))
    return show_code_form(flow.browser, texts["code.wrong"]);
  flow.browser.show(200, said_yes ? message_page(texts, "device.done_title", "device.done")
                                  : message_page(texts, "device.cancelled_title", "device.cancelled"));
}

void on_code_posted(const DeviceFlow& flow) {
  const auto signed_in = flow.browser.find_signed_in_user(flow.client.tenant);
  if (!signed_in) return flow.browser.show_error(signed_in.error());
  if (*signed_in) return show_device_consent(flow, **signed_in);
  show_sign_in(sign_in_form(flow), "", "");
}

void on_device_post(AuthorityContext& context, const EndpointRequest& incoming, Browser& browser) {
  const auto posted = browser.read_posted();
  if (!posted) return browser.show_error(posted.error());
  const auto flow = find_device_flow(context, incoming, browser, posted->find("user_code").value_or(""));
  if (!flow) return browser.show_error(flow.error());
  if (!*flow) return show_code_form(browser, browser.texts()["code.wrong"]);
  const auto step = posted->find("step");
  if (step == "code") return on_code_posted(**flow);
  if (step && is_sign_in_step(*step)) {
    const auto signed_in = continue_sign_in(sign_in_form(**flow), *step, *posted);
    if (signed_in) show_device_consent(**flow, *signed_in);
    return;
  }
  if (step == "consent") return on_device_consent_posted(**flow, *posted);
  browser.show_error({OAuthFault::kMalformed});
}

}  // namespace

void answer_device_page(AuthorityContext& context, const EndpointRequest& incoming,
                        http::Response& response) {
  Browser browser(context, incoming, response);
  if (incoming.request.method == http::Method::kPost) return on_device_post(context, incoming, browser);
  show_code_form(browser, "");
}

}  // namespace porchlight::authority
