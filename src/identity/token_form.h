// The outer form of a token (RFC 7515 §7.1): three parts in strict base64url, and a header that asks for
// nothing we do not do.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "identity/token_fault.h"

namespace porchlight::identity {

inline constexpr std::size_t kTokenBytesMax = 16 * 1024;

// How header and payload are read: names as they are spelt (RFC 7519 §4), none twice, nesting to 20.
inline constexpr JsonLimits kTokenJson{.depth = 20, .names_ignore_case = false};

// A token's parts, decoded.
struct TokenForm {
  std::string header;
  std::string payload;
  std::string signature;
  std::string_view signed_text;  // of the token: what the signature is over
};

// Takes a token apart. The result's `signed_text` looks into `token`.
std::expected<TokenForm, TokenFault> split_token(std::string_view token);

// What of a header decides.
struct TokenHeader {
  std::string_view alg;
  std::optional<std::string_view> kid;
};

// Reads a header, which looks into `reader` until its next use.
std::expected<TokenHeader, TokenFault> read_header(JsonReader& reader, std::string_view json);

}  // namespace porchlight::identity
