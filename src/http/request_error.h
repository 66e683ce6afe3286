// Errors of requests that no handler has seen.
#pragma once

#include <string_view>

namespace porchlight::http {

// A status and a fixed text for the client. The text contains nothing from the request, and about the server only the
// name of the setting that is the limit.
struct RequestError {
  int status;
  std::string_view reason;
  friend bool operator==(const RequestError&, const RequestError&) = default;
};

// A body over Limits::body_bytes, by its length or while it is read.
inline constexpr RequestError kBodyTooLarge{
    413, "The request body is larger than the setting http.body_bytes allows."};

}  // namespace porchlight::http
