// The sign-ins of an application that go on: families of refresh tokens that are still accepted.
#pragma once

#include <optional>
#include <vector>

#include "authority/authority_context.h"

namespace porchlight::authority {

struct LivingSignIn {
  Guid family;
  directory::User user;
  Time begun, used;    // `used`: when it last got tokens
  std::string device;  // the name that the user gave it; empty: none
};

struct SignInPage {
  std::vector<LivingSignIn> items;
  std::optional<Guid> next;  // the last family that was looked at; nullopt after the last page
};

// Those among the next `limit` families of the application after `after`, in order of id. A page may have fewer, or
// none, and still have a next one: families that expired or whose user may not sign in any more are left out. Any
// thread. Errors: kUnavailable.
OAuthResult<SignInPage> list_sign_ins(const Directory& directory, const AuthorityStores& stores,
                                      const Guid& tenant, const Guid& app, const std::optional<Guid>& after,
                                      std::size_t limit, Time now);

}  // namespace porchlight::authority
