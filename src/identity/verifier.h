// A bearer token to a Caller: RFC 8725, security requirements "Bearer tokens", order of checks of spec
// protocol §2.5.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "identity/caller.h"
#include "identity/claims.h"
#include "identity/keys.h"
#include "identity/token_fault.h"
#include "identity/token_form.h"

namespace porchlight::identity {

inline constexpr Duration kClockSkewMax = std::chrono::minutes(5);

// Verifies tokens. Immutable; any thread.
class Verifier {
 public:
  // `audiences`: the exact values of `aud` that are ours.
  Verifier(std::shared_ptr<const KeySet> keys, std::vector<std::string> audiences);

  // Checks everything about `token` (the text after "Bearer ") but whether its tenant exists here. The first
  // check that fails names the fault: form, header, key, signature, iss, aud, nbf and exp, kind.
  std::expected<Caller, TokenFault> verify(std::string_view token, Time now) const;

 private:
  std::expected<const KeySet::Entry*, TokenFault> find_signer(const TokenHeader& header,
                                                              const TokenForm& form) const;
  std::expected<void, TokenFault> check_claims(const Claims& claims, const KeySet::Entry& signer,
                                               Time now) const;

  const std::shared_ptr<const KeySet> keys_;
  const std::vector<std::string> audiences_;
};

}  // namespace porchlight::identity
