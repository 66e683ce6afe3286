// Client authentication at the token endpoint (RFC 6749 §2.3, RFC 7521 §4.2).
#pragma once

#include "authority/authority_context.h"

namespace porchlight::authority {

struct AuthenticatedClient {
  Client client;
  Proof proof;  // kNone only for a public client
};

// Authenticates the client. A public client sends only its id; a confidential one sends exactly one of a secret in the
// body, a secret by HTTP Basic, or an assertion. Errors: those of clients in error.h.
OAuthResult<AuthenticatedClient> authenticate(AuthorityContext& context, const EndpointRequest& incoming,
                                              const Form& form);

// Id and secret of an `Authorization: Basic` header, each form-encoded in it (RFC 6749 §2.3.1).
struct BasicPair {
  std::string id, secret;
};
OAuthResult<BasicPair> parse_basic(std::string_view field);

}  // namespace porchlight::authority
