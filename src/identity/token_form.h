// The form of a token (RFC 7515 §7.1): three parts in strict base64url, and a header without unknown
// requirements.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "identity/token_fault.h"

namespace porchlight::identity {

// A longer token is malformed.
inline constexpr std::size_t kTokenBytesMax = 16 * 1024;

// How header and payload are parsed: names are case-sensitive (RFC 7519 §4), no name twice, nesting up to 20.
inline constexpr JsonLimits kTokenJson{.depth = 20, .names_ignore_case = false};

// The decoded parts of a token.
struct TokenForm {
  std::string header;
  std::string payload;
  std::string signature;
  std::string_view signed_text;  // a part of the token: what the signature covers
};

// Splits a token. `signed_text` of the result is a view into `token`.
std::expected<TokenForm, TokenFault> split_token(std::string_view token);

// The header members that select the key.
struct TokenHeader {
  std::string_view alg;
  std::optional<std::string_view> kid;
};

// Parses a header. The result is a view into `reader` until its next use.
std::expected<TokenHeader, TokenFault> read_header(JsonReader& reader, std::string_view json);

}  // namespace porchlight::identity
