// Errors of a SCIM request: HTTP status, scimType and detail (RFC 7644 §3.12).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "storage/kv_store.h"

namespace porchlight::scim {

struct ScimError {
  ScimError(int its_status, std::string_view its_type, std::string its_detail)
      : status(its_status), type(its_type), detail(std::move(its_detail)) {}
  // If the store fails, the request fails with a 503.
  ScimError(storage::StorageFault) : ScimError(503, "", "Changes cannot be kept at the moment. Try again.") {}

  int status;
  std::string_view type;  // scimType, a literal; empty: none
  std::string detail;     // a fixed sentence; never contains text of the request
  friend bool operator==(const ScimError&, const ScimError&) = default;
};

template <typename T>
using ScimResult = std::expected<T, ScimError>;

// One function per error. The detail is part of the response.
using ScimUnexpected = std::unexpected<ScimError>;

inline ScimUnexpected invalid_filter(std::string detail) {
  return ScimUnexpected({400, "invalidFilter", std::move(detail)});
}
inline ScimUnexpected invalid_path(std::string detail) {
  return ScimUnexpected({400, "invalidPath", std::move(detail)});
}
inline ScimUnexpected invalid_syntax(std::string detail) {
  return ScimUnexpected({400, "invalidSyntax", std::move(detail)});
}
inline ScimUnexpected invalid_value(std::string detail) {
  return ScimUnexpected({400, "invalidValue", std::move(detail)});
}
inline ScimUnexpected no_target(std::string detail) {
  return ScimUnexpected({400, "noTarget", std::move(detail)});
}
inline ScimUnexpected mutability(std::string detail) {
  return ScimUnexpected({400, "mutability", std::move(detail)});
}
inline ScimUnexpected uniqueness(std::string detail) {
  return ScimUnexpected({409, "uniqueness", std::move(detail)});
}
inline ScimUnexpected not_found() { return ScimUnexpected({404, "", "There is no such resource."}); }
inline ScimUnexpected unavailable() { return ScimUnexpected(storage::StorageFault{}); }

}  // namespace porchlight::scim
