// Which client a request to the token endpoint comes from, and how it proves that (RFC 6749 §2.3, RFC 7521
// §4.2).
#pragma once

#include "authority/authority_context.h"

namespace porchlight::authority {

struct AuthenticatedClient {
  Client client;
  Proof proof;  // kNone for a public client alone
};

// A public client names itself and proves nothing; a confidential one must, in one way: a secret in the body
// or by HTTP Basic, or an assertion.
OAuthResult<AuthenticatedClient> authenticate(const AuthorityContext& context,
                                              const EndpointRequest& incoming, const Form& form);

// The pair of an `Authorization: Basic` field: each part encoded as a form is (RFC 6749 §2.3.1).
struct BasicPair {
  std::string id, secret;
};
OAuthResult<BasicPair> parse_basic(std::string_view field);

}  // namespace porchlight::authority
