// Texts that come back to us in links: sealed, so that only links we gave are followed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"

namespace porchlight::graph {

// `bytes` and a seal over them and the tenant, as base64url. `key`: the server's secret for this; `purpose`:
// what kind of text it is, so that none passes for another.
std::string seal(std::string_view key, std::string_view purpose, const Guid& tenant, std::string_view bytes);

// The bytes; nothing where the text was tampered with, or made for another purpose or tenant.
std::optional<std::string> open_seal(std::string_view key, std::string_view purpose, const Guid& tenant,
                                     std::string_view text);

}  // namespace porchlight::graph
