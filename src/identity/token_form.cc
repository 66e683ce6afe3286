// Splitting of tokens, before any signature is checked: everything here is untrusted input, and the rules are
// those of RFC 8725 §3.
#include "identity/token_form.h"

#include <array>

#include "base/base64url.h"

namespace porchlight::identity {
namespace {

using simdjson::NO_SUCH_FIELD;
using simdjson::SUCCESS;

// Header members that would bring their own key, change what is signed, or require an extension. A token with
// one of them is refused.
constexpr std::array kForbidden = {"jku", "x5u", "jwk", "x5c", "crit", "zip", "b64"};

std::unexpected<TokenFault> malformed() { return std::unexpected(TokenFault::kMalformed); }

// `typ` is absent, "JWT" or "at+jwt" (RFC 9068 §2.1).
bool is_known_type(const simdjson::dom::object& header) {
  const auto member = header["typ"];
  if (member.error() == NO_SUCH_FIELD) return true;
  std::string_view type;
  return member.get(type) == SUCCESS && (type == "JWT" || type == "at+jwt");
}

}  // namespace

std::expected<TokenForm, TokenFault> split_token(std::string_view token) {
  if (token.empty()) return std::unexpected(TokenFault::kEmpty);
  if (token.size() > kTokenBytesMax) return malformed();
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos) return malformed();
  auto header = decode_base64url(token.substr(0, first));
  auto payload = decode_base64url(token.substr(first + 1, second - first - 1));
  // A third dot is not in the alphabet, so a fourth part is refused here.
  auto signature = decode_base64url(token.substr(second + 1));
  if (!header || !payload || !signature || header->empty() || payload->empty() || signature->empty())
    return malformed();
  return TokenForm{std::move(*header), std::move(*payload), std::move(*signature), token.substr(0, second)};
}

std::expected<TokenHeader, TokenFault> read_header(JsonReader& reader, std::string_view json) {
  const auto root = reader.parse(json, kTokenJson);
  simdjson::dom::object members;
  if (!root || root->get(members) != SUCCESS || !is_known_type(members)) return malformed();
  for (const char* name : kForbidden)
    if (members[name].error() != NO_SUCH_FIELD) return malformed();
  TokenHeader header;
  if (members["alg"].get(header.alg) != SUCCESS) return malformed();
  const auto kid = members["kid"];
  if (kid.error() == NO_SUCH_FIELD) return header;
  if (kid.get(header.kid.emplace()) != SUCCESS) return malformed();
  return header;
}

}  // namespace porchlight::identity
