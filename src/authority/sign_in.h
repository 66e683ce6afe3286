// The checks of a sign-in: name and password, then the second factor, both subject to the lock-outs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authority/authority_context.h"

namespace porchlight::authority {

// What is left of a sign-in after the password.
enum class FactorNeed : std::uint8_t {
  kNone,
  kCode,       // the user has a second factor
  kEnrolment,  // the user has none, and needs one
};

// A user whose password was right.
struct PasswordSignIn {
  directory::User user;
  FactorNeed need;
};

// Checks name and password. Takes the same time for a name that does not exist. Errors: kLocked, kPassword,
// kUnavailable.
OAuthResult<PasswordSignIn> check_sign_in(AuthorityContext& context, const EndpointRequest& incoming,
                                          const Guid& tenant, std::string_view name,
                                          std::string_view password);

// Uses up a code of the user's second factor, durably. Failures count as those of passwords do. Errors: kLocked,
// kFactorCode, kUnavailable.
OAuthResult<void> check_second_factor(AuthorityContext& context, const EndpointRequest& incoming,
                                      const Guid& tenant, const directory::User& user, std::string_view code);

// Enrols the second factor of a pending sign-in, if the code is one of its secret. Durable. Returns the recovery codes,
// which are stored as hashes. Errors: kFactorCode, also if another factor was enrolled meanwhile; kUnavailable.
OAuthResult<std::vector<std::string>> enrol_second_factor(AuthorityContext& context,
                                                          const EndpointRequest& incoming,
                                                          const PendingSignIn& pending,
                                                          std::string_view code);

// Whether the session proves as much as its user needs now: with a second factor, it was made with that factor; and a
// user who needs one has one.
OAuthResult<bool> is_sufficient(const AuthorityContext& context, const SignInSession& session);

}  // namespace porchlight::authority
