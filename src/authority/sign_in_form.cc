// The steps of a sign-in. Between two steps it is a PendingSignIn, named by a token in the form.
#include "authority/sign_in_form.h"

#include "authority/sign_in.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kPassword = "sign_in", kCode = "second_factor", kEnrolment = "enrolment",
                           kEnrolled = "enrolled";

// A posted form of a pending sign-in.
struct PendingForm {
  const SignInForm& form;
  std::string token;
  PendingSignIn pending;
  directory::User user;
};

FormState state_of(const SignInForm& form, std::string pending = {}) {
  return {form.browser.csrf_token(), form.user_code, std::move(pending)};
}

void show(const SignInForm& form, std::string page) {
  form.browser.show(200, std::move(page), form.form_origin);
}

void show_code(const SignInForm& form, const std::string& token, std::string_view notice) {
  show(form, second_factor_page(form.browser.texts(), state_of(form, token), notice));
}

// The name of the account in the app: the tenant's name and the user's.
void show_enrolment(const SignInForm& form, const std::string& token, const PendingSignIn& pending,
                    const directory::User& user, std::string_view notice) {
  const auto tenant = form.context.directory.find_tenant(pending.tenant);
  show(form, enrolment_page(form.browser.texts(), totp_secret_text(pending.secret),
                            totp_uri(pending.secret, tenant ? tenant->name : "Porchlight", user.upn),
                            state_of(form, token), notice));
}

// `replaces`: when the present factor was enrolled; nullopt: the user has none.
void begin_enrolment(const SignInForm& form, const directory::User& user, Time begun,
                     std::optional<Time> replaces) {
  const PendingSignIn pending{.tenant = form.client.tenant,
                              .user = user.id,
                              .begun = begun,
                              .secret = make_totp_secret(),
                              .replaces = replaces};
  show_enrolment(form, form.context.pending_sign_ins.begin(pending, form.incoming.now), pending, user, "");
}

std::optional<SignedInUser> on_password(const SignInForm& form, const Form& posted) {
  const std::string name(posted.find("username").value_or(""));
  auto checked = check_sign_in(form.context, form.incoming, form.client.tenant, name,
                               posted.find("password").value_or(""));
  if (!checked) {
    show_sign_in(form, name, fault_sentence(form.browser.texts(), checked.error().fault));
    return std::nullopt;
  }
  const bool enrols = posted.find("then") == "enrol";
  const Time now = form.incoming.now;
  if (checked->need == FactorNeed::kNone && !enrols)
    return form.browser.sign_in(form.client.tenant, std::move(checked->user), SignInMethod::kPassword);
  if (checked->need == FactorNeed::kCode) {
    const PendingSignIn pending{
        .tenant = form.client.tenant, .user = checked->user.id, .begun = now, .enrols = enrols};
    show_code(form, form.context.pending_sign_ins.begin(pending, now), "");
  } else {
    begin_enrolment(form, checked->user, now, std::nullopt);
  }
  return std::nullopt;
}

std::optional<SignedInUser> on_code(const PendingForm& posted, std::string_view code) {
  const SignInForm& form = posted.form;
  const PendingSignIn& pending = posted.pending;
  if (const auto checked =
          check_second_factor(form.context, form.incoming, pending.tenant, posted.user, code);
      !checked) {
    show_code(form, posted.token, fault_sentence(form.browser.texts(), checked.error().fault));
    return std::nullopt;
  }
  form.context.pending_sign_ins.end(posted.token);
  if (!pending.enrols) return form.browser.sign_in(pending.tenant, posted.user, SignInMethod::kSecondFactor);
  const auto present = form.context.credentials.second_factor(pending.tenant, posted.user.id);
  if (!present || !*present) {
    form.browser.show_error(present ? OAuthError{OAuthFault::kFactorCode} : present.error());
    return std::nullopt;
  }
  begin_enrolment(form, posted.user, pending.begun, (*present)->enrolled_at);
  return std::nullopt;
}

// The user has shown that the app has the secret: now the factor counts, and the recovery codes are shown.
void on_enrolment(const PendingForm& posted, std::string_view code) {
  const SignInForm& form = posted.form;
  const auto codes = enrol_second_factor(form.context, form.incoming, posted.pending, code);
  if (!codes)
    return show_enrolment(form, posted.token, posted.pending, posted.user,
                          fault_sentence(form.browser.texts(), codes.error().fault));
  form.context.pending_sign_ins.end(posted.token);
  form.browser.sign_in(posted.pending.tenant, posted.user, SignInMethod::kSecondFactor);
  show(form, recovery_codes_page(form.browser.texts(), *codes, state_of(form)));
}

// The pending sign-in of the form; nullopt if it has expired, or its user was removed or has a new password.
OAuthResult<std::optional<PendingForm>> find_pending(const SignInForm& form, const Form& posted) {
  std::string token(posted.find("pending").value_or(""));
  auto pending = form.context.pending_sign_ins.find(token, form.incoming.now);
  if (!pending || pending->tenant != form.client.tenant) return std::nullopt;
  auto user = find_valid_user(form.context.directory, form.context.credentials, pending->tenant,
                              pending->user, pending->begun);
  if (!user) return std::unexpected(user.error());
  if (!*user) return std::nullopt;
  return PendingForm{form, std::move(token), *std::move(pending), **std::move(user)};
}

std::optional<SignedInUser> on_pending(const SignInForm& form, std::string_view step, const Form& posted) {
  const auto pending = find_pending(form, posted);
  const std::string_view code = posted.find("second_factor").value_or("");
  if (!pending) {
    form.browser.show_error(pending.error());
  } else if (!*pending || (*pending)->pending.secret.empty() != (step == kCode)) {
    show_sign_in(form, "", form.browser.texts()["factor.expired"]);
  } else if (step == kCode) {
    return on_code(**pending, code);
  } else {
    on_enrolment(**pending, code);
  }
  return std::nullopt;
}

// The user has read the recovery codes.
std::optional<SignedInUser> on_enrolled(const SignInForm& form) {
  auto signed_in = form.browser.find_signed_in_user(form.client.tenant);
  if (!signed_in) {
    form.browser.show_error(signed_in.error());
    return std::nullopt;
  }
  if (!*signed_in) show_sign_in(form, "", "");
  return *std::move(signed_in);
}

}  // namespace

void show_sign_in(const SignInForm& form, std::string_view name_hint, std::string_view notice) {
  show(form, sign_in_page(form.browser.texts(), form.client.name, name_hint, state_of(form), notice));
}

bool is_sign_in_step(std::string_view step) {
  return step == kPassword || step == kCode || step == kEnrolment || step == kEnrolled;
}

std::optional<SignedInUser> continue_sign_in(const SignInForm& form, std::string_view step,
                                             const Form& posted) {
  if (step == kPassword) return on_password(form, posted);
  if (step == kEnrolled) return on_enrolled(form);
  return on_pending(form, step, posted);
}

}  // namespace porchlight::authority
