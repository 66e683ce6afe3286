// Sign-ins against the stored credentials, and their lock-outs.
#include "authority/sign_in.h"

#include <fmt/format.h>

#include "authority/password.h"

namespace porchlight::authority {
namespace {

// One attempt of a name to sign in, at the address of the request.
class CountedAttempt {
 public:
  CountedAttempt(AuthorityContext& context, const EndpointRequest& incoming, const Guid& tenant,
                 std::string_view name)
      : context_(context),
        incoming_(incoming),
        tenant_(tenant),
        name_(name),
        folded_(fmt::format("{}/{}", to_string(tenant), directory::fold_upn(name))),
        counted_(context.known_networks.counted_name(folded_, incoming.request.client, incoming.now)) {}

  // Counts it. Returns false if name or address are locked.
  bool begin() {
    return context_.password_guesses.attempt(incoming_.request.client, incoming_.now) &&
           context_.names.attempt(counted_, incoming_.now);
  }
  // Logs why it was refused. The name stays out of the log if it is not a user's: it may be a password that was typed
  // into the wrong field.
  std::unexpected<OAuthError> refused(OAuthFault fault) {
    const bool locked = fault == OAuthFault::kLocked;
    const bool is_code = fault == OAuthFault::kFactorCode;
    SignInCounters& counters = context_.sign_ins;
    (locked ? counters.locked : is_code ? counters.wrong_code : counters.wrong_password).add();
    const auto user = context_.directory.find_upn(tenant_, name_);
    log_refused(locked ? context_.locked_lines : context_.refused_lines, "sign-in refused",
                {{"why", locked    ? "locked"
                         : is_code ? "second factor"
                                   : "password"},
                 {"client", incoming_.request.client_text()},
                 {"tenant", to_string(tenant_)},
                 {"user", user ? to_string(user->id) : std::string()}});
    return refuse(fault);
  }
  // The password was right, and a code is due. Earlier failures stay counted: an attacker who has the password could
  // otherwise guess codes without end.
  void pass() {
    context_.names.undo_attempt(counted_);
    context_.password_guesses.undo_attempt(incoming_.request.client);
  }
  // The sign-in is complete.
  void succeed(const Guid& user) {
    context_.sign_ins.succeeded.add();
    context_.names.reset(counted_);
    context_.known_networks.add(tenant_, folded_, incoming_.request.client, incoming_.now);
    context_.password_guesses.undo_attempt(incoming_.request.client);
    log_info("signed in", {{"client", incoming_.request.client_text()},
                           {"tenant", to_string(tenant_)},
                           {"user", to_string(user)}});
  }

 private:
  AuthorityContext& context_;
  const EndpointRequest& incoming_;
  const Guid& tenant_;
  const std::string_view name_;
  const std::string folded_, counted_;
};

bool needs_second_factor(const AuthorityContext& context, const Guid& tenant, const Guid& user) {
  switch (context.settings.second_factor) {
    case SecondFactorPolicy::kOptional:
      return false;
    case SecondFactorPolicy::kAdministrators:
      return context.directory.is_administrator(tenant, user);
    case SecondFactorPolicy::kAll:
      break;
  }
  return true;
}

OAuthResult<FactorNeed> need_of(const AuthorityContext& context, const Guid& tenant, const Guid& user) {
  const auto factor = context.credentials.second_factor(tenant, user);
  if (!factor) return std::unexpected(factor.error());
  if (*factor) return FactorNeed::kCode;
  return needs_second_factor(context, tenant, user) ? FactorNeed::kEnrolment : FactorNeed::kNone;
}

}  // namespace

OAuthResult<PasswordSignIn> check_sign_in(AuthorityContext& context, const EndpointRequest& incoming,
                                          const Guid& tenant, std::string_view name,
                                          std::string_view password) {
  // Not a guess: no user has an empty password. Only a request with one is queued for hashing.
  if (password.empty()) return refuse(OAuthFault::kPassword);
  CountedAttempt attempt(context, incoming, tenant, name);
  if (!attempt.begin()) return attempt.refused(OAuthFault::kLocked);
  auto person = context.directory.find_upn(tenant, name);
  const auto stored = person ? context.credentials.password(tenant, person->id) : std::nullopt;
  if (!stored) return std::unexpected(stored.error());
  // Also if the user or the password does not exist: the time must not reveal that.
  if (!check_password(*stored ? (*stored)->hash : "", password))
    return attempt.refused(OAuthFault::kPassword);
  const auto need = need_of(context, tenant, person->id);
  if (!need) return std::unexpected(need.error());
  if (*need == FactorNeed::kCode)
    attempt.pass();
  else
    attempt.succeed(person->id);
  return PasswordSignIn{*std::move(person), *need};
}

OAuthResult<void> check_second_factor(AuthorityContext& context, const EndpointRequest& incoming,
                                      const Guid& tenant, const directory::User& user,
                                      std::string_view code) {
  if (code.empty()) return refuse(OAuthFault::kFactorCode);  // not a guess
  CountedAttempt attempt(context, incoming, tenant, user.upn);
  if (!attempt.begin()) return attempt.refused(OAuthFault::kLocked);
  const auto factor = context.credentials.second_factor(tenant, user.id);
  if (!factor) return std::unexpected(factor.error());
  const auto after = *factor ? use_code(**factor, code, incoming.now) : std::nullopt;
  if (!after) return attempt.refused(OAuthFault::kFactorCode);
  // Of two requests with the same code, the second finds another factor than it has read.
  const auto used = context.credentials.replace_second_factor(tenant, user.id, *factor, *after);
  if (!used) return std::unexpected(used.error());
  if (!*used) return attempt.refused(OAuthFault::kFactorCode);
  attempt.succeed(user.id);
  return {};
}

OAuthResult<std::vector<std::string>> enrol_second_factor(AuthorityContext& context,
                                                          const EndpointRequest& incoming,
                                                          const PendingSignIn& pending,
                                                          std::string_view code) {
  const auto present = context.credentials.second_factor(pending.tenant, pending.user);
  if (!present) return std::unexpected(present.error());
  const auto enrolled_at = *present ? std::optional((*present)->enrolled_at) : std::nullopt;
  if (enrolled_at != pending.replaces) return refuse(OAuthFault::kFactorCode);
  auto factor = use_code({.secret = pending.secret, .enrolled_at = incoming.now, .recovery_hashes = {}}, code,
                         incoming.now);
  if (!factor) return refuse(OAuthFault::kFactorCode);
  std::vector<std::string> codes = make_recovery_codes();
  factor->recovery_hashes = hash_recovery_codes(codes);
  const auto stored =
      context.credentials.replace_second_factor(pending.tenant, pending.user, *present, *factor);
  if (!stored) return std::unexpected(stored.error());
  if (!*stored) return refuse(OAuthFault::kFactorCode);
  log_info("second factor enrolled", {{"client", incoming.request.client_text()},
                                      {"tenant", to_string(pending.tenant)},
                                      {"user", to_string(pending.user)}});
  return codes;
}

OAuthResult<bool> is_sufficient(const AuthorityContext& context, const SignInSession& session) {
  const auto factor = context.credentials.second_factor(session.tenant, session.user);
  if (!factor) return std::unexpected(factor.error());
  if (*factor)
    return session.method == SignInMethod::kSecondFactor && session.begun >= (*factor)->enrolled_at;
  return !needs_second_factor(context, session.tenant, session.user);
}

}  // namespace porchlight::authority
