// What can be wrong with a request, as SCIM says it (RFC 7644 §3.12).
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
  // A store that fails makes the request fail with a 503.
  ScimError(storage::StorageFault) : ScimError(503, "", "Changes cannot be kept at the moment. Try again.") {}

  int status;
  std::string_view type;  // scimType; empty where there is none
  std::string detail;     // a sentence of ours: nothing that the caller sent
  friend bool operator==(const ScimError&, const ScimError&) = default;
};

template <typename T>
using ScimResult = std::expected<T, ScimError>;

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
