// What can be wrong with a request, as SCIM says it (RFC 7644 §3.12).
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace porchlight::scim {

struct Fault {
  int status = 400;
  std::string_view type;  // scimType; empty where there is none
  std::string detail;     // a sentence of ours: nothing that the caller sent
  friend bool operator==(const Fault&, const Fault&) = default;
};

template <typename T>
using Result = std::expected<T, Fault>;

using Refused = std::unexpected<Fault>;

inline Refused invalid_filter(std::string detail) {
  return Refused({400, "invalidFilter", std::move(detail)});
}
inline Refused invalid_path(std::string detail) { return Refused({400, "invalidPath", std::move(detail)}); }
inline Refused invalid_syntax(std::string detail) {
  return Refused({400, "invalidSyntax", std::move(detail)});
}
inline Refused invalid_value(std::string detail) { return Refused({400, "invalidValue", std::move(detail)}); }
inline Refused no_target(std::string detail) { return Refused({400, "noTarget", std::move(detail)}); }
inline Refused mutability(std::string detail) { return Refused({400, "mutability", std::move(detail)}); }
inline Refused uniqueness(std::string detail) { return Refused({409, "uniqueness", std::move(detail)}); }
inline Refused not_found() { return Refused({404, "", "There is no such resource."}); }
inline Refused unavailable() {
  return Refused({503, "", "Changes cannot be kept at the moment. Try again."});
}

}  // namespace porchlight::scim
