// Translates `resource` into a scope, so that every later step knows scopes only.
#include "authority/requested_scope.h"

#include <algorithm>

namespace porchlight::authority {
namespace {

// A space would begin another scope token.
bool is_resource(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

OAuthResult<std::string> requested_scope(const EndpointRequest& incoming, const Form& form, TokenFor bearer) {
  const auto resource =
      incoming.version == EndpointVersion::kV1 ? form.find("resource") : std::optional<std::string_view>();
  if (!resource) return std::string(form.find("scope").value_or(""));
  if (!is_resource(*resource)) return refuse(OAuthFault::kResourceUnknown);
  std::string scope(*resource);
  scope += "/.default";
  if (bearer == TokenFor::kUser) scope += " openid profile offline_access";
  return scope;
}

OAuthResult<std::string> require_scope(const EndpointRequest& incoming, const Form& form, TokenFor bearer) {
  auto scope = requested_scope(incoming, form, bearer);
  if (scope && scope->empty())
    return refuse(OAuthFault::kParameterMissing,
                  incoming.version == EndpointVersion::kV1 ? "resource" : "scope");
  return scope;
}

}  // namespace porchlight::authority
