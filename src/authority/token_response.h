// The bodies of the token and device endpoints, in the form of the endpoint's version (spec protocol §2.6): v1 prints
// numbers as text and has members of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "authority/authority_context.h"
#include "base/json_writer.h"

namespace porchlight::authority {

// Adds what every token response begins with: the kind of token, its scope and its times. `granted`: the scope in the
// spelling of the request; `permissions`: its permissions without a prefix, empty in an app-only token.
void begin_token_response(JsonObject& json, const EndpointRequest& incoming, const Form& form,
                          const Scope& scope, std::string_view granted,
                          std::span<const std::string> permissions);

// The response to a device that asks for a code (RFC 8628 §3.2).
std::string device_response(const EndpointRequest& incoming, std::string_view device_code,
                            std::string_view user_code);

}  // namespace porchlight::authority
