// Texts that come back to us in links: sealed, so that only links we gave are followed, and nobody reads what
// they hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"

namespace porchlight::graph {

// `bytes` sealed for the tenant (AES-256-SIV, RFC 5297), as base64url: the same bytes give the same text.
// `key`: the server's secret for this; `purpose`: what kind of text it is, so that none passes for another.
std::string seal_token(std::string_view key, std::string_view purpose, const Guid& tenant,
                       std::string_view bytes);

// The bytes; nothing where the text was tampered with, or made for another purpose or tenant.
std::optional<std::string> open_sealed_token(std::string_view key, std::string_view purpose,
                                             const Guid& tenant, std::string_view text);

// The $skiptoken of a paged list: "after `last`, in the list of `tenant`".
std::string seal_skip_token(std::string_view key, const Guid& tenant, const Guid& last);

// The id that was sealed; nullopt if the text was altered, or is for another purpose or tenant.
std::optional<Guid> open_skip_token(std::string_view key, const Guid& tenant, std::string_view token);

}  // namespace porchlight::graph
