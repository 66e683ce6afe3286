// The parameters of an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1, §3.2.2.1,
// §3.3.2.1).
#pragma once

#include <string>
#include <string_view>

#include "authority/requested_scope.h"

namespace porchlight::authority {

inline constexpr std::size_t kStateBytesMax = 4096;
inline constexpr std::size_t kNonceBytesMax = 1024;

enum class ResponseMode : std::uint8_t { kQuery, kFragment, kFormPost };
enum class Prompt : std::uint8_t { kAsNeeded, kNone, kLogin, kConsent };

// What the response contains: a code, an ID token, or both (the hybrid flow). In an authorization request at least one.
struct ResponseType {
  bool code = false, id_token = false;
};

// The destination of the response. It is read first: errors before that are shown to the user, errors after it are sent
// to the application.
struct ClientRedirect {
  std::string uri;
  std::string state;
  ResponseMode mode = ResponseMode::kQuery;
};

// Reads it from a query whose redirect URI is registered. The default mode is kQuery, or kFragment for a response with
// an ID token, which never goes into a query. For an invalid response_mode the mode is the default.
ClientRedirect read_client_redirect(const Form& query);

// The other parameters.
struct AuthorizeRequest {
  ResponseType type;
  Scope scope;
  std::string scope_text;
  std::string challenge;  // empty: none
  std::string nonce;
  std::string login_hint;
  Prompt prompt = Prompt::kAsNeeded;
  bool client_info = false;
};

// Errors: those of the sign-in page in error.h, those of require_scope() and of parse_scope().
OAuthResult<AuthorizeRequest> read_authorize(const EndpointRequest& incoming,
                                             const Registration& registration, const Form& query);

}  // namespace porchlight::authority
