// The $skiptoken of a paged list: where the last page ended, sealed so that only links we gave are followed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/guid.h"

namespace porchlight::graph {

// Opaque text for "after `last`, in the list of `tenant`". `key`: the server's secret for this.
std::string seal_skip_token(std::string_view key, const Guid& tenant, const Guid& last);

// The id it was sealed for; nothing where the text was tampered with or made for another tenant.
std::optional<Guid> open_skip_token(std::string_view key, const Guid& tenant, std::string_view token);

}  // namespace porchlight::graph
