// What an application asks of the sign-in page, in the query of its address (RFC 6749 §4.1.1, RFC 7636 §4.3,
// OpenID Connect Core §3.1.2.1).
#pragma once

#include <string>
#include <string_view>

#include "authority/error.h"
#include "authority/form.h"
#include "authority/scope.h"

namespace porchlight::authority {

inline constexpr std::size_t kStateBytesMax = 4096;
inline constexpr std::size_t kNonceBytesMax = 1024;

enum class ResponseMode : std::uint8_t { kQuery, kFragment, kFormPost };
enum class Prompt : std::uint8_t { kAsNeeded, kNone, kLogin, kConsent };

// Where the answer goes: known before all else, for until then a refusal is told to the person, and from then
// on to the application.
struct ClientRedirect {
  std::string uri;
  std::string state;
  ResponseMode mode = ResponseMode::kQuery;
};

// Read from a query whose redirect URI is the client's. What is wrong with the mode is told by query.
ClientRedirect read_client_redirect(const Form& query);

struct AuthorizeRequest {
  Scope scope;
  std::string scope_text;
  std::string challenge;
  std::string nonce;
  std::string login_hint;
  Prompt prompt = Prompt::kAsNeeded;
  bool client_info = false;
};

OAuthResult<AuthorizeRequest> read_authorize(const Form& query);

}  // namespace porchlight::authority
