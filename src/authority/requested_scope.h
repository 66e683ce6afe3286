// What a request asks for: the parameter `scope` of the v2.0 endpoints, or `resource` of the v1 endpoints.
#pragma once

#include <string>

#include "authority/authority_context.h"

namespace porchlight::authority {

// Who the token is for. An application asks for `.default` of one resource alone; a user's sign-in at a v1 endpoint
// also gives an ID token and a refresh token, without being asked (spec protocol §2.6).
enum class TokenFor : std::uint8_t { kUser, kApplication };

// The scope in the form of v2.0; empty if the request names none. `resource=R` at a v1 endpoint is `R/.default`, and
// `scope` beside it is ignored; without `resource`, `scope` counts as at v2.0. Errors: kResourceUnknown for a resource
// with a character that no resource has.
OAuthResult<std::string> requested_scope(const EndpointRequest& incoming, const Form& form, TokenFor bearer);

// The same for a request that must name a scope. Errors: also kParameterMissing.
OAuthResult<std::string> require_scope(const EndpointRequest& incoming, const Form& form, TokenFor bearer);

}  // namespace porchlight::authority
