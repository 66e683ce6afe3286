// Request targets (RFC 9112 §3.2) and the authority in Host (RFC 9110 §7.2).
#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"

namespace porchlight::http {

// The parts of a target, as views into it.
struct RequestTarget {
  std::string_view path;
  std::string_view query;
  std::string_view host;  // of an absolute target; empty otherwise
};

// Parses the origin form, the absolute form (http or https), or `*` with OPTIONS. Returns nullopt for any
// other.
std::optional<RequestTarget> parse_target(std::string_view text, Method method);

// Whether `text` is `name[:port]`, `1.2.3.4[:port]` or `[v6][:port]`: not empty and without a user.
bool is_authority(std::string_view text);

}  // namespace porchlight::http
