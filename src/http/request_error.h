// Why a request is refused before any handler sees it.
#pragma once

#include <string_view>

namespace porchlight::http {

// A status and a fixed text for the caller: nothing of what they sent, nothing of our insides.
struct RequestError {
  int status;
  std::string_view reason;
  friend bool operator==(const RequestError&, const RequestError&) = default;
};

// A body over Limits::body_bytes, announced or met on the way.
inline constexpr RequestError kBodyTooLarge{413, "The body is too large."};

}  // namespace porchlight::http
