// Opaque tokens in links that clients send back. They are encrypted and authenticated, so that clients can neither read
// nor make them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"

namespace porchlight::graph {

// Seals `bytes` for the tenant (AES-256-SIV, RFC 5297) and returns the token in base64url. The same bytes give the same
// token. `key` is the server's secret; `purpose` names the kind of token, so that one kind is not accepted as another.
std::string seal_token(std::string_view key, std::string_view purpose, const Guid& tenant,
                       std::string_view bytes);

// The bytes that were sealed; nullopt if the text was altered, or is for another purpose or tenant.
std::optional<std::string> open_sealed_token(std::string_view key, std::string_view purpose,
                                             const Guid& tenant, std::string_view text);

// The $skiptoken of a paged list: "after `last`, in the list of `tenant`".
std::string seal_skip_token(std::string_view key, const Guid& tenant, const Guid& last);

// The id that was sealed; nullopt if the text was altered, or is for another purpose or tenant.
std::optional<Guid> open_skip_token(std::string_view key, const Guid& tenant, std::string_view token);

}  // namespace porchlight::graph
